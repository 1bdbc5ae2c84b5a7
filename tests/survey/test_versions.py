"""What changed between releases is counted by units, carefully where nobody can know."""

from __future__ import annotations

import numpy as np

from services.survey.answers import AnswerSet, Erased
from services.survey.counting import counted
from services.survey.versions import Atom, Earlier, Versions, changed_units, largest_erasure, versions
from tests.survey.asked import FRAME

ROVANIEMI, NORTH = ("rovaniemi", "1-9"), ("pohjois-lappi", "1-9")


def answers(rows: list[tuple[int, int, int]], erased: tuple[Erased, ...] = ()) -> AnswerSet:
    """From (unit, cell, seq); every unit answers the one item."""
    units, cells, seqs = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return AnswerSet(
        items=("i",),
        values=np.ones((len(rows), 1)),
        cells=cells,
        cell_keys=(ROVANIEMI, NORTH),
        units=units,
        ids=tuple(f"a{seq}" for seq in seqs),
        seqs=seqs,
        erased=erased,
    )


def gone(erasure: str, seq: int, since: int) -> Erased:
    return Erased(erasure, seq, since, {"sub-region": "rovaniemi", "size": "1-9"}, frozenset({"i"}))


def made_of(answered: AnswerSet, watermarks: list[int]) -> Versions:
    return versions(
        counted(answered, watermarks), FRAME, [Earlier(mark, {NORTH: 3.0}) for mark in watermarks]
    )


def test_new_answers_change_their_units_once() -> None:
    made = made_of(answers([(0, 0, 1), (1, 0, 2), (0, 0, 3), (0, 0, 4), (2, 1, 5)]), [2])
    place = {key: index for index, key in enumerate(made.cell_keys)}
    assert made.changed[0, place[ROVANIEMI], 0] == 1
    assert made.changed[0, place[NORTH], 0] == 1


def test_a_unit_that_answers_again_ends_its_former_value() -> None:
    made = made_of(answers([(0, 0, 1), (1, 0, 2), (0, 0, 3)]), [2])
    cell = made.cell_keys.index(ROVANIEMI)
    assert set(made.atoms) == {Atom(cell, 0, 2), Atom(cell, 0, 1), Atom(cell, 1, 2)}
    assert made.alive(0).sum() == 2
    assert made.alive(1).sum() == 2
    assert made.newly[0].moment("units").tolist() == [[1.0]]


def test_a_release_keeps_the_weights_that_it_used() -> None:
    made = made_of(answers([(0, 0, 1), (1, 1, 2)]), [2])
    weights = dict(zip(made.cell_keys, made.weights[0].tolist(), strict=True))
    assert weights == {ROVANIEMI: 1.0, NORTH: 3.0}


def test_erasures_that_went_apart_may_be_one_unit_so_only_the_largest_counts() -> None:
    apart = (gone("x", 10, 1), gone("y", 11, 1), gone("z", 12, 2))
    together = (gone("x", 10, 1), gone("x", 11, 1), gone("x", 12, 2))
    for erased, changed in ((apart, 1), (together, 3)):
        made = made_of(answers([(0, 0, 3)], erased), [5])
        assert made.changed[0, made.cell_keys.index(ROVANIEMI), 0] == changed
        assert changed_units(counted(answers([(0, 0, 3)], erased), [5]), [Earlier(5, {})]) == changed


def test_what_came_and_went_between_two_releases_changed_nothing() -> None:
    erased = (gone("x", 10, 7),)
    made = made_of(answers([(0, 0, 1)], erased), [5])
    assert not made.changed.any()
    assert changed_units(counted(answers([(0, 0, 1)], erased), [5]), [Earlier(5, {})]) == 0


def test_the_largest_erasure_counts_only_what_the_release_had() -> None:
    erased = (gone("x", 10, 1), gone("x", 11, 7), gone("y", 3, 1))
    assert largest_erasure(erased, 5) == 1


def test_without_earlier_releases_every_cell_is_one_atom() -> None:
    made = made_of(answers([(0, 0, 1), (1, 0, 2), (2, 1, 3)]), [])
    assert made.coming == 0
    assert sorted(made.counts[:, 0].tolist()) == [1, 2]
