"""What follow-ups say about a practice, in sum: a band, a kept share and a mean change with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, sqrt
from statistics import fmean, stdev
from typing import Literal

from scipy.special import ndtri, stdtrit

from services.model.thresholds import (
    DIFFERING_OUTCOMES,
    ENOUGH_OUTCOMES,
    FEWEST_OUTCOMES,
    KEPT_BY_HALF,
    LEAST_SPREAD,
)
from shared.events import Evidence, Figure, OutcomeRecorded, Value

Verdict = Literal["supports", "against", "unclear"]
BANDS = (5, 10, 20, 50, 100, 200, 500)
LEVEL = 0.95


class OutcomeSummary(Value):
    """Outcomes of one practice on one topic.

    `kept` (per cent) and `change` (points on 0-10) are None while outcomes are few; `kept` also while all
    say the same, since that would tell each one's answer. `behind` never leaves for the public.
    """

    n_band: str
    kept: Figure | None = None
    change: Figure | None = None
    verdict: Verdict = "unclear"
    enough: bool = False
    newest: str
    behind: tuple[Evidence, ...]


def summarise(outcomes: Sequence[OutcomeRecorded]) -> OutcomeSummary | None:
    """The summary of these outcomes in any order, or None when there are none."""
    if not outcomes:
        return None
    n = len(outcomes)
    common = {"n_band": band(n), "newest": max(o.measured_on for o in outcomes), "behind": _behind(outcomes)}
    if n < FEWEST_OUTCOMES:
        return OutcomeSummary.model_validate(common)
    kept = kept_share([o.kept for o in outcomes])
    change = mean_change([o.after - o.before for o in outcomes])
    figures = {
        "kept": None if _unanimous(outcomes) else kept,
        "change": change,
        "verdict": judge(kept, change),
        "enough": n >= ENOUGH_OUTCOMES,
    }
    return OutcomeSummary.model_validate(common | figures)


def band(n: int) -> str:
    """How many, as a band: `few`, `5–9`, …, `500+`."""
    if n < BANDS[0]:
        return "few"
    if n >= BANDS[-1]:
        return f"{BANDS[-1]}+"
    above = next(edge for edge in BANDS if edge > n)
    return f"{BANDS[BANDS.index(above) - 1]}–{above - 1}"


def kept_share(kept: Sequence[bool]) -> Figure:
    """The share that kept the practice, whole per cent, with Wilson's score interval (Wilson 1927)."""
    n, share = len(kept), sum(kept) / len(kept)
    z = float(ndtri((1 + LEVEL) / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = max(0, floor(100 * (centre - half))), min(100, ceil(100 * (centre + half)))
    return Figure(
        kind="share", estimate=round(100 * share), low=low, high=high, level=LEVEL, n_band=band(n), unit="%"
    )


def mean_change(changes: Sequence[float]) -> Figure:
    """The mean of after − before to 0.1 point, with Student's t interval rounded outward.

    `statistics` sums exactly, so the order of outcomes cannot show in the last digit.
    """
    n, mean = len(changes), fmean(changes)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * max(stdev(changes), LEAST_SPREAD) / sqrt(n)
    low, high = floor(10 * (mean - half)) / 10, ceil(10 * (mean + half)) / 10
    return Figure(
        kind="difference",
        estimate=round(mean, 1),
        low=low,
        high=high,
        level=LEVEL,
        n_band=band(n),
        unit="0–10",
    )


def judge(kept: Figure, change: Figure) -> Verdict:
    """They support when both intervals lie on the good side, and speak against when one lies on the bad."""
    if kept.high < KEPT_BY_HALF or change.high < 0:
        return "against"
    return "supports" if kept.low > KEPT_BY_HALF and change.low > 0 else "unclear"


def safe_to_show(
    summary: OutcomeSummary | None, shown: Sequence[OutcomeSummary | None]
) -> OutcomeSummary | None:
    """The summary, or the last one shown when a reader could subtract the two and learn of a few outcomes.

    `shown` are the summaries published before, the newest last.
    """
    earlier = [one for one in shown if one is not None]
    tells_of_few = any(0 < _differing(one, summary) < DIFFERING_OUTCOMES for one in earlier)
    return earlier[-1] if tells_of_few else summary


def _differing(one: OutcomeSummary, other: OutcomeSummary | None) -> int:
    """How many outcomes are in only one of the two, or were corrected in between."""
    return len({key for key, _ in _shown(one) ^ _shown(other)})


def _shown(summary: OutcomeSummary | None) -> frozenset[tuple[str, int]]:
    # Few outcomes give no figure, so nothing can be subtracted from them.
    if summary is None or summary.change is None:
        return frozenset()
    return frozenset((ref.key, ref.revision) for ref in summary.behind)


def _behind(outcomes: Sequence[OutcomeRecorded]) -> tuple[Evidence, ...]:
    refs = (Evidence(kind="outcome", key=o.outcome, revision=o.revision) for o in outcomes)
    return tuple(sorted(refs, key=lambda ref: ref.key))


def _unanimous(outcomes: Sequence[OutcomeRecorded]) -> bool:
    return len({o.kept for o in outcomes}) == 1
