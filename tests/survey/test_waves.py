"""Changes between rounds: those who answered both times make them surer, and chance is rarely called a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pytest

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.disclosure import Gate
from services.survey.estimates import Analysis, Estimates, analyse
from services.survey.items import items_of
from services.survey.judging import Case, judge
from services.survey.looks import Look
from services.survey.questionnaires import Questionnaire
from services.survey.rounds import Round
from services.survey.rules import hypotheses
from services.survey.waves import Former, comparable, panel, shown_mean, trends
from tests.survey.asked import QUESTIONNAIRE
from tests.survey.worlds import frame_of, questionnaire, words

Floats = npt.NDArray[np.float64]

SIZE = 300
ASKED = questionnaire(1, 0)
ITEMS = items_of(ASKED)


def region(rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], Round]:
    places = np.column_stack([rng.choice(3, SIZE, p=[0.5, 0.3, 0.2]), rng.choice(2, SIZE)])
    round_ = Round(
        round="r",
        questionnaire="made-up",
        title=words("R"),
        opens_on=date(2026, 1, 1),
        closes_on=date(2026, 6, 30),
        frame=frame_of(places),
    )
    return places, round_


def answered(
    places: npt.NDArray[np.int64], values: Floats, who: npt.NDArray[np.int64]
) -> tuple[AnswerSet, list[str | None]]:
    """One answer of each of `who`, and their names."""
    keys = [tuple(str(code) for code in places[unit]) for unit in who]
    cell_keys = tuple(sorted(set(keys)))
    mean = values[who][:, None]
    levels = [mean == level for level in ASKED.questions[0].levels]
    answers = AnswerSet(
        items=tuple(item.name for item in ITEMS),
        values=np.hstack([mean, *levels]).astype(float),
        cells=np.array([cell_keys.index(key) for key in keys]),
        cell_keys=cell_keys,
        units=np.arange(len(who)),
        ids=tuple(f"a{unit}" for unit in who),
        seqs=np.arange(1, len(who) + 1),
    )
    return answers, [f"organisation{unit}" for unit in who]


Taken = tuple[AnswerSet, list[str | None]]


def compared(round_: Round, now: Taken, then: Taken, *, known: bool = True) -> tuple[Analysis, Estimates]:
    """The analysis of now and its changes; `known`: whether those in both rounds are known to be the same."""
    here, there = analyse(round_, tally(now[0])), analyse(round_, tally(then[0]))
    means = {
        (item, segment.slug): shown_mean(there.means, i, s)
        for i, item in enumerate(there.items)
        for s, segment in enumerate(there.segments)
    }
    names = then[1] if known else [None] * len(then[1])
    made = trends(here, Former(means, there, panel(now, (then[0], names))))
    return here, made


def opinions(rng: np.random.Generator, lasting: float) -> tuple[Floats, Floats]:
    """Two waves with the same mean in the population; `lasting`: how much of an opinion stays."""
    own = rng.normal(0, 1, SIZE)
    waves = [
        np.clip(np.rint(3 + np.sqrt(lasting) * own + np.sqrt(1 - lasting) * rng.normal(0, 1, SIZE)), 1, 5)
        for _ in range(2)
    ]
    return waves[0], waves[1]


def test_a_panel_that_answers_alike_makes_a_change_surer() -> None:
    rng = np.random.default_rng(1)
    places, round_ = region(rng)
    then, now = opinions(rng, 0.8)
    who = rng.permutation(SIZE)[:150]
    taken = answered(places, now, who), answered(places, then, who)
    same, strangers = (compared(round_, *taken, known=known)[1] for known in (True, False))
    assert same.value[0, 0] == pytest.approx(strangers.value[0, 0])
    assert same.inference.variance[0, 0] < 0.5 * strangers.inference.variance[0, 0]
    assert same.se[0, 0] < 0.75 * strangers.se[0, 0]


def test_with_everyone_in_both_rounds_the_error_is_that_of_the_differences() -> None:
    rng = np.random.default_rng(2)
    places, round_ = region(rng)
    round_ = round_.model_copy(update={"fpc": False})
    then, now = opinions(rng, 0.5)
    who = rng.permutation(SIZE)[:150]
    made = compared(round_, answered(places, now, who), answered(places, then, who))[1]
    direct = analyse(round_, tally(answered(places, now - then, who)[0])).means
    assert made.value[0, 0] == pytest.approx(direct.value[0, 0], rel=1e-9)
    assert made.se[0, 0] == pytest.approx(direct.se[0, 0], rel=0.02)


def test_a_panel_of_fewer_than_k_lends_nothing() -> None:
    rng = np.random.default_rng(3)
    places, round_ = region(rng)
    then, now = opinions(rng, 0.9)
    order = rng.permutation(SIZE)
    taken = answered(places, now, order[:100]), answered(places, then, order[96:200])
    known, unknown = (compared(round_, *taken, known=known)[1] for known in (True, False))
    np.testing.assert_array_equal(known.inference.variance, unknown.inference.variance)


def test_a_round_before_that_cannot_be_weighted_any_more_lends_nothing() -> None:
    rng = np.random.default_rng(3)
    places, round_ = region(rng)
    then, now = opinions(rng, 0.9)
    who = rng.permutation(SIZE)[:120]
    here, there = answered(places, now, who), answered(places, then, who)
    analysis, strangers = compared(round_, here, there, known=False)
    means = {("state-0", "region"): shown_mean(analyse(round_, tally(there[0])).means, 0, 0)}
    made = trends(analysis, Former(means, None, panel(here, there)))
    assert made.inference.variance[0, 0] == strangers.inference.variance[0, 0]


def test_what_the_round_before_does_not_show_has_no_change() -> None:
    rng = np.random.default_rng(4)
    places, round_ = region(rng)
    then, now = opinions(rng, 0.5)
    who = rng.permutation(SIZE)[:120]
    here, there = answered(places, now, who), answered(places, then, who)
    analysis = analyse(round_, tally(here[0]))
    former = Former({("state-0", "region"): shown_mean(analysis.means, 0, 0)}, analysis, panel(here, there))
    made = trends(analysis, former)
    assert made.value[0, 0] == 0
    assert np.isnan(made.value[0, 1:]).all()
    verdict = verdicts(replace(analysis, trends=made))["state-0|trend|d0-0"]
    assert verdict.reason == "no_former"


def test_only_questions_on_the_same_scale_are_compared() -> None:
    other = QUESTIONNAIRE.model_dump(mode="json")
    other["questions"][0]["high"] = 7
    assert comparable(QUESTIONNAIRE, Questionnaire.model_validate(other)) == {
        q.code for q in QUESTIONNAIRE.questions if q.code != "energy"
    }


def verdicts(analysis: Analysis) -> dict:
    asked = hypotheses(ITEMS, analysis.segments, follows=True)
    shape = analysis.means.value.shape
    gate = Gate(np.full(shape, "fresh", dtype=object), np.full(shape, -1))
    judged = judge(Case(analysis, ITEMS, asked, gate, Look(1, 0, True, 1.0)), {})
    return {hypothesis.name: verdict for hypothesis, verdict in zip(asked, judged, strict=True)}


@pytest.mark.parametrize("overlap", [0, 75, 150])
def test_chance_is_rarely_called_a_change_and_intervals_hold(overlap: int) -> None:
    """Worlds in which the mean of the population really moves by a known amount."""
    rng, held, worlds = np.random.default_rng([5, overlap]), [], 150
    for _ in range(worlds):
        places, round_ = region(rng)
        then, now = opinions(rng, 0.6)
        order = rng.permutation(SIZE)
        first, second = order[:150], order[150 - overlap : 300 - overlap]
        made = compared(round_, answered(places, now, second), answered(places, then, first))[1]
        truth = now.mean() - then.mean()
        reach = 1.98 * np.sqrt(made.inference.variance[0, 0])
        held.append(abs(made.value[0, 0] - truth) <= reach)
    assert np.mean(held) >= 0.92


def test_a_clear_change_is_confirmed_with_its_direction() -> None:
    rng = np.random.default_rng(6)
    places, round_ = region(rng)
    then, _ = opinions(rng, 0.6)
    now = np.clip(then + 1, 1, 5)
    who = rng.permutation(SIZE)[:150]
    analysis, made = compared(round_, answered(places, now, who), answered(places, then, who))
    verdict = verdicts(replace(analysis, trends=made))["state-0|trend|region"]
    assert verdict.reason == "confirmed"
    assert verdict.figure.low > 0.5
