"""The peer: the same figures from the rows, by the package svy (0.35), in the way that its documentation shows.

svy rakes the rows to the same margins from the same base weights and linearises with what the raking left over, as
R's survey package does: 10 rounds over the margins. So both give the same estimand and the same standard error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import product

import numpy as np

from services.survey.estimates import Estimates
from services.survey.questionnaires import Question
from services.survey.rounds import Round
from services.survey.segments import Segment
from services.survey.weighting import TOLERANCE
from tests.bench.evidence_input import POPULATION, SKIPPED, Input

Place = tuple[str, Segment]
Figures = dict[Place, tuple[float, float]]

# Rounds that its raking may take; it needs about a dozen.
_MOST_ROUNDS = 1000


def is_here() -> bool:
    """Whether svy is installed."""
    return find_spec("svy") is not None


class Peer:
    """svy with the answers in its own form: a frame of polars, with the margins as texts."""

    def __init__(self, given: Input, questions: Sequence[Question]) -> None:
        import polars  # noqa: PLC0415  (both are there only where `make bench-evidence` put them)

        dimensions = enumerate(given.round.frame.dimensions)
        names = {d.code: np.array([key[i] for key in given.cell_keys])[given.cells] for i, d in dimensions}
        answers = {}
        for column in (column for question in questions for column in columns(question)):
            raw = given.given[column]
            answers[column] = polars.Series(np.where(raw == SKIPPED, np.nan, raw)).fill_nan(None)
        base = np.full(len(given), POPULATION / len(given))
        self.round = given.round
        self.frame = polars.DataFrame({**names, **answers, "base": base})

    def weigh(self) -> None:
        """Rake to the margins, to the tolerance that Latu has."""
        import svy  # noqa: PLC0415

        sample = svy.Sample(data=self.frame, design=svy.Design(wgt="base"))
        controls = {d.code: {c.code: c.count for c in d.categories} for d in self.round.frame.dimensions}
        self.sample = sample.weighting.rake(controls=controls, tol=TOLERANCE, max_iter=_MOST_ROUNDS)

    def means(self, question: Question) -> Figures:
        """Mean and standard error of every column of a question, in every segment of every declared table."""
        found: Figures = {}
        for table, column in product(self.round.declared_tables, columns(question)):
            made = self.sample.estimation.mean(column, by=table or None, drop_nulls=True)
            found |= {(column, segment): figure for segment, figure, _ in _read(made, table)}
        return found

    def levels(self, question: Question) -> Figures:
        """Share and standard error of every level of a scale, in the same segments."""
        found: Figures = {}
        for table in self.round.declared_tables:
            made = self.sample.estimation.prop(question.code, by=table or None, drop_nulls=True)
            found |= {(f"{question.code}:{level:.0f}", s): figure for s, figure, level in _read(made, table)}
        return found


def columns(question: Question) -> tuple[str, ...]:
    """The columns in which a question's answers stand."""
    return question.items if question.kind == "multi" else (question.code,)


def _read(made: object, table: tuple[str, ...]) -> Iterator[tuple[Segment, tuple[float, float], float]]:
    for one in made.estimates:  # type: ignore[attr-defined]
        parts = zip(table, one.by_level or (), strict=True)
        yield Segment(tuple(parts)), (one.est, one.se), one.y_level or 0.0


def largest_difference(
    items: Sequence[str], segments: Sequence[Segment], means: Estimates, peer: Figures
) -> tuple[float, int]:
    """The largest relative difference of any value or standard error, and how many figures were compared.

    Raises:
        RuntimeError: one has a figure that the other has not.
    """
    rows = {name: index for index, name in enumerate(items)}
    columns_ = {segment: index for index, segment in enumerate(segments)}
    own = np.array([(rows[item], columns_[segment]) for item, segment in peer], dtype=np.int64).reshape(-1, 2)
    ours = np.column_stack([part[own[:, 0], own[:, 1]] for part in (means.value, means.se)])
    theirs = np.array(list(peer.values())).reshape(-1, 2)
    asked = sorted({rows[item] for item, _ in peer})
    if len(peer) != int(np.isfinite(means.value[asked]).sum()) or not np.isfinite(ours).all():
        raise RuntimeError("Latu and the peer do not have the same figures")
    scale = np.maximum(np.abs(theirs), np.finfo(np.float64).tiny)
    return float(np.max(np.abs(ours - theirs) / scale)), theirs.size


def of_round(round_: Round) -> str:
    """What is compared, in words."""
    tables = ", ".join(" × ".join(table) or "all" for table in round_.declared_tables)
    return f"means and shares with their raking-aware standard errors; tables: {tables}"
