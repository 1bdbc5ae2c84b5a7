"""Pooling: the segments of one table lend each other strength, for indications."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.estimates import Analysis, Estimates
from services.survey.segments import Segment
from services.survey.thresholds import SEGMENTS_DIFFER

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# How far apart the segments of a table may truly lie, as shares of the most that is thought possible.
_GRID = (np.arange(32) + 0.5) / 32


@dataclass(frozen=True)
class Shrunk:
    """Estimates drawn towards the region, with their standard errors: items × segments, nan if not shown."""

    value: Floats
    error: Floats


def shrunk_means(analysis: Analysis, shown: Bools) -> Shrunk:
    """The means of the segments, each drawn towards the region's as far as its own error demands."""
    return _towards_region(analysis, analysis.means, shown)


def shrunk_trends(analysis: Analysis, trends: Estimates, shown: Bools) -> Shrunk:
    """The changes of the segments, each drawn towards the region's."""
    return _towards_region(analysis, trends, shown)


def shrunk_gaps(analysis: Analysis, shown: Bools) -> Shrunk:
    """The differences of the segments from the rest, drawn towards none."""
    value = np.where(shown, analysis.gaps.value, np.nan)
    return _drawn(analysis, value, analysis.gaps.inference.variance)


def _towards_region(analysis: Analysis, figures: Estimates, shown: Bools) -> Shrunk:
    """The distance of a segment from the region errs less than the segment, which is a part of the region.

    Its variance is 1 - the segment's share of the segment's, and it hardly goes together with the region's.
    """
    centre, of_centre = figures.value[:, :1], figures.inference.variance[:, :1]
    apart = np.where(shown, figures.value - centre, np.nan)
    drawn = _drawn(analysis, apart, figures.inference.variance * (1 - _shares(analysis)))
    return Shrunk(centre + drawn.value, np.sqrt(of_centre + drawn.error**2))


def _shares(analysis: Analysis) -> Floats:
    """Of the weight of all that answered an item, which share a segment has: items × segments."""
    weight = analysis.weights.cell[:, None] * analysis.tallies.moment("units")
    total = np.maximum(weight.sum(axis=0), 1e-300)
    return np.asarray((analysis.fitted.inside @ (weight / total)).T)


def _drawn(analysis: Analysis, apart: Floats, variance: Floats) -> Shrunk:
    """The distances of all segments, table by table; that of the region is none."""
    value, error = np.full(apart.shape, np.nan), np.full(apart.shape, np.nan)
    some = np.flatnonzero(~np.isnan(apart).all(axis=1))
    most = SEGMENTS_DIFFER.value * _unit_spread(analysis)[some]
    segments = analysis.segments
    region = [index for index, segment in enumerate(segments) if not segment.parts]
    value[:, region], error[:, region] = apart[:, region], 0.0
    for table in dict.fromkeys(_dimensions(segment) for segment in segments if segment.parts):
        columns = np.flatnonzero([_dimensions(segment) == table for segment in segments])
        place = np.ix_(some, columns)
        drawn = draw(apart[place], variance[place], most)
        value[place], error[place] = drawn.value, drawn.error
    return Shrunk(value, error)


def draw(apart: Floats, variance: Floats, most: Floats) -> Shrunk:
    """Posterior means and standard deviations of the distances of the segments of one table.

    The true distances are normal about none; how widely is not known and is averaged over: before the answers
    every variance τ² up to the square of `most` (by item) is as likely. With that prior the intervals hold
    the truth at least as often as they say, however far apart the segments lie (Morris 1983; Tang & Morris
    2011); an estimate of τ² in its place made them hold it in half of the cases. The distances of a table add
    up to none, so one of them says nothing new. nan where the distance is nan or has no error.
    """
    known = (variance > 0) & ~np.isnan(apart)
    far, own = np.where(known, apart, 0.0)[..., None], np.where(known, variance, 1.0)[..., None]
    tau = (_GRID * most[:, None])[:, None] ** 2
    loss = np.where(known[..., None], np.log(own + tau) + far**2 / (own + tau), 0.0).sum(axis=1)
    count = np.maximum(known.sum(axis=1), 1)[:, None]
    likelihood = -loss / 2 * (count - 1) / count + np.log(_GRID)
    chance = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    chance = (chance / chance.sum(axis=1, keepdims=True))[:, None]
    kept = tau / (own + tau)
    mean = (chance * kept).sum(axis=-1)
    spread = (chance * (kept * own + (kept - mean[..., None]) ** 2 * far**2)).sum(axis=-1)
    return Shrunk(np.where(known, mean * far[..., 0], np.nan), np.where(known, np.sqrt(spread), np.nan))


def _unit_spread(analysis: Analysis) -> Floats:
    """The standard deviation of the units' values, by item."""
    n, y, yy = (analysis.tallies.moment(name).sum(axis=0) for name in ("units", "y", "yy"))
    some = np.maximum(n, 1)
    return np.asarray(np.sqrt(np.maximum(yy / some - (y / some) ** 2, 0.0)))


def _dimensions(segment: Segment) -> tuple[str, ...]:
    return tuple(dimension for dimension, _ in segment.parts)
