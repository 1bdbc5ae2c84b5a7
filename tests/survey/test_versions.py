"""What changed between releases is counted by units, carefully where nobody can know."""

from __future__ import annotations

import numpy as np

from services.survey.answers import AnswerSet, Erased
from services.survey.versions import Atom, changed_units, largest_erasure, versions
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


def test_new_answers_change_their_units_once() -> None:
    made = versions(answers([(0, 0, 1), (1, 0, 2), (0, 0, 3), (0, 0, 4), (2, 1, 5)]), FRAME, [2])
    place = {key: index for index, key in enumerate(made.cell_keys)}
    assert made.changed[0, place[ROVANIEMI], 0] == 1
    assert made.changed[0, place[NORTH], 0] == 1


def test_a_unit_that_answers_again_ends_its_former_value() -> None:
    made = versions(answers([(0, 0, 1), (1, 0, 2), (0, 0, 3)]), FRAME, [2])
    cell = made.cell_keys.index(ROVANIEMI)
    assert set(made.atoms) == {Atom(cell, 0, 2), Atom(cell, 0, 1), Atom(cell, 1, 2)}
    assert made.alive(0).sum() == 2
    assert made.alive(1).sum() == 2


def test_erasures_that_went_apart_may_be_one_unit_so_only_the_largest_counts() -> None:
    apart = (gone("x", 10, 1), gone("y", 11, 1), gone("z", 12, 2))
    together = (gone("x", 10, 1), gone("x", 11, 1), gone("x", 12, 2))
    for erased, changed in ((apart, 1), (together, 3)):
        made = versions(answers([(0, 0, 3)], erased), FRAME, [5])
        assert made.changed[0, made.cell_keys.index(ROVANIEMI), 0] == changed
        assert changed_units(answers([(0, 0, 3)], erased), 5) == changed


def test_what_came_and_went_between_two_releases_changed_nothing() -> None:
    erased = (gone("x", 10, 7),)
    made = versions(answers([(0, 0, 1)], erased), FRAME, [5])
    assert not made.changed.any()
    assert changed_units(answers([(0, 0, 1)], erased), 5) == 0


def test_the_largest_erasure_counts_only_what_the_release_had() -> None:
    erased = (gone("x", 10, 1), gone("x", 11, 7), gone("y", 3, 1))
    assert largest_erasure(answers([(0, 0, 2)], erased), 5) == 1


def test_without_earlier_releases_every_cell_is_one_atom() -> None:
    made = versions(answers([(0, 0, 1), (1, 0, 2), (2, 1, 3)]), FRAME, [])
    assert made.coming == 0
    assert sorted(made.counts[:, 0].tolist()) == [1, 2]
