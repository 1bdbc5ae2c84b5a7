"""Designs: how the rows of a sample were drawn, stage by stage, and what each row stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from shared.errors import Refused

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Labels = npt.NDArray[Any]

# What to do about a stratum of which only one unit was drawn: its variance cannot be seen. The names and the
# meanings are those of R's survey package. refuse: say so. remove, certainty: it adds nothing. average: it
# adds what the others add on average. adjust: it is taken about 0 instead of about its own mean.
Lonely = Literal["refuse", "remove", "certainty", "average", "adjust"]


class CannotEstimate(Refused):
    """The design or the data cannot give the figure; the message says what is wrong and where."""


class Calibration(Protocol):
    """What a calibration of the weights takes out of the error."""

    def residual(self, influence: Floats) -> Floats:
        """The part of weighted influences (rows × figures) that the known totals leave unexplained."""
        ...


@dataclass(frozen=True)
class Stage:
    """One stage of sampling. stratum, unit: of each row, numbered from 0; a unit lies in one stratum.

    population: of each row, the units that its stratum has; inf where that is not corrected for.
    """

    stratum: Ints
    unit: Ints
    population: Floats

    @cached_property
    def first(self) -> Ints:
        """A row of each unit."""
        return np.asarray(np.unique(self.unit, return_index=True)[1], dtype=np.int64)

    @cached_property
    def drawn(self) -> Floats:
        """Units drawn, by stratum."""
        return np.bincount(self.stratum[self.first]).astype(np.float64)

    @cached_property
    def fraction(self) -> Floats:
        """The share of its units that was drawn, by stratum; 0 where that is not corrected for."""
        population = np.full(len(self.drawn), np.inf)
        population[self.stratum] = self.population
        return np.asarray(self.drawn / population)


@dataclass(frozen=True)
class Design:
    """A sample. weights: how many of the population each row stands for. inside: the rows of a domain.

    The rows outside a domain stay: how many units fell into it is part of the sample's chance.
    """

    weights: Floats
    stages: tuple[Stage, ...]
    lonely: Lonely = "refuse"
    calibrations: tuple[Calibration, ...] = ()
    inside: Bools | None = None

    def __post_init__(self) -> None:
        if not len(self.weights):
            raise CannotEstimate("no_rows", "There are no rows to estimate from.")
        if not (np.isfinite(self.weights) & (self.weights > 0)).all():
            row = int(np.flatnonzero(~(np.isfinite(self.weights) & (self.weights > 0)))[0])
            raise CannotEstimate("bad_weight", f"The weight of row {row + 1} is not a number above zero.")

    @cached_property
    def counted(self) -> Floats:
        """The weights, 0 outside the domain."""
        return self.weights if self.inside is None else self.weights * self.inside

    @property
    def degrees(self) -> int:
        """Degrees of freedom: first-stage units less strata, of those with rows in the domain."""
        stage, here = self.stages[0], self.counted > 0
        return len(np.unique(stage.unit[here])) - len(np.unique(stage.stratum[here]))

    def only(self, rows: Bools) -> Design:
        """The domain of these rows (within the domain that it is already)."""
        return replace(self, inside=rows if self.inside is None else self.inside & rows)


def design_of(
    stages: tuple[Stage, ...], weights: Sequence[float] | Floats | None = None, lonely: Lonely = "refuse"
) -> Design:
    """A design; without weights, a row weighs the inverse of its fraction drawn at every stage.

    Raises:
        CannotEstimate: a weight is not a number above zero, or neither weights nor fractions are given.
    """
    if weights is not None:
        return Design(np.asarray(weights, dtype=np.float64), stages, lonely)
    made = np.ones(len(stages[0].unit))
    for stage in stages:
        made = made * stage.population / stage.drawn[stage.stratum]
    if not np.isfinite(made).all():
        raise CannotEstimate(
            "no_weights", "Weights are needed where the size of the population is not given."
        )
    return Design(made, stages, lonely)


def drawn_alone(
    rows: int, strata: Labels | None = None, population: Floats | float | None = None
) -> tuple[Stage, ...]:
    """Rows drawn one by one, at random or within strata; see `drawn`."""
    return drawn([np.arange(rows)], strata, () if population is None else (population,))


def drawn(
    clusters: Sequence[Labels],
    strata: Labels | None = None,
    populations: Sequence[Floats | float] = (),
    *,
    nested: bool = False,
) -> tuple[Stage, ...]:
    """The stages of a sample, from labels of rows.

    clusters: one array of labels a stage, the outermost first; inner labels count within the outer cluster.
    strata: of the first stage. populations: one a stage (an array or one number), units in the row's stratum
    at the first stage and in its cluster at the next; none where it is not corrected for.
    nested: cluster labels count within their stratum.

    Raises:
        CannotEstimate: a label is missing, a cluster lies in two strata, or more were drawn than there are.
    """
    stratum = _numbered(strata, "stratum") if strata is not None else np.zeros(len(clusters[0]), np.int64)
    made: list[Stage] = []
    for depth, labels in enumerate(clusters):
        unit = _numbered(labels, "cluster")
        if depth or nested:
            unit = _paired(stratum, unit)
        population = populations[depth] if depth < len(populations) else np.inf
        stage = Stage(stratum, unit, np.broadcast_to(np.asarray(population, np.float64), unit.shape))
        _check(stage, depth + 1)
        made.append(stage)
        stratum = unit
    return tuple(made)


def _numbered(labels: Labels, kind: str) -> Ints:
    known = np.asarray(labels)
    if known.dtype.kind == "f" and np.isnan(known).any():
        row = int(np.flatnonzero(np.isnan(known))[0])
        raise CannotEstimate("no_label", f"Row {row + 1} does not say its {kind}.")
    return np.asarray(np.unique(known, return_inverse=True)[1], dtype=np.int64)


def _paired(outer: Ints, inner: Ints) -> Ints:
    return np.asarray(np.unique(outer * (inner.max() + 1) + inner, return_inverse=True)[1], dtype=np.int64)


def _check(stage: Stage, number: int) -> None:
    if (stage.stratum[stage.first][stage.unit] != stage.stratum).any():
        raise CannotEstimate("cluster_in_two_strata", "A cluster lies in more than one stratum.")
    order = np.unique(stage.stratum, return_index=True)[1]
    if (
        stage.population[order][stage.stratum] != stage.population
    ).any():  # a missing one differs from itself
        message = f"At stage {number} the size of the population is missing or differs within a stratum."
        raise CannotEstimate("bad_population", message)
    if (stage.fraction > 1).any():
        message = f"At stage {number} more units were drawn in a stratum than the population has."
        raise CannotEstimate("more_than_all", message)
