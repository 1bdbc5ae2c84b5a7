"""Rules of playbooks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.coaching import playbook, reasons
from services.coaching.actions import Action
from services.coaching.advice import Item
from services.coaching.knowledge import Knowledge, know
from services.coaching.outcomes import Outcome
from services.coaching.playbook import Playbook, Standing, announcement, remake
from services.coaching.practices import Practice
from services.coaching.visits import Intent, agree
from tests.coaching.given import NOW, TODAY, indication, insight, practice, recommendation

PLACE = {"sub-region": "rovaniemi", "size": "10-49"}
LIBRARY = (practice("p1"), practice("p2", topics=("wellbeing",)))


def known(
    findings: Sequence[Any] = (),
    recommendations: Sequence[Any] = (),
    outcomes: Sequence[Outcome] = (),
    practices: Sequence[Practice] = LIBRARY,
    fates: Any = None,
) -> Knowledge:
    return know(practices, findings, recommendations, outcomes, fates or {})


def make(place: dict[str, str], knowledge: Knowledge, actions: Sequence[Action]) -> tuple[Item, ...]:
    return playbook.make(place, knowledge, actions).items


def outcome(key: str, *, kept: bool, practice: str = "p1") -> Outcome:
    return Outcome(
        outcome=key,
        practice=practice,
        topic="leadership",
        kept=kept,
        before=4,
        after=6,
        measured_on="2026-10",
    )


def acting_on(item: Item) -> Action:
    return agree("a1", Intent(practice=item.practice), item, TODAY)


def practices_of(items: Sequence[Item]) -> list[str]:
    return [item.practice for item in items]


def test_nothing_is_advised_without_evidence() -> None:
    assert make(PLACE, known(), []) == ()


def test_outcomes_alone_are_not_evidence_enough() -> None:
    assert make(PLACE, known(outcomes=[outcome("o1", kept=True)]), []) == ()


def test_a_practice_is_advised_once_however_much_speaks_for_it() -> None:
    items = make(PLACE, known([insight("a"), insight("b")], [recommendation()]), [])
    assert practices_of(items) == ["p1"]
    assert {ref.key for ref in items[0].evidence} == {"a", "b", "rec1"}


def test_a_finding_on_another_segment_advises_nothing() -> None:
    elsewhere = insight(segment={"sub-region": "kemi-tornio"})
    assert make(PLACE, known([elsewhere]), []) == ()


def test_every_item_carries_its_sentences_and_reasons() -> None:
    (item,) = make(PLACE, known([insight("a")]), [])
    assert [ground.sentence.en for ground in item.grounds] == ["Sentence of a"]
    assert item.reasons
    assert item.score == sum(reason.points for reason in item.reasons)


def test_items_are_ranked_by_score_from_one() -> None:
    items = make(PLACE, known([insight("a", certainty="low"), insight("b", topic="wellbeing")]), [])
    assert [(item.rank, item.practice) for item in items] == [(1, "p2"), (2, "p1")]


def test_equal_scores_go_by_effort_and_then_by_key() -> None:
    library = (practice("b"), practice("a"), practice("c", effort="high"), practice("d", effort="medium"))
    items = make(PLACE, known([insight()], practices=library), [])
    assert practices_of(items) == ["a", "b", "d", "c"]


def test_an_indication_ranks_an_item_and_says_what_it_is() -> None:
    items = make(PLACE, known([indication("a"), insight("b", topic="wellbeing")]), [])
    assert [(item.practice, item.only_indications) for item in items] == [("p2", False), ("p1", True)]


def test_outcomes_move_the_ranking() -> None:
    findings = [insight("a"), insight("b", topic="wellbeing")]
    assert practices_of(make(PLACE, known(findings), [])) == ["p1", "p2"]
    dropped = [outcome(f"o{n}", kept=False) for n in range(4)]
    kept = [outcome(f"k{n}", kept=True, practice="p2") for n in range(4)]
    assert practices_of(make(PLACE, known(findings, outcomes=dropped + kept), [])) == ["p2", "p1"]


def test_outcomes_of_the_practice_are_evidence_of_the_item() -> None:
    (item,) = make(PLACE, known([insight("a")], outcomes=[outcome("o1", kept=True)]), [])
    assert [(ref.kind, ref.key) for ref in item.evidence] == [("insight", "a"), ("outcome", "o1")]


def test_an_item_whose_evidence_is_gone_goes() -> None:
    assert make(PLACE, known([insight()]), [])
    assert make(PLACE, known([]), []) == ()


def test_an_item_that_is_being_acted_on_is_suspended_and_says_why() -> None:
    (item,) = make(PLACE, known([insight("a")]), [])
    fates = {("insight", "a"): reasons.RETRACTED["import_undone"]}
    (left,) = make(PLACE, known([], fates=fates), [acting_on(item)])
    assert (left.status, left.rank, left.score) == ("suspended", 1, 0)
    assert left.suspended_because == (reasons.RETRACTED["import_undone"],)
    assert left.evidence == item.evidence


def test_a_suspended_item_comes_last_and_lives_again_when_something_speaks_for_it() -> None:
    (item,) = make(PLACE, known([insight("a")]), [])
    action = acting_on(item)
    items = make(PLACE, known([insight("b", topic="wellbeing")]), [action])
    assert [(found.practice, found.status) for found in items] == [("p2", "active"), ("p1", "suspended")]
    (back,) = make(PLACE, known([insight("c")]), [action])
    assert back.status == "active"


def test_a_dropped_action_suspends_nothing() -> None:
    (item,) = make(PLACE, known([insight("a")]), [])
    dropped = acting_on(item).model_copy(update={"outcome": outcome("o1", kept=False)})
    assert make(PLACE, known([]), [dropped]) == ()


def test_evidence_that_no_longer_applies_is_named_as_such() -> None:
    (item,) = make(PLACE, known([insight("a")]), [])
    moved = known([insight("a", 2, segment={"size": "1-9"})])
    (left,) = make(PLACE, moved, [acting_on(item)])
    assert left.suspended_because == (reasons.NOT_ABOUT_THEM,)


def test_a_withdrawn_practice_is_not_advised_and_is_suspended_where_it_is_acted_on() -> None:
    (item,) = make(PLACE, known([insight("a")]), [])
    gone = (LIBRARY[0].model_copy(update={"status": "withdrawn"}), LIBRARY[1])
    after = known([insight("a")], practices=gone)
    assert make(PLACE, after, []) == ()
    (left,) = make(PLACE, after, [acting_on(item)])
    assert left.suspended_because == (reasons.PRACTICE_WITHDRAWN,)


def test_generated_answers_are_labelled_on_the_item() -> None:
    (item,) = make(PLACE, known([insight(synthetic=True)]), [])
    assert item.synthetic


def test_the_revision_grows_only_when_the_content_changed() -> None:
    empty = Standing(playbook="pb1", organisation="o1")
    assert remake(empty, playbook.make(PLACE, known(), [])) is None
    first = remake(empty, playbook.make(PLACE, known([insight()]), []))
    assert first is not None
    assert first.revision == 1
    assert remake(first, playbook.make(PLACE, known([insight()]), [])) is None
    second = remake(first, playbook.make(PLACE, known([insight(revision=2)]), []))
    assert second is not None
    assert second.revision == 2


def test_advice_is_the_same_after_it_was_kept_as_text() -> None:
    advice = playbook.make(PLACE, known([insight()], outcomes=[outcome("o1", kept=True)]), [])
    assert Playbook(playbook="p", organisation="o", items=json.loads(advice.text)).items == advice.items


def test_organisations_that_differ_in_nothing_that_matters_share_their_advice() -> None:
    knowledge = known([insight(segment={"size": "10-49"})])
    first = playbook.make(PLACE, knowledge, [])
    assert playbook.make({**PLACE, "municipality": "698"}, knowledge, []) is first
    assert playbook.make({"size": "1-9"}, knowledge, []).items == ()


def test_what_one_organisation_acts_on_does_not_reach_another_of_its_kind() -> None:
    (item,) = make(PLACE, known([insight("a")]), [])
    knowledge = known([])
    assert [found.status for found in make(PLACE, knowledge, [acting_on(item)])] == ["suspended"]
    assert make(PLACE, knowledge, []) == ()


def test_the_event_names_the_playbook_and_not_the_organisation() -> None:
    standing = Standing(playbook="pb1", organisation="secret", revision=1)
    event = announcement(standing, playbook.make(PLACE, known([insight()]), []), NOW)
    assert event.key == "pb1"
    assert event.items[0].item == "pb1--p1"
    assert "secret" not in event.model_dump_json()


FINDINGS = [
    insight("a", segment={"size": "10-49"}),
    insight("b", topic="wellbeing", certainty="low"),
    indication("c", rule="barrier"),
    insight("d", rule="practice", practice="p2", direction="high"),
    insight("e", segment={"sub-region": "kemi-tornio"}),
]
OUTCOMES = [outcome(f"o{n}", kept=n % 2 == 0) for n in range(4)]


@settings(max_examples=60, deadline=None)
@given(st.permutations(FINDINGS), st.permutations(OUTCOMES), st.permutations(LIBRARY))
def test_the_order_of_what_is_known_changes_nothing(findings: Any, outcomes: Any, practices: Any) -> None:
    known_first = known(FINDINGS, [recommendation()], OUTCOMES, LIBRARY)
    known_so = known(findings, [recommendation()], outcomes, practices)
    assert make(PLACE, known_so, []) == make(PLACE, known_first, [])
