"""Other ways to decide on the same figures at the same looks, to hold the product's way against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from services.survey.looks import discoveries
from services.survey.thresholds import ERROR_LEVEL, FALSE_DISCOVERY_RATE
from tests.simulate.asked import Asked
from tests.simulate.watch import Seen

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NAMES = {
    "product": "Latu: planned looks, running minimum, Benjamini–Hochberg",
    "close": "Benjamini–Hochberg once, at the close, same errors",
    "obrien": "O'Brien–Fleming at every look, Benjamini–Hochberg, same errors",
    "sequence": "confidence sequences (e-values) at every look, e-BH, same errors",
    "naive": "95 % intervals as R gives them, at every look",
    "naive_bh": "Benjamini–Hochberg on R's errors, at every look",
}
_TUNED_FOR = 0.001


@dataclass(frozen=True)
class Evidence:
    """Against each claim's null, looks × claims. tails: the product's p-values of each look, by itself.

    plain: one-sided normal p-values from R's standard errors. sides: of each claim, 2 where a difference either
    way counts. information: of each look, 1 at the close.
    """

    tails: Floats
    plain: Floats
    sides: Floats
    information: Floats


def evidence(asked: Asked, seen: Sequence[Seen]) -> Evidence:
    """What all looks of a round held against the claims."""
    return Evidence(
        tails=np.array([[verdict.p for verdict in look.verdicts] for look in seen]),
        plain=np.array([_plain(asked, look) for look in seen]),
        sides=np.where(asked.gap, 2.0, 1.0),
        information=np.array([look.information for look in seen])[:, None],
    )


def found_by(name: str, found: Evidence) -> Bools:
    """Which claims a rival ever confirmed."""
    if name in ("naive", "naive_bh"):
        return np.asarray(np.any(each_look(found)[name], axis=0))
    return {"close": _at_the_close, "obrien": _obrien_fleming, "sequence": _sequence}[name](found)


def _plain(asked: Asked, look: Seen) -> Floats:
    place = (asked.item, asked.segment)
    means, gaps = look.analysis.means, look.analysis.gaps
    value = np.where(asked.gap, np.abs(gaps.value[place]), means.value[place])
    error = np.where(asked.gap, gaps.se[place], means.se[place])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(asked.gap, 1, asked.sign) * (value - asked.null) / error
    return np.asarray(ndtr(-np.nan_to_num(z, nan=-np.inf)))


def _at_the_close(found: Evidence) -> Bools:
    return discoveries(found.tails[-1], FALSE_DISCOVERY_RATE.value)


def _obrien_fleming(found: Evidence) -> Bools:
    """A bound on z · √information, by the reflection principle (O'Brien & Fleming 1979)."""
    drift = -ndtri(np.clip(found.tails, 1e-300, 1 - 1e-16)) * np.sqrt(np.minimum(found.information, 1))
    return discoveries(np.minimum(2 * ndtr(-drift.max(axis=0)), 1), FALSE_DISCOVERY_RATE.value)


def _sequence(found: Evidence) -> Bools:
    """One-sided normal mixture (Robbins 1970; asymptotically Waudby-Smith et al. 2024) into e-BH (Wang & Ramdas 2022).

    The mixture is tuned to be tightest at the close for the level of a thousandth.
    """
    wide = 2 * np.log(1 / _TUNED_FOR)
    r = found.information * (wide + np.log(1 + wide))
    z = -ndtri(np.clip(found.tails, 1e-300, 1 - 1e-16))
    logs = np.log(2 / np.sqrt(1 + r)) + z**2 * r / (2 * (1 + r)) + np.log(ndtr(z * np.sqrt(r / (1 + r))))
    return discoveries(np.exp(-np.maximum(logs.max(axis=0), 0)), FALSE_DISCOVERY_RATE.value)


def each_look(found: Evidence) -> dict[str, Sequence[Bools]]:
    """What those say at each look who judge each by itself: by intervals beyond the bound, or by all p-values."""
    looks = np.minimum(found.plain * found.sides, 1)
    return {
        "naive": list(found.plain <= ERROR_LEVEL.value / 2),
        "naive_bh": [discoveries(p, FALSE_DISCOVERY_RATE.value) for p in looks],
    }
