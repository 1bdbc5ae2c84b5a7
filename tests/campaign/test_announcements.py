"""A post counts a new revision exactly when its readers see a difference."""

from __future__ import annotations

from services.campaign import announcements, posts
from services.campaign.posts import reconsider
from tests.campaign.given import LATER, NOW, draft, figure, insight, known, published, text


def test_a_draft_has_no_public_revision() -> None:
    assert announcements.step(draft(), posts.approve(draft()), NOW).revision == 0


def test_publishing_is_the_first_revision() -> None:
    stepped = announcements.step(posts.approve(draft()), published(), NOW)
    assert (stepped.revision, stepped.changed_at) == (1, NOW)
    assert announcements.as_event(stepped, NOW).status == "published"


def test_a_correction_is_a_new_revision_and_nothing_new_is_none() -> None:
    live = announcements.step(None, published(), NOW)
    assert announcements.step(live, reconsider(live, known(insight())), LATER) == live
    corrected = announcements.step(
        live, reconsider(live, known(insight(revision=2, figure=figure(1, 2)))), LATER
    )
    assert (corrected.revision, corrected.changed_at, corrected.published_at) == (2, LATER, NOW)


def test_a_new_insight_revision_with_the_same_figure_is_announced_so_that_it_resolves() -> None:
    live = announcements.step(None, published(), NOW)
    same = announcements.step(live, reconsider(live, known(insight(revision=2))), LATER)
    assert (same.revision, same.status) == (2, "published")
    assert announcements.as_event(same, LATER).figures[0].evidence.revision == 2


def test_withdrawing_a_live_post_is_a_revision_and_discarding_a_draft_is_none() -> None:
    live = announcements.step(None, published(), NOW)
    assert announcements.step(live, posts.withdraw(live, text("Pois")), LATER).revision == 2
    assert announcements.step(draft(), posts.withdraw(draft(), text("Pois")), LATER).revision == 0


def test_every_figure_of_a_post_resolves_to_an_insight_revision_with_interval_band_and_date() -> None:
    event = announcements.as_event(published(insight("i1"), insight("i2", 4)), NOW)
    assert [(one.evidence.key, one.evidence.revision) for one in event.figures] == [("i1", 1), ("i2", 4)]
    assert all(
        one.figure.low < one.figure.high and one.figure.n_band and one.released_on for one in event.figures
    )
    assert all(one.sentence.fi in event.body.fi for one in event.figures)


def test_a_post_on_synthetic_evidence_says_so_even_when_held() -> None:
    live = published(insight(synthetic=True))
    assert announcements.as_event(live, NOW).synthetic
    assert announcements.as_event(reconsider(live, known()), NOW).synthetic
    assert not announcements.as_event(published(), NOW).synthetic
