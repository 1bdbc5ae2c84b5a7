"""Which recommendations the evidence proposes and where they stand."""

from __future__ import annotations

from datetime import date

from services.model.decisions import Decision
from services.model.evidence import Known
from services.model.recommendations import Case, make_case, settle, status_of, subjects_of
from services.model.subjects import Subject
from tests.model.given import (
    LAPLAND,
    NOW,
    ROVANIEMI,
    WHOLE,
    indication,
    insight,
    known,
    outcomes,
    practice,
    subject,
    text,
)


def names(told: Known) -> set[tuple[str, bool]]:
    return {(s.practice, s.is_regional) for s in subjects_of(told)}


def case(told: Known, of: Subject | None = None, decision: Decision | None = None) -> Case:
    of = of or subject()
    return make_case(of, told, proposed=of in subjects_of(told), decision=decision)


def decided(kind: str, told: Known, **changes: object) -> Decision:
    now = case(told)
    fields = {"kind": kind, "by": "expert", "at": NOW, "basis": now.basis, "segment_label": WHOLE}
    return Decision.model_validate(fields | now.grade.model_dump(exclude={"reasons"}) | changes)


def test_a_need_proposes_each_practice_of_its_topic() -> None:
    told = known(insight("a"), practice("breaks"), practice("walks"), practice("x", topics=("leadership",)))
    assert names(told) == {("breaks", True), ("walks", True)}


def test_a_barrier_proposes_too() -> None:
    assert names(known(insight("a", "barrier"), practice())) == {("breaks", True)}


def test_a_practice_found_good_proposes_itself() -> None:
    told = known(insight("a", "practice", practice="breaks"), practice("breaks"), practice("walks"))
    assert names(told) == {("breaks", True)}


def test_a_practice_found_good_on_a_topic_that_it_is_not_for_is_proposed_under_its_first() -> None:
    told = known(insight("a", "practice", practice="breaks", topic="recruitment"), practice())
    assert subjects_of(told) == {subject()}


def test_a_practice_found_good_is_not_proposed_beside_a_need_that_calls_for_it() -> None:
    both = practice(topics=("leadership", "wellbeing"))
    good = insight("g", "practice", practice="breaks", topic="leadership")
    assert {s.topic for s in subjects_of(known(good, both))} == {"leadership"}
    assert {s.topic for s in subjects_of(known(good, insight("a"), both))} == {"wellbeing"}


def test_a_practice_found_good_in_a_segment_is_not_proposed_beside_a_need_of_the_whole_region() -> None:
    both = practice(topics=("leadership", "wellbeing"))
    good = insight("g", "practice", practice="breaks", topic="leadership", segment=ROVANIEMI)
    assert subjects_of(known(good, insight("a"), both)) == {subject()}


def test_a_need_that_names_a_withdrawn_practice_does_not_propose_it() -> None:
    told = known(insight("a", practice="breaks"), practice(status="withdrawn"))
    assert names(told) == {("", True)}


def test_a_practice_not_found_good_proposes_nothing() -> None:
    assert names(known(insight("a", "practice", practice="breaks", direction="low"), practice())) == set()


def test_a_practice_that_the_library_does_not_have_is_not_recommended() -> None:
    withdrawn = practice(status="withdrawn")
    assert names(known(insight("a", "practice", practice="breaks"), withdrawn)) == set()


def test_a_need_without_any_practice_proposes_to_talk_about_the_topic() -> None:
    assert names(known(insight("a"))) == {("", True)}
    assert names(known(insight("a"), practice())) == {("breaks", True)}


def test_strengths_gaps_trends_and_outcomes_propose_nothing() -> None:
    told = known(*(insight(rule, rule) for rule in ("strength", "gap", "trend")), practice(), *outcomes(20))
    assert names(told) == set()


def test_an_indication_never_proposes() -> None:
    assert names(known(indication("a"), practice())) == set()


def test_a_segment_gets_its_own_unless_the_whole_region_gets_the_same() -> None:
    of_segment = insight("s", segment=ROVANIEMI)
    assert names(known(of_segment, practice())) == {("breaks", False)}
    assert names(known(of_segment, insight("a"), practice())) == {("breaks", True)}


def test_without_a_decision_it_is_proposed_while_something_speaks_for_it_and_retired_after() -> None:
    assert status_of(case(known(insight("a"), practice())), None) == ("proposed", ())
    assert status_of(case(known(practice())), None) == ("retired", ())


def test_an_adopted_one_stands_while_its_evidence_does() -> None:
    told = known(insight("a"), practice())
    assert status_of(case(told), decided("adopt", told)) == ("adopted", ())


def test_an_adopted_one_is_put_under_review_and_never_removed_when_its_evidence_is_gone() -> None:
    adopted = decided("adopt", known(insight("a"), practice()))
    status, reasons = status_of(case(known(practice())), adopted)
    assert status == "under_review"
    assert reasons


def test_an_adopted_one_stands_again_when_its_evidence_is_again_what_was_adopted() -> None:
    told = known(insight("a"), practice())
    again = known(insight("a", revision=5), practice(revision=2))
    assert status_of(case(again), decided("adopt", told))[0] == "adopted"


def test_a_retired_one_stays_retired_whatever_comes() -> None:
    told = known(insight("a"), practice())
    retired = decided("retire", told)
    more = known(insight("a"), insight("b", round="autumn"), practice(), *outcomes(30))
    assert status_of(case(more), retired)[0] == "retired"


def test_one_that_was_sent_to_review_stays_there() -> None:
    told = known(insight("a"), practice())
    assert status_of(case(told), decided("review", told))[0] == "under_review"


def test_one_that_is_taken_up_again_is_the_rules_to_judge() -> None:
    told = known(insight("a"), practice())
    assert status_of(case(told), decided("reopen", told))[0] == "proposed"


def test_what_was_adopted_keeps_the_strength_and_certainty_that_a_person_gave() -> None:
    told = known(insight("a"), practice())
    adopted = decided("adopt", told, strength="strong", certainty="low")
    more = known(insight("a"), insight("b", round="autumn"), practice(), *outcomes(30))
    standing = settle(case(more, decision=adopted), adopted, None)
    assert (standing.strength, standing.certainty, standing.grade.certainty) == ("strong", "low", "high")


def test_a_persons_wording_stays_when_the_library_rewords_the_practice() -> None:
    told = known(insight("a"), practice(revision=2, title=text("New title")))
    assert settle(case(told), None, text("Ours")).text == text("Ours")
    assert "New title" in settle(case(told), None, None).text.en


def test_it_is_synthetic_when_its_evidence_is_and_stays_so_when_that_is_gone() -> None:
    told = known(insight("a", synthetic=True), practice())
    assert settle(case(told), None, None).synthetic
    adopted = decided("adopt", told)
    assert settle(case(known(practice()), decision=adopted), adopted, None).synthetic


def test_a_withdrawn_practice_keeps_its_title() -> None:
    told = known(insight("a"), practice(status="withdrawn"))
    assert settle(case(told), None, None).title.en == "Title breaks"


def test_a_segment_is_named_as_its_newest_finding_names_it() -> None:
    told = known(
        insight("b", segment=ROVANIEMI, segment_label=text("Old"), released_on=date(2025, 1, 1)),
        insight("a", segment=ROVANIEMI, segment_label=text("New"), released_on=date(2026, 1, 1)),
        practice(),
    )
    assert case(told, subject(segment=ROVANIEMI)).segment_label == text("New")


def test_the_event_carries_the_whole_state() -> None:
    told = known(insight("a", revision=4), practice(), *outcomes(2))
    standing = settle(case(told), None, None)
    event = standing.to_event(7, NOW)
    assert event.key == subject().key
    assert (event.revision, event.status, event.topic, event.practice) == (
        7,
        "proposed",
        "wellbeing",
        "breaks",
    )
    assert (event.text, event.strength, event.certainty) == (
        standing.text,
        standing.strength,
        standing.certainty,
    )
    assert event.segment == LAPLAND
    assert [(ref.kind, ref.key, ref.revision) for ref in event.evidence] == [
        ("insight", "a", 4),
        ("outcome", "o00", 1),
        ("outcome", "o01", 1),
    ]
