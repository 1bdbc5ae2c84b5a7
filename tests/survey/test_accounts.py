"""The account of a finding leads from question to certainty, and its numbers can be worked out from its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from services.survey.accounts import Account, account
from services.survey.counting import tally
from services.survey.crowds import Answered
from services.survey.estimates import analyse
from services.survey.explaining import Verdict, verdicts
from services.survey.insights import Telling, find
from services.survey.steps import FOR_ALL_STAFF, Dossier, Revision, Step
from services.survey.workings import told_cells
from tests.survey.released import ITEMS, ROUND, answers, releases

COUNTS = (40, 80)
NEED, PRACTICE = "r1--energy--need--region", "r1--habits-lunch--practice--region"


def dossier(insight: str = NEED, *, counts: tuple[int, ...] = COUNTS, erased: int = 0) -> Dossier:
    made = releases(counts)
    telling = Telling(made[-1], datetime(2026, 11, 24, tzinfo=UTC), dict(enumerate(counts, 1)), sealed)
    found = find(telling)[insight]
    kept = made[-1].kept
    all_ = verdicts(kept, ROUND, ITEMS)
    verdict = next(v for v in all_ if v.hypothesis.name == found.ground.hypothesis)
    first = Revision(found.finding, 1, True, found.ground, "")
    return Dossier(
        round=ROUND,
        verdict=verdict,
        verdicts=all_,
        kept=kept,
        releases=[one.kept for one in made],
        analysis=analyse(ROUND, tally(answers(counts[verdict.judged.release - 1]))),
        erased=erased,
        history=[first],
    )


def sealed(*_: object) -> str:
    return "f" * 64


def step(of: Account, name: str) -> Step:
    return next(one for one in of.steps if one.step == name)


def number(of: Account, name: str, which: str) -> float:
    value = step(of, name).numbers[which]
    assert isinstance(value, float | int)
    return float(value)


def test_an_account_has_every_step_from_question_to_history() -> None:
    made = account(dossier())
    assert [one.step for one in made.steps] == [
        "question",
        "answers",
        "tallies",
        "weights",
        "estimate",
        "errors",
        "interval",
        "rule",
        "looks",
        "rate",
        "release",
        "certainty",
        "history",
    ]


@pytest.mark.parametrize("insight", [NEED, PRACTICE])
@pytest.mark.parametrize("language", ["fi", "en", "sv"])
def test_every_step_speaks_every_language(insight: str, language: str) -> None:
    for one in account(dossier(insight)).steps:
        assert getattr(one.title, language)
        assert one.words or one.rows
        assert all(getattr(words, language) for words in one.words)
        assert all("{" not in getattr(words, language) for words in one.words)
        assert all(getattr(heading, language) for heading in one.columns.values())


def test_the_estimate_follows_from_sums_and_weights() -> None:
    made = account(dossier())
    rows = step(made, "tallies").rows
    assert sum(int(row["units"]) for row in rows) == 80
    whole = [row for row in rows if row["weight"] is not None]
    assert len(whole) == len(rows) == 3
    total = sum(float(row["weight"]) * float(row["sum"]) for row in whole)
    weight = sum(float(row["weight"]) * int(row["units"]) for row in whole)
    assert total / weight == pytest.approx(number(made, "estimate", "value"), rel=1e-12)
    assert number(made, "estimate", "sum") == pytest.approx(total, rel=1e-12)


def test_the_weights_of_each_category_add_up_to_the_frame() -> None:
    for row in step(account(dossier()), "weights").rows:
        assert row["weighted"] == pytest.approx(row["counted"], rel=1e-9)


def test_errors_and_interval_are_those_of_the_analysis_and_the_verdict() -> None:
    papers = dossier()
    made, analysis, judged = account(papers), papers.analysis, papers.verdict.judged
    assert analysis is not None
    place = papers.place
    assert number(made, "errors", "se") == analysis.means.se[place]
    assert number(made, "errors", "error") ** 2 == pytest.approx(analysis.means.inference.variance[place])
    assert number(made, "errors", "df") == analysis.means.inference.df[place]
    assert number(made, "interval", "low") == judged.figure.low
    assert number(made, "interval", "error") == pytest.approx(0.8 * 0.05)
    assert number(made, "interval", "shrunk_low") == judged.shrunk.low


def test_shares_are_told_in_per_cent_and_their_sums_in_units() -> None:
    papers = dossier(PRACTICE)
    made = account(papers)
    assert 60 < number(made, "estimate", "value") < 100
    assert number(made, "rule", "level") == pytest.approx(45)
    assert sum(float(row["sum"]) for row in step(made, "tallies").rows) <= 80


def test_every_look_is_told_with_its_share_and_the_smallest_so_far() -> None:
    rows = step(account(dossier()), "looks").rows
    assert [(row["number"], row["share"]) for row in rows] == [(1, 0.2), (2, 0.8)]
    for row in rows:
        assert row["spent"] == pytest.approx(min(float(row["p"]) / float(row["share"]), 1.0))
    assert rows[1]["least"] == min(float(rows[0]["spent"]), float(rows[1]["spent"]))


def test_the_rank_among_all_questions_is_told_with_its_threshold() -> None:
    papers = dossier()
    made = account(papers)
    tested, rank = number(made, "rate", "tested"), number(made, "rate", "rank")
    smaller = [
        v for v in papers.verdicts if v.hypothesis.tested and v.judged.least < papers.verdict.judged.least
    ]
    assert rank > len(smaller)
    assert tested == sum(v.hypothesis.tested for v in papers.verdicts)
    assert number(made, "rate", "threshold") == pytest.approx(0.05 * rank / tested)
    assert number(made, "rate", "found") > rank


def test_certainty_is_told_with_its_doubts_and_their_limits() -> None:
    certain = step(account(dossier()), "certainty")
    assert certain.numbers["certainty"] == certain.numbers["now"] == "moderate"
    assert certain.numbers["doubts"] == "few_units"
    assert certain.words[1].fi == "Vastanneita on 50–99, alle 100."


def test_a_held_figure_is_explained_from_the_answers_that_it_was_made_from() -> None:
    papers = dossier(counts=(60, 62))
    made = account(papers)
    assert papers.verdict.judged.held
    assert sum(int(row["units"]) for row in step(made, "tallies").rows) == 60
    assert "julkaisun 1 luvusta" in step(made, "looks").words[1].fi
    assert step(made, "release").numbers["gate"] == "held"


def test_every_revision_is_told_with_why_it_was_retracted() -> None:
    papers = dossier()
    (first,) = papers.history
    gone = Revision(first.finding, 2, False, first.ground, "erased")
    made = account(replace(papers, history=[first, gone]))
    assert (made.live, made.reason, made.revision) == (False, "erased", 2)
    standing = [row["standing"] for row in step(made, "history").rows]
    assert [words.fi for words in standing if hasattr(words, "fi")] == [
        "kerrottu",
        "vedetty takaisin: vastauksia poistettiin",
    ]


def test_what_was_erased_since_is_said_and_without_answers_nothing_is_worked_out() -> None:
    assert "3 vastanneen" in step(account(dossier(erased=3)), "answers").words[1].fi
    made = account(replace(dossier(), analysis=None))
    assert {"tallies", "weights", "estimate", "errors"}.isdisjoint(one.step for one in made.steps)
    assert "ei voi tehdä uudelleen" in step(made, "answers").words[1].fi


def test_who_is_no_analyst_gets_only_steps_without_exact_numbers() -> None:
    made = account(dossier(), full=False)
    assert tuple(one.step for one in made.steps) == FOR_ALL_STAFF
    exact = f"{dossier().verdict.judged.figure.value:.5g}"
    assert exact in account(dossier()).model_dump_json()
    assert exact not in made.model_dump_json()


def cells(*units: int, share: float = 0.5) -> Answered:
    n = np.array(units, dtype=float)
    return Answered(np.ones(len(n)), n, share * n, (share**2 + 0.1) * n)


@pytest.mark.parametrize(
    ("units", "alone", "together"),
    [
        ((20, 30, 40), [0, 1, 2], []),
        ((20, 0, 40), [0, 2], []),
        ((20, 3, 40, 4), [0, 2], [1, 3]),
        ((20, 1, 40, 30), [2, 3], [0, 1]),
        ((3, 4, 2), [], [0, 1, 2]),
    ],
    ids=["all", "an empty one", "small ones together", "a small one with the smallest large", "none alone"],
)
def test_sums_of_small_cells_are_told_only_together(
    units: tuple[int, ...], alone: list[int], together: list[int]
) -> None:
    found = told_cells(cells(*units))
    assert ([*found[0]], [*found[1]]) == (alone, together)


def test_a_cell_whose_units_all_say_the_same_is_not_told_alone() -> None:
    answered = cells(20, 30, 40)
    y = np.array([20.0, 15.0, 20.0])
    found = told_cells(replace(answered, y=y, yy=np.array([20.0, 10.0, 14.0])))
    assert 0 in found[1]


def test_what_is_left_of_the_total_is_safe_to_tell() -> None:
    rng = np.random.default_rng(8)
    for _ in range(200):
        units = rng.integers(0, 12, 7)
        if units.sum() < 5:
            continue
        alone, together = told_cells(cells(*units.tolist()))
        assert sorted([*alone, *together]) == [*np.flatnonzero(units)]
        assert all(units[cell] >= 5 for cell in alone)
        assert units[together].sum() >= 5 or not len(together)


def test_only_what_is_tested_counts_in_the_rank() -> None:
    papers = dossier()
    other: list[Verdict] = [v for v in papers.verdicts if not v.hypothesis.tested or v is papers.verdict]
    assert number(account(replace(papers, verdicts=other)), "rate", "tested") == 1
