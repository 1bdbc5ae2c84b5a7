"""Trimming: weights held within bounds, what is cut shared out among the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_PASSES = 1000
# Sharing out may leave a weight beyond its bound by so little that it says nothing.
_SLACK = 1e-12


def trim_weights(weights: Floats, counts: Ints, bounds: tuple[float, float]) -> tuple[Floats, Bools]:
    """Weights within bounds, with the same total; and which groups of units stand at a bound by it.

    What is cut off is added in equal parts to every unit within the bounds, again and again until none is
    beyond (Potter 1990; as `trimWeights(strict = TRUE)` of R's survey package). Where no unit is within, all
    share it.

    weights: of one unit, by group of units that weigh the same. counts: units by group. bounds: the lower one
    below the mean of all weights, the upper one above it.
    """
    low, high = bounds
    new, cut = np.asarray(weights, dtype=np.float64).copy(), np.zeros(len(weights), dtype=bool)
    for _ in range(_PASSES):
        outside = (new < low * (1 - _SLACK)) | (new > high * (1 + _SLACK))
        if not outside.any():
            break
        cut |= outside
        held = np.clip(new, low, high)
        takes = ~outside if (~outside).any() else np.ones(len(new), dtype=bool)
        new = held + takes * ((new - held) @ counts / counts[takes].sum())
    return new, cut
