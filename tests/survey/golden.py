"""R's figures beside ours: the reference data's tables, and one way to compare every kind of entry."""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.survey import contingency, linearised, proportions, quantiles
from services.survey.designs import Design, Floats
from services.survey.linearised import Linearised

SAME = 1e-8
# A standard error that R gives as 0, or as rounding noise, is compared against the size of its estimate.
NOISE = 1e-10

Labels = npt.NDArray[Any]
Kind = Callable[[Design, Floats], Linearised]

INTERVALS: dict[str, proportions.Method] = {
    "logit": "logit",
    "xlogit": "logit",
    "asin": "arcsine",
    "beta": "beta",
    "mean": "wald",
}
RULES: dict[str, quantiles.Definition] = {
    "math": 1,
    "school": 2,
    "hf1": 1,
    "hf2": 2,
    "hf4": 4,
    "hf7": 7,
}
TESTS: dict[str, contingency.Statistic] = {
    "F": "f",
    "Chisq": "chisq",
    "Wald": "wald",
    "adjWald": "adjusted_wald",
}
# Not figures of a method that is supported: R interpolates the likelihood interval on a profile, gives the
# tail of a sum of chi-squares by numerical integration to 1e-4, and its "shahvaish" quantiles lie outside
# their own intervals.
NOT_SUPPORTED = {"likelihood", "lincom", "saddlepoint", "shahvaish"}


@dataclass(frozen=True)
class Columns:
    """A table of the reference data, by column."""

    rows: Sequence[Mapping[str, str]]

    @classmethod
    def read(cls, path: Path) -> Columns:
        with path.open(encoding="utf-8") as file:
            return cls(list(csv.DictReader(file)))

    def __len__(self) -> int:
        return len(self.rows)

    def labels(self, name: str) -> Labels:
        """As text; empty where it is missing."""
        return np.array(["" if row[name] == "NA" else row[name] for row in self.rows], dtype=object)

    def numbers(self, name: str) -> Floats:
        """As numbers; nan where it is missing."""
        return np.array([float(row[name]) if row[name] not in ("", "NA") else np.nan for row in self.rows])

    def outcome(self, name: str) -> Floats:
        """A column, or 0 and 1 for `column` + `category` as R names them, `I(column >= 4)TRUE` among them."""
        if name in self.rows[0]:
            return self.numbers(name)
        if name.startswith("I("):
            return self._condition(*name.removeprefix("I(").split(")"))
        plain = name.replace("factor(", "").replace(")", "")
        column = next(c for c in sorted(self.rows[0], key=len, reverse=True) if plain.startswith(c))
        known = self.labels(column)
        return np.where(known == "", np.nan, (known == plain.removeprefix(column)).astype(float))

    def _condition(self, test: str, answer: str) -> Floats:
        column, sign, bound = test.split(" ")
        value = self.numbers(column)
        held = value >= float(bound) if sign == ">=" else value == float(bound)
        return np.where(np.isnan(value), np.nan, (held == (answer == "TRUE")).astype(float))

    def domains(self, *names: str) -> dict[str, npt.NDArray[np.bool_]]:
        """The rows of every combination of categories, named as R names them: `E`, `E.No`."""
        columns = [self.labels(name) for name in names]
        categories = [sorted({label for label in column if label}) for column in columns]
        return {
            ".".join(parts): np.all([c == p for c, p in zip(columns, parts, strict=True)], axis=0)
            for parts in itertools.product(*categories)
        }


@dataclass
class Comparison:
    """What was compared, and where it differed."""

    compared: int = 0
    differ: list[str] = field(default_factory=list)

    def same(self, place: str, got: float, want: float | None, size: float = 0.0, rel: float = SAME) -> None:
        """Compare one figure; `size` is that of the estimate it belongs to."""
        self.compared += 1
        if want is None:
            return
        if not math.isclose(got, want, rel_tol=rel, abs_tol=NOISE * abs(size)):
            self.differ.append(f"{place}: {got!r} is not R's {want!r}")

    def figure(self, place: str, figure: Linearised, golden: Mapping[str, Any]) -> None:
        """An estimate with its error and both intervals."""
        size = golden["est"]
        self.same(f"{place} est", float(figure.value[0]), size)
        self.same(f"{place} se", float(figure.se[0]), golden["se"], size)
        for name, degrees in (("ci95_normal", math.inf), ("ci95_t", golden.get("df"))):
            if golden.get(name) and golden[name][0] is not None and degrees is not None:
                for bound, want in zip(figure.interval(degrees=degrees), golden[name], strict=True):
                    self.same(f"{place} {name}", float(bound[0]), want, size)


@dataclass(frozen=True)
class Held:
    """A design and its data, and the comparison that grows.

    keeps_missing: whether R counted rows without a place in a table among its rows and degrees of freedom.
    """

    design: Design
    data: Columns
    to: Comparison
    keeps_missing: bool = False

    def figures(self, place: str, kind: Kind, golden: Mapping[str, Any]) -> None:
        """Totals or means, one an outcome, with the design effect where R gave it."""
        for name, want in golden.items():
            y = self.data.outcome(name)
            figure = kind(self.design, y)
            self.to.figure(f"{place} {name}", figure, want)
            if "deff" in want:
                effect = linearised.total_effect if kind is linearised.total else linearised.design_effect
                self.to.same(f"{place} {name} deff", float(effect(self.design, y)[0]), want["deff"], 1.0)

    def by(self, place: str, kind: Kind, factors: Sequence[str], golden: Mapping[str, Any], y: str) -> None:
        """Domains; `y` is the outcome where R's keys do not name one."""
        domains = self.data.domains(*factors)
        for want in golden["flat"]:
            domain, _, outcome = want["key"].partition(":")
            if want["est"] is None:
                continue
            figure = kind(self.design.only(domains[domain]), self.data.outcome(outcome or y))
            t = {"ci95_normal": [want["lo_norm"], want["hi_norm"]], "ci95_t": [want["lo_t"], want["hi_t"]]}
            self.to.figure(f"{place} {want['key']}", figure, {**want, **t, "df": golden["df"]})

    def intervals(self, place: str, y: Floats, golden: Mapping[str, Any]) -> None:
        """The interval of one proportion by every method."""
        for name, want in golden.items():
            if name in NOT_SUPPORTED or want["est"] is None:
                continue
            share = proportions.proportion(self.design, y)
            self.to.same(f"{place} {name} est", share.value, want["est"])
            self.to.same(f"{place} {name} df", share.degrees, want["df_used"])
            found = proportions.interval(share, INTERVALS[name])
            for bound, r in zip(found, want["ci95"], strict=True):
                self.to.same(f"{place} {name}", bound, r)

    def quantiles(self, place: str, y: str, golden: Mapping[str, Any]) -> None:
        """Quantiles by every definition, with their intervals."""
        for rule, of in golden.items():
            for want in () if rule in NOT_SUPPORTED else of[y]:
                found = quantiles.quantile(self.design, self.data.numbers(y), want["p"], RULES[rule])
                for name, got in (
                    ("est", found.value),
                    ("lo", found.low),
                    ("hi", found.high),
                    ("se", found.se),
                ):
                    self.to.same(f"{place} {rule} {want['p']} {name}", got, want[name])

    def independence(self, place: str, sides: tuple[str, str], golden: Mapping[str, Any]) -> None:
        """Four tests of a table, and the table."""
        found = self.table(*sides)
        for name, want in golden.items():
            if name in TESTS:
                of = Tested(self.to, f"{place} {name}", found, TESTS[name])
                of.compare(want, keeps_missing=self.keeps_missing)
        for cell in golden["table_weighted"]:
            here = np.all([self.data.labels(side) == cell[side] for side in sides], axis=0)
            got = float((self.design.counted * here).sum())
            self.to.same(f"{place} {cell}", got, cell["Freq"])

    def table(self, rows: str, columns: str) -> contingency.Table:
        """The two-way table of two columns."""
        sides = []
        for name in (rows, columns):
            known = self.data.labels(name)
            sides.append(linearised.indicators(known, sorted({label for label in known if label})))
        return contingency.table(self.design, *sides)

    def difference(self, y: str, factor: str, signs: Mapping[str, float]) -> Linearised:
        """A contrast of two domains' means."""
        domains = self.data.domains(factor)
        parts = [linearised.mean(self.design.only(domains[name]), self.data.numbers(y)) for name in signs]
        return linearised.together(parts).contrast([list(signs.values())])


@dataclass(frozen=True)
class Tested:
    """One test of one table beside R's."""

    to: Comparison
    place: str
    table: contingency.Table
    statistic: contingency.Statistic

    def compare(self, want: Mapping[str, Any], *, keeps_missing: bool) -> None:
        """R scales X² to all rows where it keeps those that are missing; p does not depend on that."""
        whole = replace(self.table.design, inside=None)
        got = contingency.independence(self.table, self.statistic, whole.degrees if keeps_missing else None)
        scale = len(self.table.rows) / (self.table.design.counted > 0).sum() if keeps_missing else 1.0
        statistic = got.statistic * (scale if self.statistic == "chisq" else 1.0)
        self.to.same(f"{self.place} statistic", statistic, float(np.ravel(want["statistic"])[0]))
        for mine, r in zip(got.degrees, np.ravel(want["parameter"]), strict=True):
            self.to.same(f"{self.place} parameter", mine, float(r))
        self.to.same(f"{self.place} p", got.p, want["p_value"])


def read_golden(folder: Path, name: str) -> dict[str, Any]:
    """One of the files of R's figures."""
    found: dict[str, Any] = json.loads((folder / "golden" / name).read_text(encoding="utf-8"))
    return found


def numbers_in(entry: object, skipped: set[str]) -> Iterator[float]:
    """Every number of an entry, but of what is skipped: how many there are to compare."""
    if isinstance(entry, Mapping):
        for key, value in entry.items():
            if key not in skipped:
                yield from numbers_in(value, skipped)
    elif isinstance(entry, list):
        for value in entry:
            yield from numbers_in(value, skipped)
    elif isinstance(entry, float | int) and not isinstance(entry, bool):
        yield float(entry)
