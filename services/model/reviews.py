"""When the evidence behind an adopted recommendation has changed so much that people must look again."""

from __future__ import annotations

from typing import Self

from services.model.evidence import Row, Table
from services.model.grading import Grade, is_opposed, is_weaker
from services.model.outcomes import Verdict
from shared.events import Figure, Key, Text, Value

WITHDRAWN = Text(
    fi="Käytäntö on poistettu kirjastosta.",
    en="The practice was taken out of the library.",
    sv="Praxisen har tagits bort ur biblioteket.",
)
GONE = Text(
    fi="Havainto, johon suositus nojasi, ei enää pidä.",
    en="A finding that it stood on no longer holds.",
    sv="Ett resultat som den byggde på gäller inte längre.",
)
MOVED = Text(
    fi="Havainnon luku on siirtynyt aiemman vaihteluvälinsä ulkopuolelle.",
    en="The figure of a finding has moved outside its earlier interval.",
    sv="Siffran i ett resultat har flyttat utanför sitt tidigare intervall.",
)
OPPOSED = Text(
    fi="On tullut näyttöä, joka puhuu sitä vastaan.",
    en="Evidence that speaks against it has come in.",
    sv="Det har kommit underlag som talar emot den.",
)
WEAKER = Text(
    fi="Säännöt antavat sille nyt heikomman näytön asteen tai vahvuuden.",
    en="The rules now give it a lower certainty or strength.",
    sv="Reglerna ger den nu en lägre säkerhet eller styrka.",
)


class Basis(Value):
    """The evidence as it was when a person decided."""

    grade: Grade
    supports: dict[Key, Figure]
    against: tuple[Key, ...] = ()
    outcomes: Verdict = "unclear"
    synthetic: bool = False

    @classmethod
    def of(cls, table: Table, grade: Grade) -> Self:
        """What to remember of a table."""
        return cls(
            grade=grade,
            supports={row.insight: row.figure for row in table.of("supports")},
            against=tuple(row.insight for row in table.of("against")),
            outcomes=table.outcomes.verdict if table.outcomes else "unclear",
            synthetic=table.synthetic,
        )


def material_changes(table: Table, grade: Grade, basis: Basis, *, in_library: bool) -> tuple[Text, ...]:
    """Why people must look again; empty when they need not. Evidence that only grew is no reason."""
    supports = {row.insight: row for row in table.of("supports")}
    possible = (
        (not in_library, WITHDRAWN),
        (not basis.supports.keys() <= supports.keys(), GONE),
        (any(_moved(row, basis.supports.get(key)) for key, row in supports.items()), MOVED),
        (_newly_opposed(table, basis), OPPOSED),
        (is_weaker(grade, basis.grade), WEAKER),
    )
    return tuple(why for applies, why in possible if applies)


def is_firmer(grade: Grade, basis: Basis) -> bool:
    """Whether the rules would now say more than when it was decided; people may want to raise it."""
    return is_weaker(basis.grade, grade) and not is_weaker(grade, basis.grade)


def _moved(row: Row, before: Figure | None) -> bool:
    return before is not None and not before.low <= row.figure.estimate <= before.high


def _newly_opposed(table: Table, basis: Basis) -> bool:
    fresh = {row.insight for row in table.of("against")} - set(basis.against)
    outcomes = table.outcomes is not None and table.outcomes.verdict == "against" != basis.outcomes
    return is_opposed(table) and bool(fresh or outcomes)
