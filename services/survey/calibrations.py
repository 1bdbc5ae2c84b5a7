"""Calibrations: weights changed so that the sample adds up to what is known of the population."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from services.survey.designs import CannotEstimate, Design, Floats, Labels
from services.survey.trimming import trim_weights

TOLERANCE = 1e-12
_STEPS = 100
_HALVINGS = 40
_RANK = 1e-10


@dataclass(frozen=True)
class Auxiliary:
    """What is known: a name, a column of the sample and a total of the population for each variable.

    columns: rows × variables. The first variable should be 1 for every row, its total the population's size.
    """

    names: tuple[str, ...]
    columns: Floats
    totals: Floats


@dataclass(frozen=True)
class Fit:
    """The least-squares fit, with the base weights, of influences on the auxiliary variables.

    base: weights before, scale: weights after the calibration; columns: rows × variables. What the fit leaves
    is what the error is made of (Deville & Särndal 1992; as `calibrate` of R's survey package has it).
    """

    columns: Floats
    base: Floats
    scale: Floats

    @cached_property
    def basis(self) -> Floats:
        """An orthonormal basis of the variables, each row times the root of its base weight."""
        left, sizes, _ = np.linalg.svd(self.columns * np.sqrt(self.base)[:, None], full_matrices=False)
        return np.asarray(left[:, sizes > _RANK * sizes.max()])

    def residual(self, influence: Floats) -> Floats:
        """What is left of weighted influences: rows × figures."""
        back = self.scale / np.sqrt(self.base)
        plain = influence / back[:, None]
        return np.asarray((plain - self.basis @ (self.basis.T @ plain)) * back[:, None])


@dataclass(frozen=True)
class Distance:
    """How weights may move: the factor g of a score u, and its slope (Deville & Särndal 1992)."""

    factor: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]


def linear(low: float = -np.inf, high: float = np.inf) -> Distance:
    """g = 1 + u between bounds; without bounds the regression estimator."""
    return Distance(
        lambda u: np.clip(1 + u, low, high), lambda u: ((1 + u > low) & (1 + u < high)).astype(np.float64)
    )


def raking() -> Distance:
    """g = exp(u): weights stay above zero; with margins alone it is iterative proportional fitting."""
    return Distance(np.exp, np.exp)


def logit(low: float, high: float) -> Distance:
    """g between low < 1 and high > 1 along a logistic curve."""
    steep = (high - low) / ((high - 1) * (1 - low))

    def factor(u: Floats) -> Floats:
        odds = np.exp(np.clip(steep * u, -700, 700))
        return np.asarray((low * (high - 1) + high * (1 - low) * odds) / (high - 1 + (1 - low) * odds))

    def slope(u: Floats) -> Floats:
        g = factor(u)
        return np.asarray(steep * (g - low) * (high - g) / (high - low))

    return Distance(factor, slope)


def calibrate(design: Design, known: Auxiliary, distance: Distance) -> Design:
    """The design with weights d·g(x·λ) that meet the totals, λ found by Newton's method.

    Raises:
        CannotEstimate: a variable is missing for a row, or no weights meet the totals.
    """
    if not np.isfinite(known.columns).all():
        column = int(np.flatnonzero(~np.isfinite(known.columns).all(axis=0))[0])
        message = f"The variable “{known.names[column]}” is missing for a row."
        raise CannotEstimate("missing_auxiliary", message)
    x, base = known.columns, design.weights
    score, left = np.zeros(x.shape[1]), _Left(known, base, distance)
    for _ in range(_STEPS):
        if left.of(score) <= TOLERANCE:
            break
        score = left.stepped(score)
    if not left.of(score) <= TOLERANCE:
        raise CannotEstimate("cannot_calibrate", f"No weights meet the total of “{left.worst(score)}”.")
    weights = base * distance.factor(x @ score)
    if not (weights > 0).all():
        raise CannotEstimate("negative_weight", "Meeting the totals takes weights that are not above zero.")
    return replace(design, weights=weights, calibrations=(*design.calibrations, Fit(x, base, weights)))


@dataclass(frozen=True)
class _Left:
    """How far the weights of a score are from the totals, and the next step towards them."""

    known: Auxiliary
    base: Floats
    distance: Distance

    def misfits(self, score: Floats) -> Floats:
        """The totals less what the weights of a score give."""
        with np.errstate(over="ignore", invalid="ignore"):
            factor = self.distance.factor(self.known.columns @ score)
            return np.asarray(self.known.totals - (self.base * factor) @ self.known.columns)

    def of(self, score: Floats) -> float:
        """The largest misfit as a share of its total; inf where the weights are not finite."""
        share = np.abs(self.misfits(score)) / (1 + np.abs(self.known.totals))
        return float(np.nan_to_num(share, nan=np.inf).max())

    def worst(self, score: Floats) -> str:
        """The name of the variable that is furthest off."""
        share = np.abs(self.misfits(score)) / (1 + np.abs(self.known.totals))
        return self.known.names[int(np.argmax(np.nan_to_num(share, nan=np.inf)))]

    def stepped(self, score: Floats) -> Floats:
        """A Newton step, halved until it brings the weights nearer."""
        x = self.known.columns
        pull = self.base * self.distance.slope(x @ score)
        step = np.linalg.pinv((x * pull[:, None]).T @ x, rcond=1e-13, hermitian=True) @ self.misfits(score)
        now = self.of(score)
        for _ in range(_HALVINGS):
            if self.of(score + step) < now:
                break
            step = step / 2
        return np.asarray(score + step)


def margins(labels: Mapping[str, Labels], counts: Mapping[str, Mapping[str, float]]) -> Auxiliary:
    """The margins to rake to: an intercept, then each dimension's categories but the first.

    labels: of the rows, counts: of the population's categories, both by dimension.

    Raises:
        CannotEstimate: a category has no row or no count, or the margins have different totals.
    """
    sizes = {name: sum(of.values()) for name, of in counts.items()}
    size = next(iter(sizes.values()))
    if any(abs(other - size) > 1e-6 * size for other in sizes.values()):
        raise CannotEstimate("margins_disagree", "The margins do not add up to the same total.")
    names, columns, totals = ["all"], [np.ones(len(next(iter(labels.values()))))], [size]
    for dimension, of in counts.items():
        for category, column in _held(dimension, labels[dimension], of)[1:]:
            names.append(f"{dimension} {category}")
            columns.append(column)
            totals.append(of[category])
    return Auxiliary(tuple(names), np.column_stack(columns), np.array(totals, dtype=np.float64))


def _held(dimension: str, labels: Labels, counts: Mapping[str, float]) -> list[tuple[str, Floats]]:
    """A column of 0 and 1 for each category."""
    if set(np.unique(labels).tolist()) - set(counts):
        message = f"Some rows have a category that the margin “{dimension}” does not have."
        raise CannotEstimate("unknown_category", message)
    held = [(category, (labels == category).astype(np.float64)) for category in counts]
    for category, column in held:
        if not column.any():
            raise CannotEstimate("empty_category", f"No row is in “{dimension} {category}”.")
    return held


def rake(design: Design, labels: Mapping[str, Labels], counts: Mapping[str, Mapping[str, float]]) -> Design:
    """Weights that meet two or more margins at once (Deming & Stephan 1940), to 1e-12 of each total.

    Raises:
        CannotEstimate: the margins disagree, a category is empty, or no weights meet them.
    """
    return calibrate(design, margins(labels, counts), raking())


def post_stratify(design: Design, labels: Sequence[str] | Labels, counts: Mapping[str, float]) -> Design:
    """Weights that meet the counts of cells, each row's cell given by its label (Holt & Smith 1979).

    Raises:
        CannotEstimate: a cell has no row or no count.
    """
    held = _held("cell", np.asarray(labels), counts)
    columns = np.column_stack([column for _, column in held])
    factor = np.array([counts[name] for name, _ in held]) / (design.weights @ columns)
    weights = design.weights * (columns @ factor)
    fit = Fit(columns, design.weights, weights)
    return replace(design, weights=weights, calibrations=(*design.calibrations, fit))


def trim(design: Design, low: float = 0.0, high: float = np.inf, *, strict: bool = False) -> Design:
    """Weights cut at bounds, what was cut spread evenly over the rows within them (Potter 1990).

    strict: again, until none lies outside. The calibrations stay, as if they had not been disturbed.

    Raises:
        CannotEstimate: the mean weight does not lie within the bounds.
    """
    weights = design.weights
    if not low < weights.mean() < high:
        raise CannotEstimate("no_room", "The mean of the weights does not lie within the bounds.")
    if strict:
        rows = np.ones(len(weights), dtype=np.int64)
        return replace(design, weights=trim_weights(weights, rows, (low, high))[0])
    cut = np.clip(weights, low, high)
    within = cut == weights
    if not within.any():
        raise CannotEstimate("no_room", "Every weight lies outside the bounds.")
    return replace(design, weights=cut + within * ((weights - cut).sum() / within.sum()))
