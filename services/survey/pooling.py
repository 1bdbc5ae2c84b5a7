"""Pooling: the segments of one table lend each other strength, for indications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.estimates import Analysis, Estimates
from services.survey.segments import Segment

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Shrunk:
    """Estimates drawn towards the region, with their standard errors: items × segments, nan if not shown."""

    value: Floats
    error: Floats


def shrunk_means(analysis: Analysis, shown: Bools) -> Shrunk:
    """The means of the segments, each drawn towards the region's as far as its own error demands."""
    return _towards_region(analysis.segments, analysis.means, shown)


def shrunk_trends(analysis: Analysis, trends: Estimates, shown: Bools) -> Shrunk:
    """The changes of the segments, each drawn towards the region's."""
    return _towards_region(analysis.segments, trends, shown)


def _towards_region(segments: Sequence[Segment], means: Estimates, shown: Bools) -> Shrunk:
    centre, of_centre = means.value[:, :1], means.inference.variance[:, :1]
    variance = np.where(shown, means.inference.variance, np.nan)
    kept = kept_share(segments, np.where(shown, means.value - centre, np.nan), variance)
    error = np.sqrt(kept * variance + (1 - kept) ** 2 * of_centre)
    return Shrunk(centre + kept * (means.value - centre), error)


def shrunk_gaps(analysis: Analysis, shown: Bools) -> Shrunk:
    """The differences of the segments from the rest, drawn towards none."""
    value = np.where(shown, analysis.gaps.value, np.nan)
    variance = np.where(shown, analysis.gaps.inference.variance, np.nan)
    kept = kept_share(analysis.segments, value, variance)
    return Shrunk(kept * value, np.sqrt(kept * variance))


def kept_share(segments: Sequence[Segment], apart: Floats, variance: Floats) -> Floats:
    """How much of each distance from the region is kept: τ² / (τ² + V), by item and segment.

    τ², the true variance of the segments of a table, by moments (DerSimonian & Laird 1986, about a known
    centre). The region itself is kept whole. nan where the distance or its variance is nan.
    """
    kept = np.full(apart.shape, np.nan)
    kept[:, [index for index, segment in enumerate(segments) if not segment.parts]] = 1.0
    for table in dict.fromkeys(_dimensions(segment) for segment in segments if segment.parts):
        columns = [index for index, segment in enumerate(segments) if _dimensions(segment) == table]
        kept[:, columns] = _kept(apart[:, columns], variance[:, columns])
    return kept


def _dimensions(segment: Segment) -> tuple[str, ...]:
    return tuple(dimension for dimension, _ in segment.parts)


def _kept(apart: Floats, variance: Floats) -> Floats:
    known = (variance > 0) & ~np.isnan(apart)
    precision = np.where(known, 1 / np.where(known, variance, 1.0), 0.0)
    spread = (np.where(known, apart, 0.0) ** 2 * precision).sum(axis=1) - known.sum(axis=1)
    total = precision.sum(axis=1)
    tau = np.maximum(spread, 0.0) / np.where(total > 0, total, 1.0)
    return np.where(known, tau[:, None] / (tau[:, None] + np.where(known, variance, 1.0)), np.nan)
