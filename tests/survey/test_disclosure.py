"""No series of releases gives a small group away, and without the gate's parts it would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey import disclosure, publication
from services.survey.answers import AnswerSet
from services.survey.counting import counted
from services.survey.items import items_of
from services.survey.looks import Look
from services.survey.publication import Wanted, publish
from services.survey.releases import history
from services.survey.rounds import Frame, Round
from services.survey.segments import Segment, declared_segments
from services.survey.weighting import CannotWeight
from tests.survey.attacker import Seen, attack, groups_of
from tests.survey.worlds import frame_of, questionnaire, words

ASKED = questionnaire(1, 2)
ITEMS = items_of(ASKED)


FOUR_TABLES = ((), ("d0",), ("d1",), ("d0", "d1"))


def round_of(frame: Frame, tables: Sequence[tuple[str, ...]] = FOUR_TABLES) -> Round:
    return Round(
        round="r",
        questionnaire="made-up",
        title=words("R"),
        opens_on=date(2026, 1, 1),
        closes_on=date(2026, 6, 30),
        frame=frame,
        tables=tuple(tables),
    )


def made_up(rng: np.random.Generator, units: int) -> tuple[Frame, AnswerSet]:
    """A small population of which `units` answer, one answer each, uneven by place."""
    places = np.column_stack([rng.choice(3, 150, p=[0.6, 0.25, 0.15]), rng.choice(2, 150, p=[0.7, 0.3])])
    places[:6] = [[a, b] for a in range(3) for b in range(2)]
    chosen = rng.permutation(150)[:units]
    keys = [tuple(str(code) for code in places[unit]) for unit in chosen]
    cell_keys = tuple(sorted(set(keys)))
    scale = rng.integers(1, 6, (units, 1)).astype(float)
    yes = (rng.random((units, 2)) < [0.5, 0.1]).astype(float)
    answers = AnswerSet(
        items=tuple(item.name for item in ITEMS),
        values=np.hstack([scale, scale == np.arange(1, 6), yes]),
        cells=np.array([cell_keys.index(key) for key in keys]),
        cell_keys=cell_keys,
        units=np.arange(units),
        ids=tuple(f"a{i}" for i in range(units)),
        seqs=np.arange(1, units + 1),
    )
    return frame_of(places), answers


def release_at(
    round_: Round, answers: AnswerSet, marks: Sequence[int], *, remembering: bool = True
) -> list[Seen]:
    """Releases of what had come by each of the marks."""
    seen: list[Seen] = []
    for number, mark in enumerate(marks, 1):
        early, former = answers.until(mark), [one.kept for one in seen]
        wanted = Wanted(f"r-{number}", Look(number, number, False, 0.05), date(2026, 2, number))
        known = counted(early, [kept.watermark for kept in former] if remembering else [])
        seen.append(Seen(publish(round_, ASKED, known, former, wanted).kept, early))
    return seen


def broken_groups(
    round_: Round, answers: AnswerSet, seen: Sequence[Seen]
) -> list[tuple[str, frozenset[int]]]:
    segments = declared_segments(round_)
    found = []
    for item in ITEMS:
        attacked = attack(round_.frame, item, seen, answers)
        groups = {g for g in groups_of(round_.frame, segments, attacked, answers) if 0 < len(g) < 5}
        found += [(item.name, group) for group in attacked.broken(sorted(groups, key=sorted))]
    return found


def cells_of(seen: Seen) -> set[tuple[str, str]]:
    return {
        (cell.item, Segment(tuple(cell.segment.items())).slug)
        for cell in seen.kept.release.cells
        if cell.made_for == seen.kept.release.number
    }


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 100_000), st.lists(st.integers(1, 9), min_size=0, max_size=2))
def test_no_series_of_releases_gives_a_small_group_away(seed: int, steps: list[int]) -> None:
    rng = np.random.default_rng(seed)
    first = int(rng.integers(25, 45))
    marks = [first + sum(steps[:n]) for n in range(len(steps) + 1)]
    frame, answers = made_up(rng, marks[-1])
    round_ = round_of(frame)
    try:
        seen = release_at(round_, answers, marks)
    except CannotWeight:
        return
    assert broken_groups(round_, answers, seen) == []


def answered(*levels: int) -> AnswerSet:
    """One answer a unit, all in one cell."""
    n, scale = len(levels), np.array(levels, dtype=float)[:, None]
    habits = (np.arange(n)[:, None] % [2, 3] == 0).astype(float)
    return AnswerSet(
        items=tuple(item.name for item in ITEMS),
        values=np.hstack([scale, scale == np.arange(1, 6), habits]),
        cells=np.zeros(n, dtype=np.int64),
        cell_keys=(("0",),),
        units=np.arange(n),
        ids=tuple(f"a{i}" for i in range(n)),
        seqs=np.arange(1, n + 1),
    )


def test_a_distribution_waits_as_long_as_the_mean_that_it_would_tell() -> None:
    round_ = round_of(frame_of(np.zeros((300, 1), dtype=np.int64)), ((),))
    mean, distribution = ("state-0", "region"), {(f"state-0:{level}", "region") for level in range(1, 6)}
    # At first nobody chose the lowest level. Then four did: the mean is held, and so is the distribution.
    answers = answered(*[2, 3, 4, 5] * 10, *[1] * 4)
    first, second = (cells_of(seen) for seen in release_at(round_, answers, (40, 44)))
    assert mean in first
    assert mean not in second
    assert not distribution & (first | second)
    (at_once,) = (cells_of(seen) for seen in release_at(round_, answers, (44,)))
    assert distribution <= at_once


SEED, MARKS = 5, (40, 43)


def attacked_without(
    monkeypatch: pytest.MonkeyPatch, *, cover: bool, holds: bool
) -> list[tuple[str, frozenset[int]]]:
    if not cover:
        monkeypatch.setattr(disclosure, "cover", lambda _puzzle, fresh, *_checks: fresh)
    if not holds:
        nothing = lambda _releases, items, segments: history([], items, segments)  # noqa: E731
        monkeypatch.setattr(publication, "history", nothing)
        forget = publication.versions
        monkeypatch.setattr(publication, "versions", lambda known, frame, _: forget(known, frame, []))
    frame, answers = made_up(np.random.default_rng(SEED), MARKS[-1])
    round_ = round_of(frame)
    return broken_groups(round_, answers, release_at(round_, answers, MARKS, remembering=holds))


def test_the_attacker_fails_against_the_whole_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attacked_without(monkeypatch, cover=True, holds=True) == []


def test_the_attacker_succeeds_without_complementary_suppression(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attacked_without(monkeypatch, cover=False, holds=True)


def test_the_attacker_succeeds_without_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attacked_without(monkeypatch, cover=True, holds=False)


def gate_of(*columns: Sequence[str]) -> disclosure.Gate:
    """A gate of two items with these verdicts, segment by segment."""
    verdicts = np.array(columns, dtype=object).T
    return disclosure.Gate(verdicts, np.full(verdicts.shape, -1))


def test_why_figures_did_not_leave_is_one_word_for_the_release() -> None:
    own = [("small", "dominated"), ("unanimous", "fresh"), ("empty", "small")]
    others = [("complementary", "fresh"), ("fresh", "complementary")]
    assert gate_of(*own, *others).mostly == "own"
    assert gate_of(*others, *others, *own[:1]).mostly == "others"
    assert gate_of(*[("held", "held")] * 5, *own).mostly == "held"
    assert gate_of(("fresh", "fresh")).mostly is None


def test_of_so_few_segments_that_a_word_could_point_at_one_no_word_is_told() -> None:
    left = [("fresh", "fresh")] * 9
    assert gate_of(*[("unanimous", "unanimous")] * 4, *left).mostly == "few"
    assert gate_of(*[("unanimous", "unanimous")] * 5, *left).mostly == "own"
