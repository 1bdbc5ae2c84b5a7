"""What is counted in a world: false and true findings of every way to decide, and how often intervals hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.survey.drift import drift
from services.survey.thresholds import DRIFT_DOUBT
from tests.simulate.asked import EFFECTS, Asked
from tests.simulate.covering import Covering
from tests.simulate.rivals import NAMES, Evidence, each_look, evidence, found_by
from tests.simulate.watch import Gating, Seen, all_fresh, watch
from tests.survey.worlds import World

Bools = npt.NDArray[np.bool_]
Sums = Counter[str]


def score(world: World, asked: Asked, planned: Sequence[int], gate: Gating = all_fresh) -> Sums:
    """Everything that is counted in one world with its looks at so many answers each; sums of worlds add up."""
    seen, covering = [], Covering(world, asked)
    for look in watch(world, asked, planned, gate):
        seen.append(look)
        covering.add(look)
    sums = Sums({"worlds": 1, "looks": len(seen)})
    against = evidence(asked, seen)
    ways = {name: found_by(name, against) for name in NAMES if name != "product"}
    ways["product"] = np.any([look.confirmed for look in seen], axis=0)
    for name, found in ways.items():
        sums.update(_findings(asked, name, found))
    sums.update(_path(asked, seen, against))
    sums.update(_drifting(seen))
    sums.update(covering.sums)
    return sums


def _findings(asked: Asked, name: str, found: Bools) -> Sums:
    false = int((found & ~asked.true).sum())
    sums = Sums({f"{name}/false_worlds": int(false > 0), f"{name}/fdp": false / max(int(found.sum()), 1)})
    region = asked.segment == 0
    for what, where in (("region", region), ("segment", ~region & ~asked.gap), ("gap", asked.gap)):
        for effect in EFFECTS:
            there = where & np.isclose(asked.effect, effect)
            sums[f"power/{what}/{effect}/{name}"] = int((found & there).sum())
            if name == "product":
                sums[f"power/{what}/{effect}/all"] = int(there.sum())
    return sums


def _path(asked: Asked, seen: Sequence[Seen], against: Evidence) -> Sums:
    """By turnout, whether something false has been said so far."""
    found = {"product": [look.confirmed for look in seen], **each_look(against)}
    sums = Sums()
    for name, looks in found.items():
        so_far = np.logical_or.accumulate([(look & ~asked.true).any() for look in looks])
        sums.update({f"path/{name}/{s.turnout}": int(f) for s, f in zip(seen, so_far, strict=True)})
    return sums


def _drifting(seen: Sequence[Seen]) -> Sums:
    reasons = {verdict.reason for look in seen for verdict in look.verdicts}
    at_close = drift(seen[-1].analysis.tallies)
    return Sums(
        {"drift/stopped": int("drift" in reasons), "drift/doubted": int(at_close.min() < DRIFT_DOUBT.value)}
    )
