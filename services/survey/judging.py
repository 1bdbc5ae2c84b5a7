"""Judging: which findings are confirmed at a look, which are indicated, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from services.survey.disclosure import Gate
from services.survey.drift import drift
from services.survey.estimates import Analysis
from services.survey.intervals import Place, Uncertain, figure_interval, gap_tail, mean_tail, share_tail
from services.survey.items import Item
from services.survey.looks import Look, discoveries
from services.survey.pooling import shrunk_gaps, shrunk_means, shrunk_trends
from services.survey.rules import Hypothesis
from services.survey.thresholds import (
    DRIFT_STOP,
    ERROR_LEVEL,
    FALSE_DISCOVERY_RATE,
    INDICATION_LEVEL,
    LEAST_ON_A_SIDE,
    LEAST_ON_A_SIDE_SMALL,
    LEAST_UNITS,
    SMALL_POPULATION,
)
from services.survey.verdicts import Ends, Judged, Reason

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_SILENT: tuple[Reason, ...] = ("confirmed", "suppressed", "cannot_say")
_NOWHERE = Ends(np.nan, np.nan, np.nan)
_NOTHING = Judged("too_few", 1.0, 1.0, 0, 0.0, _NOWHERE, _NOWHERE)


@dataclass(frozen=True)
class Case:
    """What there is to judge at one look. anew: for which hypotheses the looks before it count no more."""

    analysis: Analysis
    items: Sequence[Item]
    hypotheses: Sequence[Hypothesis]
    gate: Gate
    look: Look
    anew: Bools | bool = False


@dataclass(frozen=True)
class _Columns:
    """The hypotheses as arrays, with the figure behind each.

    apart: on differences, either way; trend: those from the round before; share: on shares, not differences.
    """

    item: npt.NDArray[np.int64]
    segment: npt.NDArray[np.int64]
    apart: Bools
    trend: Bools
    share: Bools
    sign: Floats
    level: Floats
    null: Floats
    tested: Bools
    figure: Uncertain


def judge(case: Case, past: Mapping[str, Judged]) -> tuple[Judged, ...]:
    """The verdict on every hypothesis, in their order; `past` has those of the last release by name.

    Every p-value is divided by its look's share, and the smallest so far enters the procedure of Benjamini
    and Hochberg over the round; no independence of the looks is needed. A figure that is held is judged as it
    stands. What was once confirmed stays so while its figure lies beyond the level of its rule.
    """
    columns = _columns(case)
    before = [past.get(hypothesis.name, _NOTHING) for hypothesis in case.hypotheses]
    tails = _tails(columns)
    standing, blocked = _standing(case, columns), _blocked(case, columns, tails)
    p = np.where(standing, [b.p for b in before], np.where(blocked == "", tails, 1.0))
    spent = np.minimum(p / case.look.share, 1.0)
    least = np.where(np.asarray(case.anew) & ~standing, spent, np.minimum([b.least for b in before], spent))
    found = np.zeros(len(p), dtype=bool)
    found[columns.tested] = discoveries(least[columns.tested], FALSE_DISCOVERY_RATE.value)
    reasons = _reasons(columns, blocked, p, found)
    shrunk, plain = _shrunk(case, columns), _plain(case, columns, blocked != "suppressed")
    reasons[_pointing(columns, shrunk) & ~np.isin(reasons, _SILENT)] = "indicated"
    reasons[_covered(case, reasons, plain[0])] = "covered"
    counted = (reasons, p, least, np.full(len(p), case.look.number), columns.figure.units)
    held = [False] * len(p)
    told = zip(*(part.tolist() for part in counted), _ends(plain), _ends(shrunk), held, strict=True)
    verdicts = list(map(Judged._make, told))
    for h in np.flatnonzero(standing).tolist():
        verdicts[h] = _kept(before[h], float(p[h]), float(least[h]), found=bool(found[h]))
    return tuple(verdicts)


def _covered(case: Case, reasons: npt.NDArray[np.object_], values: Floats) -> Bools:
    """Which indications a confirmed finding of a wider segment makes needless."""

    def claim(h: int) -> tuple[int, str, bool]:
        hypothesis = case.hypotheses[h]
        return hypothesis.item, hypothesis.rule, hypothesis.bound.sign != 0 or bool(values[h] > 0)

    parts = [set(segment.parts) for segment in case.analysis.segments]
    wide: dict[tuple[int, str, bool], list[set[tuple[str, str]]]] = {}
    for h in np.flatnonzero(reasons == "confirmed").tolist():
        wide.setdefault(claim(h), []).append(parts[case.hypotheses[h].segment])
    covered = np.zeros(len(reasons), dtype=bool)
    for h in np.flatnonzero(reasons == "indicated").tolist():
        own = parts[case.hypotheses[h].segment]
        covered[h] = any(wider < own for wider in wide.get(claim(h), ()))
    return covered


def _kept(before: Judged, p: float, least: float, *, found: bool) -> Judged:
    """The verdict on a figure that is held: another share may confirm it, nothing else changes."""
    reason: Reason = "confirmed" if found and before.reason != "not_found" else before.reason
    return before._replace(reason=reason, p=p, least=least, held=True)


def _columns(case: Case) -> _Columns:
    bounds = [hypothesis.bound for hypothesis in case.hypotheses]
    item = np.array([h.item for h in case.hypotheses], dtype=np.int64)
    segment = np.array([h.segment for h in case.hypotheses], dtype=np.int64)
    apart = np.array([bound.sign == 0 for bound in bounds], dtype=bool)
    trend = np.array([h.rule == "trend" for h in case.hypotheses], dtype=bool)
    shares = np.array([one.kind == "share" for one in case.items], dtype=bool)
    return _Columns(
        item=item,
        segment=segment,
        apart=apart,
        trend=trend,
        share=shares[item] & ~apart,
        sign=np.array([bound.sign for bound in bounds], dtype=np.float64),
        level=np.array([bound.level for bound in bounds], dtype=np.float64),
        null=np.array([bound.null for bound in bounds], dtype=np.float64),
        tested=np.array([h.tested for h in case.hypotheses], dtype=bool),
        figure=_figure(case.analysis, (item, segment), apart, trend),
    )


def _figure(analysis: Analysis, place: Place, apart: Bools, trend: Bools) -> Uncertain:
    """The mean or the difference (a gap or a trend) behind each hypothesis."""
    figure = analysis.means.uncertain.at(place)
    figure = _either(apart, analysis.gaps.uncertain.at(place), figure)
    return figure if analysis.trends is None else _either(trend, analysis.trends.uncertain.at(place), figure)


def _either(chosen: Bools, one: Uncertain, other: Uncertain) -> Uncertain:
    pairs = ((getattr(one, field.name), getattr(other, field.name)) for field in fields(Uncertain))
    return Uncertain(*(np.where(chosen, a, b) for a, b in pairs))


def _standing(case: Case, columns: _Columns) -> Bools:
    """Where an earlier figure stands; a gap stands as long as either of its figures does."""
    stands, fresh = case.gate.stands >= 0, case.gate.fresh
    own = stands[columns.item, columns.segment]
    region = stands[columns.item, 0] & (fresh | stands)[columns.item, columns.segment]
    return np.asarray(own | (_gap(columns) & region))


def _independent(case: Case, columns: _Columns) -> Floats:
    """How many answered independently of each other: of people in organisations, the organisations."""
    place, analysis = (columns.item, columns.segment), case.analysis
    apart = analysis.gaps.independent[place]
    if analysis.trends is not None:
        apart = np.where(columns.trend, analysis.trends.independent[place], apart)
    return np.where(columns.apart, apart, analysis.means.independent[place])


def _blocked(case: Case, columns: _Columns, tails: Floats) -> npt.NDArray[np.object_]:
    """Why a hypothesis cannot be judged at this look; empty where it can."""
    item, segment = columns.item, columns.segment
    region = case.analysis.means.independent[item, 0]
    population = case.analysis.weights.total
    small = population <= SMALL_POPULATION.value
    side = LEAST_ON_A_SIDE_SMALL.value if small else LEAST_ON_A_SIDE.value
    fresh = case.gate.fresh[item, segment] & (case.gate.fresh[item, 0] | ~_gap(columns))
    drifts = drift(case.analysis.tallies)[item] < DRIFT_STOP.value
    blocked = np.full(len(item), "", dtype=object)
    blocked[drifts] = "drift"
    blocked[(_independent(case, columns) < side) | (region < LEAST_UNITS.value)] = "too_few"
    blocked[np.isnan(tails)] = "cannot_say"
    blocked[columns.trend & np.isnan(columns.figure.value)] = "no_former"
    blocked[~fresh] = "suppressed"
    return blocked


def _tails(columns: _Columns) -> Floats:
    """The p-value of each hypothesis by its own test; nan where all answers are alike."""
    tails, apart = np.empty(len(columns.item)), columns.apart
    tails[apart] = gap_tail(columns.figure.at(apart), columns.null[apart])
    for chosen, tail in ((columns.share, share_tail), (~columns.share & ~apart, mean_tail)):
        tails[chosen] = tail(columns.figure.at(chosen), columns.null[chosen], columns.sign[chosen])
    return tails


def _gap(columns: _Columns) -> Bools:
    return columns.apart & ~columns.trend


def _beyond(columns: _Columns, value: Floats, bound: Floats) -> Bools:
    return np.where(columns.apart, np.abs(value) > bound, columns.sign * (value - bound) > 0)


def _reasons(
    columns: _Columns, blocked: npt.NDArray[np.object_], p: Floats, found: Bools
) -> npt.NDArray[np.object_]:
    value = columns.figure.value
    clear = np.where(p <= ERROR_LEVEL.value, "not_confirmed", "too_uncertain")
    reasons = np.where(columns.tested, clear, "not_tested").astype(object)
    reasons[~_beyond(columns, value, columns.null)] = "not_found"
    reasons[blocked != ""] = blocked[blocked != ""]
    reasons[found & _beyond(columns, value, columns.level) & (blocked != "suppressed")] = "confirmed"
    return reasons


def _shrunk(case: Case, columns: _Columns) -> tuple[Floats, Floats, Floats]:
    """Value and ends of the shrunk figure behind each hypothesis."""
    shown = case.gate.fresh
    means = shrunk_means(case.analysis, shown & _asked(case, columns.item[~columns.apart]))
    gaps = shrunk_gaps(case.analysis, shown & shown[:, :1] & _asked(case, columns.item[_gap(columns)]))
    drawn, place = (means, gaps), (columns.item, columns.segment)
    value, error = (
        np.where(columns.apart, getattr(drawn[1], part)[place], getattr(drawn[0], part)[place])
        for part in ("value", "error")
    )
    if case.analysis.trends is not None:
        change = shrunk_trends(case.analysis, case.analysis.trends, shown)
        value = np.where(columns.trend, change.value[place], value)
        error = np.where(columns.trend, change.error[place], error)
    reach = stdtrit(columns.figure.df, (1 + INDICATION_LEVEL.value) / 2) * error
    return value, value - reach, value + reach


def _asked(case: Case, items: npt.NDArray[np.int64]) -> Bools:
    """Of which items anything is asked; only those are worth the work: items × 1."""
    asked = np.zeros((len(case.items), 1), dtype=bool)
    asked[items] = True
    return asked


def _plain(case: Case, columns: _Columns, shown: Bools) -> tuple[Floats, Floats, Floats]:
    """Value and ends of the repeated interval behind each hypothesis; nan where it is withheld."""
    low, high = figure_interval(columns.figure, columns.share, case.look.error)
    value, low, high = (np.where(shown, part, np.nan) for part in (columns.figure.value, low, high))
    return value, low, high


def _ends(parts: tuple[Floats, Floats, Floats]) -> list[Ends]:
    return list(map(Ends._make, zip(*(part.tolist() for part in parts), strict=True)))


def _pointing(columns: _Columns, shrunk: tuple[Floats, Floats, Floats]) -> Bools:
    """Where the shrunk figure lies beyond the margin and its interval beyond the level."""
    value, low, high = shrunk
    upward = np.where(columns.apart, value > 0, columns.sign > 0)
    near = np.where(upward, low, high)
    sure = np.where(
        upward, near > columns.level, near < np.where(columns.apart, -columns.level, columns.level)
    )
    return np.asarray(sure & _beyond(columns, value, columns.null))
