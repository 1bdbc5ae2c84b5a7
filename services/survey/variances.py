"""Variances of estimates under a design, from the influence that each row has on them."""

from __future__ import annotations

import numpy as np

from services.survey.designs import Bools, CannotEstimate, Design, Floats, Ints, Lonely, Stage

_ALL_DRAWN = 1e-7


def covariance(design: Design, influence: Floats) -> Floats:
    """The covariance matrix of estimates that are, near enough, sums of the rows' influences.

    influence: rows × figures, weights included. At each stage, over its strata h of n of N units,
    (1 - n/N) · n/(n - 1) · Σ (z - z̄)² of the units' totals z; stages below the first count by the fraction
    drawn above them (Särndal, Swensson & Wretman 1992, 4.3 and 5.5). Influences are first replaced by the
    residuals of the calibrations (Deville & Särndal 1992). nan where the design cannot tell.

    Raises:
        CannotEstimate: one unit was drawn in a stratum and the design has no rule for that.
    """
    residual = influence
    for calibration in design.calibrations:
        residual = calibration.residual(residual)
    total = np.zeros((influence.shape[1], influence.shape[1]))
    above = np.ones(len(influence))
    for depth, stage in enumerate(design.stages):
        total += _at_stage(stage, residual, above, design.lonely, first=not depth)
        above = above * stage.fraction[stage.stratum]
        if not above.any():
            break
    return total if _can_tell(design) else np.full_like(total, np.nan)


def _can_tell(design: Design) -> bool:
    """Whether the first stage shows any variation between units (or drew them all)."""
    stage = design.stages[0]
    lonely = (stage.drawn == 1) & (1 - stage.fraction >= _ALL_DRAWN)
    return not lonely.all() or design.lonely == "certainty" or (design.lonely == "adjust" and len(lonely) > 1)


def _at_stage(stage: Stage, residual: Floats, above: Floats, lonely: Lonely, *, first: bool) -> Floats:
    of_unit = stage.stratum[stage.first]
    sums = _sums(stage.unit, residual)
    means = _sums(of_unit, sums) / stage.drawn[:, None]
    left = np.where(1 - stage.fraction < _ALL_DRAWN, 0.0, 1 - stage.fraction)
    alone = (stage.drawn == 1) & (left > 0)
    if lonely == "refuse" and alone.any():
        message = f"{alone.sum()} strata have only one unit and there is no rule for that."
        raise CannotEstimate("lonely_unit", message)
    scale = left * stage.drawn / np.maximum(stage.drawn - 1, 1)
    if lonely == "average":
        scale = _averaged(scale, alone, first=first)
    if lonely == "adjust":
        means[alone] = 0.0
    centred = sums - means[of_unit]
    return np.asarray((centred * (scale[of_unit] * above[stage.first])[:, None]).T @ centred)


def _averaged(scale: Floats, alone: Bools, *, first: bool) -> Floats:
    """Strata with one unit count as the average of the others; below the first stage there are none."""
    if not alone.any():
        return scale
    if not first or alone.all():
        return np.full_like(scale, np.nan)
    return np.asarray(np.where(alone, 0.0, scale * len(alone) / (~alone).sum()))


def _sums(groups: Ints, values: Floats) -> Floats:
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))
