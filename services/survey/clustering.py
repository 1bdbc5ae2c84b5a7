"""People in organisations: the estimates of a round, with errors that know that colleagues answer alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from services.survey.answers import AnswerSet
from services.survey.calibrations import Fit
from services.survey.counting import tally
from services.survey.designs import Bools, Floats, Ints
from services.survey.estimates import Analysis, Estimates, analyse
from services.survey.inference import Inference
from services.survey.rounds import Round
from services.survey.samples import sample_of
from services.survey.thresholds import PRIOR_DF

_LEAST_REMAINDER = 1e-8


def analyse_clustered(round_: Round, answers: AnswerSet) -> Analysis:
    """What `estimates.analyse` gives of a round of people, but with errors clustered by organisation.

    se: as R's survey package has it for clusters drawn with replacement and raked weights. inference: the
    same with the clusters' own allowance for leverage (CR2: Bell & McCaffrey 2002), the raking's degrees of
    freedom at the level of clusters, and a segment's variance moderated towards the region's, which counts
    for it by the share of the variation that lies between clusters. A person who names no organisation is a
    cluster alone. nan where there are too few clusters to tell.

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    analysis = analyse(round_, tally(answers))
    people = _people(round_, answers)
    inside = analysis.inside[:, people.cells]
    everywhere = np.ones(len(people.cells), dtype=bool)
    region = people.spread(people.contrast(everywhere))
    means = [people.estimate(region, people.contrast(here)) for here in inside]
    gaps = [people.estimate(region, people.contrast(here, rest=~here)) for here in inside]
    return replace(analysis, population=None, means=_stacked(means), gaps=_stacked(gaps))


@dataclass(frozen=True)
class _Contrast:
    """A mean, or a difference of two, of every item. share: of each person in it, people × items.

    influence: of each person with its weight. people, clusters: that answered, on the smaller side.
    """

    value: Floats
    share: Floats
    influence: Floats
    people: Floats
    clusters: Floats


@dataclass(frozen=True)
class _Region:
    """How each item varies over the region: see inference.Spread; and the share of it between clusters."""

    variance: Floats
    skewness: Floats
    between: Floats
    clusters: Floats


@dataclass(frozen=True)
class _People:
    """The rows. groups: clusters × people, 1 where a person is of a cluster. cells, weights: of people."""

    values: Floats
    weights: Floats
    cells: Ints
    fit: Fit
    groups: csr_array

    @cached_property
    def answered(self) -> Floats:
        """1 where a person answered an item."""
        return np.isfinite(self.values).astype(np.float64)

    @cached_property
    def back(self) -> Floats:
        """What makes weighted residuals of those of the fit."""
        return np.asarray(self.fit.scale / np.sqrt(self.fit.base))

    @cached_property
    def sizes(self) -> Floats:
        """People by cluster."""
        return np.asarray(self.groups.sum(axis=1), dtype=np.float64)

    @cached_property
    def pulled(self) -> Floats:
        """Σ of the rows of the fit's basis by cluster: clusters × parameters."""
        return np.asarray(self.groups @ self.fit.basis)

    @cached_property
    def parameters(self) -> float:
        """How many degrees of freedom between clusters the raking takes.

        All of them where the margins are those of organisations, 1 + (p - 1) / size where clusters cut across
        them.
        """
        return float(((self.pulled**2).sum(axis=1) / self.sizes).sum())

    @cached_property
    def widening(self) -> Floats:
        """What CR2 adds, in the space of the fit: clusters × parameters × parameters.

        (1 - Q Q')^(-1/2) = 1 + Q U h(λ) U' Q' for the rows Q of a cluster, with Q'Q = U λ U'.
        """
        basis = self.fit.basis
        inner = np.stack([self.groups @ (basis * column[:, None]) for column in basis.T], axis=1)
        shares, axes = np.linalg.eigh(inner)
        left = 1 - shares
        grown = np.where(left > _LEAST_REMAINDER, 1 / np.sqrt(np.maximum(left, _LEAST_REMAINDER)), 1.0)
        h = np.where(np.abs(shares) > _LEAST_REMAINDER, (grown - 1) / np.where(shares == 0, 1, shares), 0.5)
        return np.asarray((axes * h[:, None, :]) @ axes.swapaxes(1, 2))

    def contrast(self, here: Bools, rest: Bools | None = None) -> _Contrast:
        """The mean of some people, or its difference from that of the rest."""
        sides = [self._side(here)] if rest is None else [self._side(here), self._side(rest)]
        signs = (1.0, -1.0)
        return _Contrast(
            value=sum((sign * side.value for sign, side in zip(signs, sides, strict=False)), np.zeros(1)),
            share=sum((sign * side.share for sign, side in zip(signs, sides, strict=False)), np.zeros(1)),
            influence=sum((s * side.influence for s, side in zip(signs, sides, strict=False)), np.zeros(1)),
            people=np.min([side.people for side in sides], axis=0),
            clusters=np.min([side.clusters for side in sides], axis=0),
        )

    def _side(self, here: Bools) -> _Contrast:
        weight = self.weights[:, None] * self.answered * here[:, None]
        total = weight.sum(axis=0)
        share = weight / np.where(total > 0, total, np.inf)
        value = (share * np.nan_to_num(self.values)).sum(axis=0)
        counted = self.answered * here[:, None]
        return _Contrast(
            value=np.where(total > 0, value, np.nan),
            share=share,
            influence=share * (np.nan_to_num(self.values) - value),
            people=counted.sum(axis=0),
            clusters=((self.groups @ counted) > 0).sum(axis=0).astype(np.float64),
        )

    def residuals(self, contrast: _Contrast) -> Floats:
        """What the fit leaves of the influences, not yet weighted: people × items."""
        plain = contrast.influence / self.back[:, None]
        basis = self.fit.basis
        return np.asarray(plain - basis @ (basis.T @ plain))

    def widened(self, residuals: Floats) -> Floats:
        """The clusters' sums of weighted residuals, with the allowance for leverage: clusters × items."""
        basis, total = self.fit.basis, self.groups @ (residuals * self.back[:, None])
        seen = np.stack([self.groups @ (residuals * column[:, None]) for column in basis.T], axis=1)
        pull = self.groups @ (basis * self.back[:, None])
        return np.asarray(total + np.einsum("gp,gpq,gqk->gk", pull, self.widening, seen))

    def spread(self, region: _Contrast) -> _Region:
        """How each item varies, from the mean of the whole region."""
        residuals = self.residuals(region)
        widened, between = self.widened(residuals), self._between(residuals)
        sums = self.groups @ region.share
        second, third = (widened**2).sum(axis=0), (widened**3).sum(axis=0)
        squares, cubes = (sums**2).sum(axis=0), (sums**3).sum(axis=0)
        size = self._size(region, between)
        with np.errstate(divide="ignore", invalid="ignore"):
            return _Region(
                variance=np.where(size > 0, second * self._lost(region.clusters) / size, 0.0),
                skewness=np.where(second > 0, third / second**1.5 * squares**1.5 / cubes, 0.0),
                between=between,
                clusters=region.clusters,
            )

    def _between(self, residuals: Floats) -> Floats:
        """The correlation of residuals within clusters, by the analysis of variance; 0 to 1."""
        e = residuals / np.sqrt(self.fit.base)[:, None] * self.answered
        count = self.groups @ self.answered
        n, held = count.sum(axis=0), (count > 0).sum(axis=0)
        sums = self.groups @ e
        of_clusters = (sums**2 / np.maximum(count, 1)).sum(axis=0)
        within = ((e**2).sum(axis=0) - of_clusters) / np.maximum(n - held, 1)
        apart = (of_clusters - e.sum(axis=0) ** 2 / np.maximum(n, 1)) / np.maximum(held - 1, 1)
        size = (n - (count**2).sum(axis=0) / np.maximum(n, 1)) / np.maximum(held - 1, 1)
        whole = apart + (size - 1) * within
        share = (apart - within) / np.where(whole > 0, whole, np.inf)
        return np.asarray(np.where(n > held, np.clip(share, 0, 1), 0.0))

    def _size(self, contrast: _Contrast, between: Floats) -> Floats:
        """The variance of a contrast in units of one person's: ρ Σ (Σ share)² + (1 - ρ) Σ share²."""
        sums = self.groups @ contrast.share
        alone = (contrast.share**2).sum(axis=0)
        return np.asarray(between * (sums**2).sum(axis=0) + (1 - between) * alone)

    def estimate(self, region: _Region, contrast: _Contrast) -> Estimates:
        """A row of the analysis: one contrast of every item."""
        residuals = self.residuals(contrast)
        return Estimates(
            value=contrast.value,
            se=self._error(residuals),
            units=contrast.people,
            clusters=contrast.clusters,
            inference=self._infer(region, contrast, residuals),
        )

    def _error(self, residuals: Floats) -> Floats:
        """R's: m / (m - 1) Σ (z - z̄)² over all m clusters."""
        sums = self.groups @ (residuals * self.back[:, None])
        if len(sums) < 2:
            return np.full(sums.shape[1], np.nan)
        return np.asarray(np.sqrt(len(sums) * sums.var(axis=0, ddof=1)))

    def _infer(self, region: _Region, contrast: _Contrast, residuals: Floats) -> Inference:
        own = (self.widened(residuals) ** 2).sum(axis=0) * self._lost(contrast.clusters)
        pool = region.variance * self._size(contrast, region.between)
        df, prior = self._degrees(contrast.clusters), PRIOR_DF.value
        sums, sizes = self.groups @ contrast.share, self.groups @ np.abs(contrast.share)
        squares, cubes = (sums**2).sum(axis=0), (sums**3).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Inference(
                variance=np.maximum(own, (prior * pool + df * own) / (prior + df)),
                df=np.minimum(df + prior, self._degrees(region.clusters)),
                skew=np.where(squares > 0, region.skewness * cubes / squares**1.5, 0.0),
                kish=sizes.sum(axis=0) ** 2 / (sizes**2).sum(axis=0),
                most=np.abs(contrast.share).sum(axis=0) ** 2 / (contrast.share**2).sum(axis=0),
                covered=np.zeros(len(own)),
            )

    def _lost(self, clusters: Floats) -> Floats:
        left = (clusters - 1) * (1 - self.parameters / len(self.sizes))
        return np.asarray(np.where(left > 1e-9, clusters / np.where(left > 1e-9, left, 1), np.nan))

    def _degrees(self, clusters: Floats) -> Floats:
        return np.asarray(np.maximum(clusters * (1 - self.parameters / len(self.sizes)) - 1, 1.0))


def _people(round_: Round, answers: AnswerSet) -> _People:
    sample = sample_of(round_, answers)
    first = np.unique(answers.units, return_index=True)[1]
    named = answers.units if answers.clusters is None else answers.clusters
    codes = np.unique(named[first], return_inverse=True)[1]
    rows = np.arange(len(codes))
    weights, cells = sample.weights, sample.cells
    return _People(
        values=sample.values,
        weights=sample.design.weights,
        cells=cells,
        fit=Fit(weights.design[cells], weights.base[cells], weights.raked[cells]),
        groups=csr_array((np.ones(len(codes)), (codes, rows))),
    )


def _stacked(rows: Sequence[Estimates]) -> Estimates:
    def stack(parts: Iterable[Floats]) -> Floats:
        return np.array([np.where(np.isnan(r.value), np.nan, p) for r, p in zip(rows, parts, strict=True)]).T

    return Estimates(
        value=stack(row.value for row in rows),
        se=stack(row.se for row in rows),
        units=np.array([row.units for row in rows]).T,
        clusters=np.array([row.clusters for row in rows if row.clusters is not None]).T,
        inference=Inference(
            variance=stack(row.inference.variance for row in rows),
            df=stack(row.inference.df for row in rows),
            skew=stack(row.inference.skew for row in rows),
            kish=stack(row.inference.kish for row in rows),
            most=stack(row.inference.most for row in rows),
            covered=stack(row.inference.covered for row in rows),
        ),
    )
