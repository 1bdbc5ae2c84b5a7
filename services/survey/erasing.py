"""What stays of erased answers: that a unit went, from which cell and which questions; no value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GoneUnit:
    """One organisation, or one person where nobody named one, some of whose answers went."""

    round: str
    since: int
    segment: dict[str, str]
    questions: frozenset[str]


def gone_units(rows: Iterable[Mapping[str, Any]], rounds_of_people: frozenset[str]) -> list[GoneUnit]:
    """The units among erased answers, in the order in which they first came.

    In a round of people every answer is its own unit, as in the estimates.
    """
    units: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        by_person = row["organisation"] is None or row["round"] in rounds_of_people
        units.setdefault((row["round"], row["answer"] if by_person else row["organisation"]), []).append(row)
    return [
        GoneUnit(
            round=round_code,
            since=min(row["seq"] for row in rows),
            segment=dict(rows[0]["segment"]),
            questions=frozenset(code for row in rows for code in row["questions"]),
        )
        for (round_code, _), rows in units.items()
    ]
