"""A rule that did not fire says why, to whoever asks by question, rule, segment or reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.survey.explaining import (
    Asked,
    Explanation,
    Verdict,
    choose,
    count_discoveries,
    count_reasons,
    explain,
    figure_of,
    least_needed,
    verdicts,
)
from services.survey.reasons import DETAILS, REASONS
from services.survey.verdicts import Reason
from tests.survey.asked import FRAME
from tests.survey.released import ITEMS, ROUND, releases

WORDS = ("fi", "en", "sv")


def found(counts: tuple[int, ...] = (40, 80), number: int = -1) -> list[Verdict]:
    return verdicts(releases(counts)[number].kept, ROUND, ITEMS)


def told(asked: Asked, among: Sequence[Verdict]) -> list[Explanation]:
    return list(explain(choose(among, asked), FRAME, least_needed(among)))


def one(reason: str, among: Sequence[Verdict]) -> Explanation:
    return told(Asked(reason=reason), among)[0]


@pytest.mark.parametrize("language", WORDS)
def test_every_reason_has_words_in_every_language(language: str) -> None:
    for reason in (*Reason.__args__, "held"):
        assert getattr(REASONS[reason], language)
    assert all(getattr(words, language) for words in DETAILS.values())


def test_every_verdict_of_a_release_is_explained() -> None:
    all_ = found()
    explained = told(Asked(), all_)
    assert len(explained) == len(releases((40, 80))[-1].hypotheses)
    assert all(one.reasons and one.why.fi and one.why.en and one.why.sv for one in explained)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (Asked(rule="need", segment="region"), {"energy|need|region", "trust|need|region"}),
        (Asked(question="habits:walk", segment="size=1-9"), {"habits:walk|practice|size-1-9"}),
        (Asked(rule="gap", question="trust", segment="region"), set()),
        (
            Asked(question="energy", segment="sub-region=rovaniemi,size=1-9", rule="gap"),
            {"energy|gap|sub-region-rovaniemi_size-1-9"},
        ),
        (
            Asked(question="habits", segment="region"),
            {"habits:lunch|practice|region", "habits:walk|practice|region"},
        ),
        (Asked(question="nothing"), set()),
    ],
    ids=["rule", "option", "no gap of the whole region", "segment of two dimensions", "question", "unknown"],
)
def test_verdicts_are_found_by_question_rule_and_segment(asked: Asked, names: set[str]) -> None:
    assert {verdict.hypothesis.name for verdict in choose(found(), asked)} == names


def test_reasons_are_counted_and_each_can_be_asked_for() -> None:
    all_ = found((40, 80), 0)
    counts = count_reasons(all_)
    assert {"too_few", "too_uncertain", "suppressed", "confirmed", "not_found"} <= counts.keys()
    for reason, count in counts.items():
        assert len(choose(all_, Asked(reason=reason))) == count


def test_a_verdict_on_a_former_figure_is_found_as_held_and_by_what_was_said_of_it() -> None:
    held = choose(found((60, 62)), Asked(reason="held"))
    assert held
    assert all(v.judged.held and v.judged.release == 1 for v in held)
    first = told(Asked(reason="held"), held)[0]
    assert first.reasons[0] == "held"
    assert first.reasons[1] in REASONS
    assert first.why.fi.startswith("aiempi luku on voimassa, koska alle viisi vastaajaa on muuttunut; ")


def test_too_few_says_how_many_answered_and_how_many_it_takes() -> None:
    small = one("too_few", found((40, 80), 0))
    assert small.detail is not None
    assert small.n_band is not None
    # The population of 100 counts as small.
    assert small.detail.fi == (
        f"Vastanneita on {small.n_band}; tarvitaan 10 kummallakin puolella ja 40 koko kierroksella."
    )


def test_of_a_withheld_figure_nothing_is_told_but_that_it_is_withheld() -> None:
    for explained in told(Asked(reason="suppressed"), found((12,))):
        assert (explained.figure, explained.n_band, explained.detail) == (None, None, None)
        assert explained.p == 1


def test_no_figure_is_told_of_what_is_withheld_or_of_fewer_than_five() -> None:
    shown = choose(found(), Asked(reason="confirmed"))[0]
    assert figure_of(shown) is not None
    for changes in ({"reason": "suppressed"}, {"units": 4.0}, {"units": float("nan")}):
        assert figure_of(replace(shown, judged=shown.judged._replace(**changes))) is None


def test_of_fewer_than_five_not_even_a_band_is_told() -> None:
    few = [one for one in told(Asked(), found((12,))) if one.n_band is not None]
    assert few
    assert all(one.n_band != "<5" for one in few)


def test_a_figure_that_does_not_reach_is_told_with_its_interval_and_the_bound() -> None:
    missed = next(
        one
        for one in told(Asked(reason="not_found", question="trust", rule="need", segment="region"), found())
    )
    figure = missed.figure
    assert figure is not None
    assert missed.null == pytest.approx(3.2)
    assert missed.detail is not None
    assert missed.detail.en == (
        f"The figure is {figure.estimate:g}, interval {figure.low:g}–{figure.high:g}; "
        "the bound of the rule is above 3.2. "
    )
    assert "3,2" in missed.detail.fi


def test_too_uncertain_says_its_p_and_what_would_do() -> None:
    unsure = one("too_uncertain", found())
    assert unsure.p > 0.05
    assert unsure.detail is not None
    assert f"{unsure.p:.3g}" in unsure.detail.en


def test_shares_and_their_bounds_are_told_in_per_cent() -> None:
    habit = told(Asked(question="habits:lunch", segment="region"), found())[0]
    assert habit.null == pytest.approx(50)
    assert habit.figure is not None
    assert habit.figure.unit == "%"
    assert habit.figure.estimate > 60


def test_what_an_indication_shows_is_the_figure_drawn_towards_the_region() -> None:
    verdict = choose(found((40, 80), 0), Asked(reason="indicated"))[0]
    shown = one("indicated", [verdict])
    assert shown.figure is not None
    assert shown.figure.level == 0.8
    drawn = verdict.times * verdict.judged.shrunk.low
    assert drawn != verdict.times * verdict.judged.figure.low
    assert drawn - verdict.times * 0.11 < shown.figure.low <= drawn


def test_what_is_needed_is_the_threshold_of_the_next_discovery() -> None:
    all_ = found()
    tested, passed = sum(v.hypothesis.tested for v in all_), count_discoveries(all_)
    assert 0 < passed < tested
    assert least_needed(all_) == pytest.approx(0.05 * (passed + 1) / tested)
