"""How often the intervals that the product shows hold the truth."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from services.survey.estimates import Analysis
from services.survey.intervals import figure_interval, mean_interval
from services.survey.pooling import Shrunk, shrunk_gaps, shrunk_means
from services.survey.thresholds import ERROR_LEVEL, INDICATION_LEVEL, LEAST_ON_A_SIDE, K
from tests.simulate.asked import Asked
from tests.simulate.watch import Seen
from tests.survey.worlds import World

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ends = tuple[Floats, Floats]

BANDS = ("few", "enough")  # 5 to 14 units, and more


class Covering:
    """Counts, look after look, what holds the truth of one world: `…/held` of `…/told`."""

    def __init__(self, world: World, asked: Asked) -> None:
        self.sums: Counter[str] = Counter()
        self._asked = asked
        self._classes = np.array(world.classes)
        self._shares = np.array([item.kind == "share" for item in world.items])[:, None]
        self._truth = {"mean": world.true_means(asked.segments), "gap": world.true_gaps(asked.segments)}
        self._always = {kind: np.ones(truth.shape, dtype=bool) for kind, truth in self._truth.items()}

    def add(self, look: Seen) -> None:
        """Count one look."""
        self._count_plain(look)
        self._count_repeated(look)
        self._count_pooled(look)
        self._count_indicated(look)

    def _count_plain(self, look: Seen) -> None:
        for kind, ends in self._intervals(look.analysis, ERROR_LEVEL.value).items():
            held = self._held(kind, ends)
            for band, told in _bands(look.analysis, kind).items():
                for name in dict.fromkeys(self._classes):
                    rows = (self._classes == name)[:, None] & told
                    self._note(f"coverage/{kind}/{band}/{name}", held, rows)
                    if look.look.final:
                        self._note(f"closing/{kind}/{band}/{name}", held, rows)

    def _count_repeated(self, look: Seen) -> None:
        """A figure's repeated intervals count as one: they held if they did at every look."""
        for kind, ends in self._intervals(look.analysis, look.look.error).items():
            bands = _bands(look.analysis, kind)
            self._always[kind] &= self._held(kind, ends) | ~np.any(list(bands.values()), axis=0)
            if look.look.final:
                for band, told in bands.items():
                    self._note(f"repeated/{kind}/{band}", self._always[kind], told)

    def _count_pooled(self, look: Seen) -> None:
        everything = np.ones(self._truth["mean"].shape, dtype=bool)
        made = {
            "mean": (shrunk_means(look.analysis, everything), look.analysis.means.inference.df),
            "gap": (shrunk_gaps(look.analysis, everything), look.analysis.gaps.inference.df),
        }
        for kind, (shrunk, df) in made.items():
            held = self._held(kind, _of_shrunk(shrunk, df))
            for band, told in _bands(look.analysis, kind).items():
                self._note(f"pooled/{kind}/{band}", held, told & ~np.isnan(shrunk.value))

    def _count_indicated(self, look: Seen) -> None:
        """Indications: whether their intervals hold the truth, and whether what they claim is so."""
        asked, truth = (
            self._asked,
            {kind: t[self._asked.item, self._asked.segment] for kind, t in self._truth.items()},
        )
        true = np.where(asked.gap, truth["gap"], truth["mean"])
        for h in np.flatnonzero([verdict.reason == "indicated" for verdict in look.verdicts]).tolist():
            shrunk = look.verdicts[h].shrunk
            self.sums["indicated/told"] += 1
            self.sums["indicated/held"] += int(shrunk.low <= true[h] <= shrunk.high)
            right_way = true[h] * shrunk.value > 0 if asked.gap[h] else asked.true[h]
            self.sums["indicated/true"] += int(right_way)

    def _intervals(self, analysis: Analysis, error: float) -> dict[str, Ends]:
        shares = np.broadcast_to(self._shares, self._truth["mean"].shape)
        return {
            "mean": figure_interval(analysis.means.uncertain, shares, error),
            "gap": mean_interval(analysis.gaps.uncertain, error),
        }

    def _held(self, kind: str, ends: Ends) -> Bools:
        return np.asarray((ends[0] <= self._truth[kind]) & (self._truth[kind] <= ends[1]))

    def _note(self, name: str, held: Bools, told: Bools) -> None:
        self.sums[f"{name}/held"] += int((held & told).sum())
        self.sums[f"{name}/told"] += int(told.sum())


def _bands(analysis: Analysis, kind: str) -> dict[str, Bools]:
    """Where a figure may be shown, by how many units are behind it."""
    figures = analysis.means if kind == "mean" else analysis.gaps
    known = ~np.isnan(figures.value) & (figures.units >= K.value) & (figures.inference.variance >= 0)
    enough = figures.units >= LEAST_ON_A_SIDE.value
    return {"few": known & ~enough, "enough": known & enough}


def _of_shrunk(shrunk: Shrunk, df: Floats) -> Ends:
    reach = stdtrit(df, (1 + INDICATION_LEVEL.value) / 2) * shrunk.error
    return shrunk.value - reach, shrunk.value + reach
