"""The answers of one round as arrays, and what is still known of those that were erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from services.survey.questionnaires import Question, Questionnaire
from services.survey.rounds import Frame
from services.survey.tallies import SCALE, scale_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Erased:
    """One unit whose answers (some or all) were erased: no identity and no value is kept.

    `erasure` tells units that went together from those that went apart. `seq` is the place of the erasure in
    the same numbering as the answers, `since` the lowest number among the answers that went.
    """

    erasure: str
    seq: int
    since: int
    segment: Mapping[str, str]
    items: frozenset[str]


@dataclass(frozen=True)
class AnswerSet:
    """The answers of one round, sorted by `seqs`.

    values: answers × items, nan where the question was not answered; options and levels are 0 or 1.
    cells: for each answer an index into `cell_keys`, whose codes stand in the order of the frame's
        dimensions.
    units: for each answer the index of its unit: the organisation, or in a round of people the answer itself.
        All answers of a unit lie in one cell.
    seqs: the number under which the store took each answer in; it only grows.
    scaling: see `scales`.
    clusters: in a round of people, for each answer the index of its organisation (or its own where it names
        none); None where no answer names one, or the organisations are the units.
    """

    items: tuple[str, ...]
    values: Floats
    cells: Ints
    cell_keys: tuple[tuple[str, ...], ...]
    units: Ints
    ids: tuple[str, ...]
    seqs: Ints
    erased: tuple[Erased, ...] = ()
    scaling: tuple[int, ...] = ()
    clusters: Ints | None = None

    @property
    def scales(self) -> Ints:
        """What the values of each item are multiplied by in its tallies."""
        return np.array(self.scaling or (SCALE,) * len(self.items), dtype=np.int64)

    @property
    def watermark(self) -> int:
        """The highest number seen, of an answer or of an erasure; 0 where there is none."""
        return max([int(self.seqs.max(initial=0)), *(gone.seq for gone in self.erased)])

    def until(self, watermark: int) -> AnswerSet:
        """The answers that are left of those taken in up to a watermark."""
        erased = tuple(gone for gone in self.erased if gone.seq <= watermark)
        return replace(self._only(self.seqs <= watermark), erased=erased)

    def _only(self, chosen: npt.NDArray[np.bool_]) -> AnswerSet:
        return replace(
            self,
            values=self.values[chosen],
            cells=self.cells[chosen],
            units=self.units[chosen],
            ids=tuple(name for name, kept in zip(self.ids, chosen, strict=True) if kept),
            seqs=self.seqs[chosen],
            clusters=None if self.clusters is None else self.clusters[chosen],
        )


def answer_set(
    questionnaire: Questionnaire,
    frame: Frame,
    rows: Sequence[Mapping[str, Any]],
    *,
    erased: Iterable[Erased] = (),
    by_person: bool = False,
) -> AnswerSet:
    """The answers in arrays, from rows with `answer`, `organisation`, `segment`, `values` and `seq`.

    A row without an organisation, and in a round of people every row, is a unit of its own. An organisation
    lies in the cell that its first answer named.
    """
    rows = sorted(rows, key=lambda row: int(row["seq"]))
    units = np.arange(len(rows)) if by_person else _units(rows)
    first = np.unique(units, return_index=True)[1]
    keys = [tuple(rows[i]["segment"][d.code] for d in frame.dimensions) for i in first]
    cell_keys = tuple(sorted(set(keys)))
    place = {key: index for index, key in enumerate(cell_keys)}
    of_unit = np.array([place[key] for key in keys], dtype=np.int64)
    return AnswerSet(
        items=tuple(item for question in questionnaire.questions for item in question.items),
        values=_values(questionnaire, [row["values"] for row in rows]),
        cells=of_unit[units],
        cell_keys=cell_keys,
        units=units,
        ids=tuple(str(row["answer"]) for row in rows),
        seqs=np.array([row["seq"] for row in rows], dtype=np.int64),
        erased=tuple(erased),
        scaling=item_scales(questionnaire),
        clusters=_units(rows) if by_person and any(row["organisation"] for row in rows) else None,
    )


def item_scales(questionnaire: Questionnaire) -> tuple[int, ...]:
    """What the values of each item are multiplied by in its tallies."""
    return tuple(scale for question in questionnaire.questions for scale in _scales(question))


def _scales(question: Question) -> Iterator[int]:
    for item in question.items:
        yield scale_of(question.low, question.high) if item == question.code else SCALE


def _units(rows: Sequence[Mapping[str, Any]]) -> Ints:
    """The organisation of each row; a row that names none is one of its own."""
    seen: dict[str, int] = {}
    units = np.empty(len(rows), dtype=np.int64)
    for index, row in enumerate(rows):
        named = row["organisation"]
        own = f"answer {row['answer']}" if named is None else f"organisation {named}"
        units[index] = seen.setdefault(own, len(seen))
    return units


def _values(questionnaire: Questionnaire, given: Sequence[Mapping[str, Any]]) -> Floats:
    columns = [column for question in questionnaire.questions for column in _columns(question, given)]
    return np.array(columns, dtype=np.float64).reshape(len(columns), len(given)).T.copy()


def _columns(question: Question, given: Sequence[Mapping[str, Any]]) -> list[Floats]:
    if question.kind == "open":
        return []
    answers = [values.get(question.code) for values in given]
    if question.kind in ("scale", "number"):
        whole = np.array([np.nan if a is None else float(a) for a in answers])
        levels = np.array(question.levels, dtype=np.float64)[:, None]
        return [whole, *np.where(np.isnan(whole), np.nan, whole == levels)]
    chosen = [None if a is None else {a} if isinstance(a, str) else set(a) for a in answers]
    return [
        np.array([np.nan if c is None else float(option.code in c) for c in chosen])
        for option in question.options
    ]
