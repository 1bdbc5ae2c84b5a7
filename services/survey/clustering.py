"""Rounds of people in organisations: errors that know that colleagues answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from services.survey.answers import AnswerSet
from services.survey.counting import tally
from services.survey.designs import Floats
from services.survey.estimates import Analysis, Estimates, analyse
from services.survey.inference import Inference
from services.survey.people import People, Sums, people_of
from services.survey.rounds import Round
from services.survey.thresholds import PRIOR_DF

_LEAST_LEFT = 1e-9


def analyse_clustered(round_: Round, answers: AnswerSet) -> Analysis:
    """What `estimates.analyse` gives of a round of people, but with errors clustered by organisation.

    se: as R's survey package has it for clusters drawn with replacement and raked weights. inference: the
    same with the clusters' own allowance for leverage (CR2: Bell & McCaffrey 2002), the raking's degrees of
    freedom between clusters, and a segment's variance moderated towards the region's, which counts for it by
    the share of the variation that lies between clusters. nan where there are too few clusters to tell.

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    analysis = analyse(round_, tally(answers))
    people = people_of(round_, answers)
    whole = people.sums(np.ones(len(people.cells), dtype=bool))
    region = _spread(people, _contrast(people, (whole,)))
    means, gaps = [], []
    for cells in analysis.inside:
        here = people.sums(cells[people.cells])
        means.append(_estimated(people, region, _contrast(people, (here,))))
        gaps.append(_estimated(people, region, _contrast(people, (here, whole - here))))
    return replace(analysis, means=_stacked(means), gaps=_stacked(gaps))


@dataclass(frozen=True)
class _Contrast:
    """A mean, or a difference of two, of every item.

    coefficient: of the fit of the influences, parameters × items. totals, wide: the clusters' sums of
    residuals, plain and as CR2 has them; share, size: their sums of the people's shares in the figure, with
    their signs and without: clusters × items. squares: of these shares, by item. people, clusters: that
    answered, on the smaller side.
    """

    value: Floats
    coefficient: Floats
    totals: Floats
    wide: Floats
    share: Floats
    size: Floats
    squares: Floats
    people: Floats
    clusters: Floats


def _contrast(people: People, sides: Sequence[Sums]) -> _Contrast:
    parts = [_side(side, sign) for side, sign in zip(sides, (1.0, -1.0), strict=False)]
    added = {f.name: np.sum([getattr(part, f.name) for part in parts], axis=0) for f in fields(_Contrast)}
    added["totals"] = added["totals"] - people.pull @ added["coefficient"]
    added["wide"] = added["wide"] - people.wide_pull @ added["coefficient"]
    for name in ("people", "clusters"):
        added[name] = np.min([getattr(part, name) for part in parts], axis=0)
    return _Contrast(**added)


def _side(side: Sums, sign: float) -> _Contrast:
    """One mean, times 1 or -1; totals and wide are sums of influences, from which the fit is still to go."""
    some = side.people > 0
    total = np.where(some, side.weight.sum(axis=0), np.inf)
    mean, scale = np.where(some, side.value.sum(axis=0), 0.0) / np.where(some, total, 1.0), sign / total
    return _Contrast(
        value=np.where(some, sign * mean, np.nan),
        coefficient=scale * (side.seen_value - mean * side.seen_weight),
        totals=scale * (side.value - mean * side.weight),
        wide=scale * (side.wide_value - mean * side.wide_weight),
        share=scale * side.weight,
        size=side.weight / total,
        squares=side.squares / total**2,
        people=side.people,
        clusters=side.clusters,
    )


@dataclass(frozen=True)
class _Region:
    """How each item varies over the region: see inference.Spread; and the share of it between clusters."""

    variance: Floats
    skewness: Floats
    between: Floats
    clusters: Floats


def _spread(people: People, region: _Contrast) -> _Region:
    """How each item varies, from the mean of the whole region."""
    between = _between(people, region)
    second, third = (region.wide**2).sum(axis=0), (region.wide**3).sum(axis=0)
    squares, cubes = (region.share**2).sum(axis=0), (region.share**3).sum(axis=0)
    size = _size(region, between)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _Region(
            variance=np.where(size > 0, second * _lost(people, region.clusters) / size, 0.0),
            skewness=np.where(second > 0, third / second**1.5 * squares**1.5 / cubes, 0.0),
            between=between,
            clusters=region.clusters,
        )


def _between(people: People, region: _Contrast) -> Floats:
    """ρ, the correlation of residuals within clusters, by the analysis of variance (Fisher 1925); 0 to 1."""
    known = people.answered
    apart = known * (np.nan_to_num(people.values) - region.value)
    total = (people.weights[:, None] * known).sum(axis=0)
    basis = people.fit.basis / np.sqrt(people.fit.base)[:, None]
    e = known * (apart - basis @ (region.coefficient * np.where(total > 0, total, 1.0)))
    count, sums = people.by_cluster(known), people.by_cluster(e)
    n, held = count.sum(axis=0), np.maximum((count > 0).sum(axis=0), 1)
    of_clusters = (sums**2 / np.maximum(count, 1)).sum(axis=0)
    within = ((e**2).sum(axis=0) - of_clusters) / np.maximum(n - held, 1)
    outer = (of_clusters - e.sum(axis=0) ** 2 / np.maximum(n, 1)) / np.maximum(held - 1, 1)
    size = (n - (count**2).sum(axis=0) / np.maximum(n, 1)) / np.maximum(held - 1, 1)
    whole = outer + (size - 1) * within
    share = (outer - within) / np.where(whole > 0, whole, np.inf)
    return np.asarray(np.where(n > held, np.clip(share, 0, 1), 0.0))


def _size(contrast: _Contrast, between: Floats) -> Floats:
    """The variance of a figure in units of one person's: ρ Σ (Σ share)² + (1 - ρ) Σ share² (Kish 1965)."""
    return np.asarray(between * (contrast.share**2).sum(axis=0) + (1 - between) * contrast.squares)


def _estimated(people: People, region: _Region, contrast: _Contrast) -> Estimates:
    """One figure of every item."""
    return Estimates(
        value=contrast.value,
        se=_error(contrast.totals),
        units=contrast.people,
        clusters=contrast.clusters,
        inference=_inferred(people, region, contrast),
    )


def _error(totals: Floats) -> Floats:
    """R's: m / (m - 1) Σ (z - z̄)² over all m clusters."""
    if len(totals) < 2:
        return np.full(totals.shape[1], np.nan)
    return np.asarray(np.sqrt(len(totals) * totals.var(axis=0, ddof=1)))


def _inferred(people: People, region: _Region, contrast: _Contrast) -> Inference:
    """As inference.infer, with clusters for units; a share is worth no more answers than people gave."""
    own = (contrast.wide**2).sum(axis=0) * _lost(people, contrast.clusters)
    pool = region.variance * _size(contrast, region.between)
    df, prior = _degrees(people, contrast.clusters), PRIOR_DF.value
    squares, cubes = (contrast.share**2).sum(axis=0), (contrast.share**3).sum(axis=0)
    whole_weight = contrast.size.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Inference(
            variance=np.maximum(own, (prior * pool + df * own) / (prior + df)),
            df=np.minimum(df + prior, _degrees(people, region.clusters)),
            skew=np.where(squares > 0, region.skewness * cubes / squares**1.5, 0.0),
            kish=whole_weight**2 / (contrast.size**2).sum(axis=0),
            most=whole_weight**2 / contrast.squares,
            covered=np.zeros(len(own)),
        )


def _lost(people: People, clusters: Floats) -> Floats:
    """m / (m - 1), clusters for units; nan where the raking leaves nothing to tell an error from."""
    some = (clusters > 1) & (1 - people.parameters / len(people.sizes) > _LEAST_LEFT)
    return np.asarray(np.where(some, clusters / np.where(some, clusters - 1, 1), np.nan))


def _degrees(people: People, clusters: Floats) -> Floats:
    return np.asarray(np.maximum(clusters * (1 - people.parameters / len(people.sizes)) - 1, 1.0))


def _stacked(rows: Sequence[Estimates]) -> Estimates:
    known = ~np.isnan([row.value for row in rows])

    def stack(parts: Sequence[Floats]) -> Floats:
        return np.asarray(np.where(known, parts, np.nan).T)

    return Estimates(
        value=stack([row.value for row in rows]),
        se=stack([row.se for row in rows]),
        units=np.array([row.units for row in rows]).T,
        clusters=np.array([row.independent for row in rows]).T,
        inference=Inference(
            *(stack([getattr(row.inference, f.name) for row in rows]) for f in fields(Inference))
        ),
    )
