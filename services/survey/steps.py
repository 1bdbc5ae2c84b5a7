"""Steps: one after the other, from a question to a finding, each in words and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from services.survey import wordings
from services.survey.estimates import Analysis
from services.survey.explaining import Verdict
from services.survey.insights import Finding, Standing
from services.survey.publication import Kept
from services.survey.rounds import Round
from shared.events import Text, Value

Number = float | int | str | None
Row = Mapping[str, Text | Number]

# What every member of staff may read; the others are at analysts' precision.
FOR_ALL_STAFF: Final[tuple[wordings.StepName, ...]] = (
    "question",
    "answers",
    "rule",
    "release",
    "certainty",
    "history",
)


class Step(Value):
    """One step. words: sentences. numbers: what they tell, in full. columns: the headings of the rows."""

    step: wordings.StepName
    title: Text
    words: tuple[Text, ...]
    numbers: dict[str, Number]
    columns: dict[str, Text] = Field(default_factory=dict)
    rows: tuple[dict[str, Text | Number], ...] = ()


@dataclass(frozen=True)
class Revision(Standing):
    """One revision of a finding. reason: why it was retracted, if it was."""

    reason: str


@dataclass(frozen=True)
class Dossier:
    """What an account of a finding is made from.

    verdict: as it was told. releases: of the round, in order. round: with the frame of the release whose
    figure was judged; analysis: of the answers that it counted, as far as they are left and can be weighted.
    erased: units of them of which answers were erased since. coached: share of the figure's weight of units
    coached on its topic. verdicts: of the release that told it.
    """

    round: Round
    verdict: Verdict
    verdicts: Sequence[Verdict]
    kept: Kept
    releases: Sequence[Kept]
    analysis: Analysis | None
    erased: int
    history: Sequence[Revision]
    coached: float = 0.0

    @property
    def last(self) -> Revision:
        """The last word on the finding."""
        return self.history[-1]

    @property
    def finding(self) -> Finding:
        """The finding as it was told last."""
        return self.last.finding

    @property
    def place(self) -> tuple[int, int]:
        """Item and segment, by index."""
        return self.verdict.hypothesis.item, self.verdict.hypothesis.segment


def step(
    name: wordings.StepName, words: Sequence[Text], numbers: Mapping[str, Number], rows: Sequence[Row] = ()
) -> Step:
    """A step with its title and the headings of its rows."""
    columns = {column: wordings.COLUMNS[column] for column in (rows[0] if rows else ())}
    return Step(
        step=name,
        title=wordings.TITLES[name],
        words=tuple(words),
        numbers=dict(numbers),
        columns=columns,
        rows=tuple(dict(row) for row in rows),
    )
