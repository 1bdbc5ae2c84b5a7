"""Evidence tables: confirmed findings only, each with its direction."""

from __future__ import annotations

from services.model.evidence import Table, background, table_for, targets
from tests.model.given import ROVANIEMI, indication, insight, known, outcome, outcomes, practice, subject


def directions(table: Table) -> dict[str, str]:
    return {row.insight: row.direction for row in table.rows}


def test_a_need_on_the_topic_supports_each_practice_for_it() -> None:
    table = table_for(subject(), known(insight("a"), practice()))
    assert directions(table) == {"a": "supports"}


def test_a_practice_found_good_supports_that_practice_only() -> None:
    told = known(insight("a", "practice", practice="breaks"), practice(), practice("walks"))
    assert directions(table_for(subject("breaks"), told)) == {"a": "supports"}
    assert directions(table_for(subject("walks"), told)) == {}


def test_a_practice_found_good_on_another_topic_supports_it_here_too() -> None:
    told = known(insight("a", "practice", practice="breaks", topic="community"), practice())
    assert directions(table_for(subject(), told)) == {"a": "supports"}


def test_a_need_whose_question_names_a_practice_supports_that_practice_only() -> None:
    told = known(insight("a", practice="walks"), practice("breaks"), practice("walks"))
    assert directions(table_for(subject("walks"), told)) == {"a": "supports"}
    assert directions(table_for(subject("breaks"), told)) == {}


def test_a_need_on_a_topic_that_its_practice_is_not_for_speaks_under_the_practices_first_topic() -> None:
    told = known(insight("a", "barrier", practice="breaks", topic="organising_work"), practice())
    assert targets(insight("a", practice="breaks", topic="organising_work"), told) == {
        ("wellbeing", "breaks")
    }
    assert directions(table_for(subject(), told)) == {"a": "supports"}


def test_a_need_that_names_a_practice_outside_the_library_speaks_for_the_others() -> None:
    told = known(insight("a", practice="unheard-of"), practice("breaks"))
    assert directions(table_for(subject(), told)) == {"a": "supports"}


def test_a_practice_that_left_the_library_keeps_its_evidence() -> None:
    told = known(insight("a", practice="breaks"), practice(status="withdrawn"), practice("walks"))
    assert directions(table_for(subject("breaks"), told)) == {"a": "supports"}
    assert directions(table_for(subject("walks"), told)) == {"a": "supports"}


def test_talking_about_a_topic_keeps_its_evidence_when_practices_come() -> None:
    told = known(insight("a"), practice())
    assert directions(table_for(subject(practice=""), told)) == {"a": "supports"}


def test_findings_on_other_topics_are_not_even_context() -> None:
    told = known(insight("a"), insight("t", "trend", topic="leadership"), practice())
    assert directions(table_for(subject(), told)) == {"a": "supports"}


def test_a_practice_not_found_good_speaks_against_it() -> None:
    told = known(insight("a", "practice", practice="breaks", direction="low"), practice())
    assert directions(table_for(subject(), told)) == {"a": "against"}


def test_a_barrier_to_one_practice_says_nothing_of_another() -> None:
    told = known(insight("a", "barrier", practice="walks"), practice(), practice("walks"))
    assert directions(table_for(subject("breaks"), told)) == {}


def test_the_same_question_as_a_strength_in_another_round_speaks_against_the_need() -> None:
    told = known(insight("a", round="spring"), insight("b", "strength", round="autumn"), practice())
    assert directions(table_for(subject(), told)) == {"a": "supports", "b": "against"}


def test_a_strength_of_a_segment_does_not_contradict_a_need_of_the_whole_region() -> None:
    told = known(insight("a"), insight("s", "strength", segment=ROVANIEMI), practice())
    assert directions(table_for(subject(segment=ROVANIEMI), told)) == {"a": "context", "s": "context"}


def test_a_strength_on_another_question_is_context() -> None:
    told = known(insight("a"), insight("b", "strength", question="q2"), practice())
    assert directions(table_for(subject(), told)) == {"a": "supports", "b": "context"}


def test_gaps_and_trends_are_context() -> None:
    told = known(insight("a"), insight("g", "gap"), insight("t", "trend"), practice())
    assert directions(table_for(subject(), told)) == {"a": "supports", "g": "context", "t": "context"}


def test_findings_of_a_segment_are_context_for_the_region_and_the_other_way_round() -> None:
    told = known(insight("a"), insight("b", segment=ROVANIEMI), practice())
    assert directions(table_for(subject(), told)) == {"a": "supports", "b": "context"}
    assert directions(table_for(subject(segment=ROVANIEMI), told)) == {"a": "context", "b": "supports"}


def test_another_segment_says_nothing_of_this_one() -> None:
    told = known(insight("a", segment={"sub-region": "kemi-tornio"}), practice())
    assert directions(table_for(subject(segment=ROVANIEMI), told)) == {}


def test_context_is_not_among_the_references() -> None:
    table = table_for(subject(), known(insight("a"), insight("t", "trend"), practice()))
    assert [ref.key for ref in table.references] == ["a"]


def test_an_indication_is_never_a_row() -> None:
    told = known(indication("i"), practice())
    assert table_for(subject(), told) == Table()


def test_experts_see_indications_as_background_once() -> None:
    told = known(
        insight("a"), indication("a"), indication("i"), indication("s", segment=ROVANIEMI), practice()
    )
    assert [one.insight for one in background(subject(), told)] == ["i"]


def test_a_row_says_figure_interval_n_band_certainty_and_date() -> None:
    (row,) = table_for(subject(), known(insight("a", revision=3), practice())).rows
    told = insight("a")
    assert (row.figure, row.certainty, row.released_on) == (told.figure, told.certainty, told.released_on)
    assert (row.revision, row.sentence) == (3, told.sentence)


def test_outcomes_of_the_practice_are_in_the_table_and_of_others_not() -> None:
    told = known(insight("a"), practice(), *outcomes(5), outcome("other", practice="walks"))
    table = table_for(subject(), told)
    assert table.outcomes is not None
    assert [ref.key for ref in table.outcomes.behind] == [f"o{i:02}" for i in range(5)]


def test_follow_ups_of_a_practice_count_whatever_topic_it_was_tried_for() -> None:
    told = known(insight("a"), practice(), *outcomes(5, topic="leadership"))
    assert table_for(subject(), told).outcomes is not None


def test_one_synthetic_finding_makes_the_table_synthetic() -> None:
    told = known(insight("a"), insight("b", synthetic=True), practice())
    assert table_for(subject(), told).synthetic


def test_the_order_of_arrival_does_not_matter() -> None:
    events = [*(insight(f"i{n}") for n in range(9)), practice(), *outcomes(7)]
    assert table_for(subject(), known(*events)) == table_for(subject(), known(*reversed(events)))
