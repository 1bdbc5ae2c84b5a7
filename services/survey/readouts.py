"""Readouts: estimates at the precision that analysts work with; they never leave the staff's side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from scipy.special import stdtrit

from services.survey.assumptions import assumptions, is_poor
from services.survey.estimates import Analysis
from services.survey.items import Item
from services.survey.rounds import Round
from services.survey.segments import Segment, segment_label
from services.survey.thresholds import K
from shared.errors import NotFound
from shared.events import Text, Value


class ReadEstimate(Value):
    """One figure in full; shares are given in per cent. Of fewer than k units nothing is told, here neither.

    level: of a distribution; its share has the question's code and the level for a name (`workload:4`).
    se: design-based, margin-aware, as R's survey package gives it. low, high: Student's 95 % interval of one
    look from `se` with `df` degrees of freedom. judging_se: the small-sample error that decisions use.
    efficiency: effective n / n; poor: it is so low that the figure represents its segment poorly.
    """

    item: str
    question_text: Text
    kind: str
    level: int | None = None
    segment: dict[str, str]
    segment_label: Text
    estimate: float | None
    se: float | None
    low: float | None
    high: float | None
    df: float
    judging_se: float | None
    n: int | None
    effective_n: float | None
    efficiency: float | None
    poor: bool


class Readout(Value):
    """The estimates of a round as its answers stand now, released or not."""

    round: str
    unit: str
    units: int
    population: float
    effective_n: float
    weighting_efficiency: float
    poor: bool
    assumptions: tuple[Text, ...]
    estimates: tuple[ReadEstimate, ...]


def read_out(
    round_: Round, items: Sequence[Item], analysis: Analysis, *, item: str = "", segment: str = ""
) -> Readout:
    """The estimates of one item, one question (with its distribution) or all.

    segment: one (`area=Metro,size=1-9`), the region, or `all`.

    Raises:
        NotFound: the round has no such item or declares no such segment.
    """
    weights = analysis.weights
    chosen = _items(items, item)
    places = _segments(analysis.segments, segment)
    return Readout(
        round=round_.round,
        unit=round_.unit,
        units=int(weights.counts.sum()),
        population=weights.total,
        effective_n=weights.effective_n,
        weighting_efficiency=weights.efficiency,
        poor=is_poor(weights.efficiency),
        assumptions=assumptions(round_, weights),
        estimates=tuple(_read(round_, items, analysis, chosen, places)),
    )


def _items(items: Sequence[Item], name: str) -> list[int]:
    found = [index for index, item in enumerate(items) if name in ("", item.name, item.question.code)]
    if not found:
        raise NotFound("no_such_item", "The round asks no such question, or the question has no such option.")
    return found


def _segments(segments: Sequence[Segment], name: str) -> list[int]:
    if name == "all":
        return list(range(len(segments)))
    wanted = {tuple(part.partition("=")[::2]) for part in name.split(",") if part}
    found = [index for index, segment in enumerate(segments) if set(segment.parts) == wanted]
    if not found:
        raise NotFound(
            "no_such_segment",
            "The round declares no such segment. Write it like area=Metro,size=1-9, or all for every one.",
        )
    return found


def _read(
    round_: Round, items: Sequence[Item], analysis: Analysis, chosen: list[int], places: list[int]
) -> Iterator[ReadEstimate]:
    means = analysis.means
    everyone = analysis.weights.counts.sum() if means.clusters is None else means.clusters.max()
    df = float(everyone - 1)
    reach = float(stdtrit(max(df, 1), 0.975))
    for i in chosen:
        times = 100.0 if items[i].kind == "share" else 1.0
        for s in places:
            told = times if means.units[i, s] >= K.value else math.nan
            value, se = told * means.value[i, s], told * means.se[i, s]
            kish = told / times * means.inference.kish[i, s]
            efficiency = kish / max(means.units[i, s], 1)
            yield ReadEstimate(
                item=items[i].name,
                question_text=items[i].text,
                kind=items[i].kind,
                level=items[i].level,
                segment=analysis.segments[s].categories,
                segment_label=segment_label(round_.frame, analysis.segments[s]),
                estimate=_or_none(value),
                se=_or_none(se),
                low=_or_none(value - reach * se),
                high=_or_none(value + reach * se),
                df=df,
                judging_se=_or_none(told * math.sqrt(max(means.inference.variance[i, s], 0.0))),
                n=None if math.isnan(told) else int(means.units[i, s]),
                effective_n=_or_none(kish),
                efficiency=_or_none(efficiency),
                poor=bool(is_poor(efficiency)),
            )


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
