"""Posts go through their states by staff, and follow their evidence by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign import announcements, corrections, posts
from services.campaign.grounds import Advice
from services.campaign.posts import Post, reconsider
from services.campaign.wordings import Wording
from shared.errors import Invalid, Refused
from shared.events import InsightReleased, InsightRetracted, Text
from tests.campaign.given import LATER, NOW, draft, figure, insight, known, published, retracted, text

ADVICE = Advice("rec1", 1, text("Suositus"))
MOVED = insight(revision=2, figure=figure(2.1, 2.5))
TURNED = insight(revision=2, direction="high", figure=figure(3.6, 4.0))
WORDS = Wording(Text(fi="Otsikko", en="Title"), Text(fi="Teksti. {1}", en="Words. {1}"))


def edited(post: Post) -> Post:
    return posts.edit(post, WORDS, post.wording)


class TestStaff:
    def test_a_draft_is_approved_then_published(self) -> None:
        approved = posts.approve(draft())
        assert approved.status == "approved"
        live = posts.publish(approved, NOW)
        assert (live.status, live.published_at, live.correction) == ("published", NOW, None)

    def test_a_draft_cannot_be_published_unapproved(self) -> None:
        with pytest.raises(Refused, match="approved"):
            posts.publish(draft(), NOW)

    def test_only_an_approved_post_is_scheduled_and_only_for_the_future(self) -> None:
        with pytest.raises(Refused):
            posts.schedule(draft(), LATER, NOW)
        with pytest.raises(Invalid, match="future"):
            posts.schedule(posts.approve(draft()), NOW, NOW)
        assert posts.schedule(posts.approve(draft()), LATER, NOW).scheduled_for == LATER

    def test_a_held_post_shows_the_note_until_staff_publish_it_again(self) -> None:
        held = posts.hold(published(), text("Tarkistamme"))
        assert held.live
        assert held.correction == text("Tarkistamme")
        back = posts.publish(held, LATER)
        assert (back.status, back.correction, back.published_at) == ("corrected", corrections.REVIEWED, NOW)

    def test_evidence_does_not_lift_what_staff_hold(self) -> None:
        held = posts.hold(published(), text("Tarkistamme"))
        assert reconsider(held, known(MOVED)).status == "held"
        assert reconsider(held, known(insight())).status == "held"

    def test_withdrawn_is_for_good(self) -> None:
        gone = posts.withdraw(published(), text("Poistettu"))
        assert not gone.live
        for action in (posts.approve, lambda p: posts.publish(p, NOW), lambda p: posts.hold(p, text("x"))):
            with pytest.raises(Refused):
                action(gone)
        assert reconsider(gone, known(MOVED)) == gone

    def test_a_published_post_is_held_before_its_text_changes(self) -> None:
        with pytest.raises(Refused, match="Hold"):
            edited(published())
        held = edited(posts.hold(published(), text("Tarkistamme")))
        assert (held.status, held.wording) == ("held", WORDS)

    def test_editing_an_approved_post_takes_its_approval_back(self) -> None:
        assert edited(posts.approve(draft())).status == "draft"


class TestEvidenceChanged:
    def test_an_untouched_draft_is_marked_for_drafting_anew(self) -> None:
        assert reconsider(draft(), known(MOVED)).stale

    def test_an_edited_draft_keeps_its_words_and_waits_for_its_editor(self) -> None:
        changed = reconsider(edited(draft()), known(MOVED))
        assert (changed.status, changed.stale, changed.wording) == ("draft", True, WORDS)
        with pytest.raises(Refused, match="evidence changed"):
            posts.approve(changed)
        saved = edited(changed)
        assert saved.written_on.insights == (MOVED,)
        assert posts.approve(saved).status == "approved"

    @pytest.mark.parametrize("change", [MOVED, TURNED, None])
    def test_an_approved_post_cannot_go_out_while_its_evidence_differs(
        self, change: InsightReleased | None
    ) -> None:
        waiting = reconsider(posts.approve(draft()), known(*[change] if change else []))
        assert (waiting.status, waiting.stale) == ("approved", True)
        for go_out in (lambda p: posts.publish(p, NOW), lambda p: posts.schedule(p, LATER, NOW)):
            with pytest.raises(Refused, match=r"evidence changed|no longer stands"):
                go_out(waiting)

    def test_an_approved_post_stands_again_when_its_evidence_is_as_it_was(self) -> None:
        waiting = reconsider(posts.approve(draft()), known(MOVED))
        assert not reconsider(waiting, known(insight(revision=3))).stale

    def test_a_scheduled_post_is_scheduled_again_when_its_evidence_is_as_it_was(self) -> None:
        waiting = posts.schedule(posts.approve(draft()), LATER, NOW)
        again = reconsider(reconsider(waiting, known()), known(insight(revision=3)))
        assert (again.status, again.held_because, again.scheduled_for) == ("scheduled", None, LATER)

    def test_a_scheduled_post_that_staff_held_waits_for_staff(self) -> None:
        held = posts.hold(posts.schedule(posts.approve(draft()), LATER, NOW), text("x"))
        assert reconsider(held, known(insight(revision=2))).status == "held"

    def test_a_held_post_that_was_edited_is_not_scheduled_again_by_itself(self) -> None:
        waiting = posts.schedule(posts.approve(draft()), LATER, NOW)
        assert reconsider(edited(reconsider(waiting, known(MOVED))), known(MOVED)).status == "held"

    @pytest.mark.parametrize("change", [MOVED, TURNED, None])
    def test_a_scheduled_post_is_held(self, change: InsightReleased | None) -> None:
        waiting = posts.schedule(posts.approve(draft()), LATER, NOW)
        held = reconsider(waiting, known(*[change] if change else []))
        assert (held.status, held.live) == ("held", False)

    def test_a_live_post_is_corrected_when_only_figures_changed(self) -> None:
        post = reconsider(published(), known(MOVED))
        assert post.status == "corrected"
        assert announcements.figures(post)[0].evidence.revision == 2
        assert "2,2 (2–2,4; 1–5)" in post.correction.fi
        assert "2,3 (2,1–2,5; 1–5)" in post.correction.fi

    def test_a_live_post_is_held_when_its_evidence_is_retracted_and_shows_no_figure(self) -> None:
        post = reconsider(published(), known())
        assert (post.status, post.held_because) == ("held", "retracted")
        assert announcements.figures(post) == ()
        assert announcements.body_as_read(post) == corrections.held("retracted")

    def test_a_live_post_is_held_when_one_of_its_insights_is_retracted(self) -> None:
        post = reconsider(published(insight("i1"), insight("i2")), known(insight("i1")))
        assert post.status == "held"
        assert announcements.figures(post) == ()

    def test_a_live_post_is_held_when_the_finding_says_something_else(self) -> None:
        assert reconsider(published(), known(TURNED)).held_because == "restated"

    def test_a_live_post_is_held_when_the_advice_it_quotes_is_reviewed(self) -> None:
        post = published(insight(), advice=ADVICE)
        assert reconsider(post, known(insight(), advice=ADVICE)).status == "published"
        assert reconsider(post, known(insight())).held_because == "advice"

    def test_a_post_whose_evidence_is_gone_cannot_be_approved_edited_or_published_again(self) -> None:
        gone = reconsider(published(), known())
        for action in (edited, lambda p: posts.publish(p, LATER)):
            with pytest.raises(Refused, match="no longer stands"):
                action(gone)
        with pytest.raises(Refused, match="no longer stands"):
            posts.approve(reconsider(edited(draft()), known()))

    def test_a_held_post_that_was_edited_waits_for_staff_though_its_evidence_stands(self) -> None:
        held = edited(reconsider(published(), known(TURNED)))
        assert reconsider(held, known(TURNED)).status == "held"
        assert posts.publish(held, LATER).status == "corrected"


Fact = InsightReleased | InsightRetracted
HISTORY: list[Fact] = [
    insight("i1", 2, figure=figure(2.1, 2.5)),
    insight("i1", 3, direction="high", figure=figure(3.6, 4.0)),
    retracted("i2", 2),
    insight("i2", 3, figure=figure(1.5, 1.9)),
    insight("i2", 4, figure=figure(1.6, 2.0)),
    retracted("i1", 4),
    insight("i1", 5, figure=figure(2.0, 2.4)),
]


def follow(post: Post, history: list[Fact]) -> Post:
    """The post after each fact of a history was kept as a replica keeps it."""
    newest: dict[str, Fact] = {"i1": insight("i1"), "i2": insight("i2")}
    for fact in history:
        if fact.revision > newest[fact.insight].revision:
            newest[fact.insight] = fact
            post = reconsider(post, known(*[f for f in newest.values() if isinstance(f, InsightReleased)]))
    return post


@given(st.integers(0, len(HISTORY)), st.data())
def test_any_order_with_duplicates_leaves_a_live_post_in_the_same_state(length: int, data) -> None:
    history = HISTORY[:length]
    shuffled = data.draw(
        st.permutations(history + data.draw(st.lists(st.sampled_from(history or HISTORY[:1]))))
    )
    known_history = [fact for fact in shuffled if fact in history]
    start = published(insight("i1"), insight("i2"))
    straight, mixed = follow(start, history), follow(start, known_history)
    assert announcements.as_event(mixed, NOW) == announcements.as_event(straight, NOW)
    assert mixed == replace(straight)
