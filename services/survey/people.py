"""People in organisations, row by row: sums over their clusters, for every item at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from services.survey.answers import AnswerSet
from services.survey.calibrations import Fit
from services.survey.designs import Bools, Floats, Ints
from services.survey.rounds import Round
from services.survey.samples import sample_of

_LEAST_REMAINDER = 1e-8


@dataclass(frozen=True)
class Sums:
    """Sums over some people, of every item.

    count, weight, value: those who answered, their weights and weighted values: clusters × items.
    wide_weight, wide_value: the same times what CR2 makes of a weight. seen_weight, seen_value: on the basis
    of the fit, parameters × items. squares: of the weights, by item.
    """

    count: Floats
    weight: Floats
    value: Floats
    wide_weight: Floats
    wide_value: Floats
    seen_weight: Floats
    seen_value: Floats
    squares: Floats

    def __sub__(self, other: Sums) -> Sums:
        """The sums over those who are not among the others."""
        return Sums(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    @property
    def people(self) -> Floats:
        """How many answered, by item."""
        return np.asarray(self.count.sum(axis=0))

    @property
    def clusters(self) -> Floats:
        """Of how many clusters they are, by item."""
        return np.asarray((self.count > 0).sum(axis=0, dtype=np.float64))


@dataclass(frozen=True)
class People:
    """values: people × items, nan where they did not answer. weights, clusters, cells: of people.

    fit: on the margins. cells index the cells of the tallies.
    """

    values: Floats
    weights: Floats
    clusters: Ints
    cells: Ints
    fit: Fit

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
        return np.bincount(self.clusters).astype(np.float64)

    @cached_property
    def pull(self) -> Floats:
        """What the fit takes out of the clusters' sums, by its coefficient: clusters × parameters."""
        return self.by_cluster(self.fit.basis * self.back[:, None])

    @cached_property
    def wide_pull(self) -> Floats:
        """The same of the sums that CR2 makes."""
        return self.by_cluster(self.fit.basis * self.wide[:, None])

    @cached_property
    def parameters(self) -> float:
        """How many degrees of freedom between clusters the raking takes.

        All p of them where the margins are those of organisations, nearer to 1 + (p - 1) / size where
        clusters cut across them: Σ |Σ q|² / size over the clusters, q the rows of the fit's basis.
        """
        pulled = self.by_cluster(self.fit.basis)
        return float(((pulled**2).sum(axis=1) / self.sizes).sum())

    @cached_property
    def wide(self) -> Floats:
        """What CR2 multiplies the residual of each person with before it sums them by cluster.

        With Q the rows of a cluster in the basis and Q'Q = U λ U': (1 - Q Q')^(-1/2) = 1 + Q U h(λ) U' Q'
        (Bell & McCaffrey 2002), of which the sums need no more than one number for each person.
        """
        basis = self.fit.basis
        inner = np.stack([self.by_cluster(basis * column[:, None]) for column in basis.T], axis=1)
        share, axes = np.linalg.eigh(inner)
        left = np.maximum(1 - share, _LEAST_REMAINDER)
        grown = np.where(1 - share > _LEAST_REMAINDER, 1 / np.sqrt(left), 1.0)
        h = np.where(share > _LEAST_REMAINDER, (grown - 1) / np.maximum(share, _LEAST_REMAINDER), 0.5)
        turned = np.einsum("gp,gpq->gq", self.pull, axes) * h
        added = np.einsum("gq,gpq->gp", turned, axes)
        return np.asarray(self.back + (added[self.clusters] * basis).sum(axis=1))

    def by_cluster(self, rows: Floats) -> Floats:
        """Sums over all people of each cluster: clusters × columns."""
        return np.asarray(_grouped(self.clusters, len(self.sizes)) @ rows)

    def sums(self, here: Bools) -> Sums:
        """The sums over some people."""
        groups, answered = _grouped(self.clusters[here], len(self.sizes)), self.answered[here]
        weight = self.weights[here, None] * answered
        value = weight * np.nan_to_num(self.values[here])
        grown = (self.wide[here] / self.back[here])[groups.indices]
        wide = csr_array((grown, groups.indices, groups.indptr), groups.shape)
        return Sums(
            count=np.asarray(groups @ answered),
            weight=np.asarray(groups @ weight),
            value=np.asarray(groups @ value),
            wide_weight=np.asarray(wide @ weight),
            wide_value=np.asarray(wide @ value),
            seen_weight=self._seen(here, weight),
            seen_value=self._seen(here, value),
            squares=(weight**2).sum(axis=0),
        )

    def _seen(self, here: Bools, rows: Floats) -> Floats:
        """Their sums on the basis of the fit, which is the same for all people of a cell."""
        basis = np.zeros((int(self.cells.max()) + 1, self.fit.basis.shape[1]))
        basis[self.cells] = self.fit.basis / self.back[:, None]
        return np.asarray(basis.T @ (_grouped(self.cells[here], len(basis)) @ rows))


def _grouped(of: Ints, groups: int) -> csr_array:
    """Groups × rows, 1 where a row is of a group."""
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.arange(groups + 1))
    return csr_array((np.ones(len(of)), order, starts), shape=(groups, len(of)))


def people_of(round_: Round, answers: AnswerSet) -> People:
    """The people of a round, weighted to its frame; who names no organisation is a cluster alone.

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    sample = sample_of(round_, answers)
    first = np.unique(answers.units, return_index=True)[1]
    named = answers.units if answers.clusters is None else answers.clusters
    weights, cells = sample.weights, sample.cells
    return People(
        values=sample.values,
        weights=sample.design.weights,
        clusters=np.unique(named[first], return_inverse=True)[1].astype(np.int64),
        cells=cells,
        fit=Fit(weights.design[cells], weights.base[cells], weights.raked[cells]),
    )
