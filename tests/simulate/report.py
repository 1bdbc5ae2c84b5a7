"""What a run of the simulation says: figures, what was required of them, tables and plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.simulate.asked import EFFECTS
from tests.simulate.families import FAMILIES

Sums = Mapping[str, float]
Run = Mapping[str, Sums]  # by `family size`

CLASSES = ("symmetric", "ceiling", "binary", "extreme")
_OFTEN = ("whole", "part")
_FALSE = (*_OFTEN, "usual")
_MIXED = ("mixed", "usual_mixed")


@dataclass(frozen=True)
class Required:
    """One thing that was required: at most (or at least) so much."""

    what: str
    figure: float
    bound: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.figure <= self.bound if self.at_most else self.figure >= self.bound


def summary(run: Run) -> dict[str, float]:
    """The figures that are printed last; worlds are those of many looks in which every claim is false."""
    return {
        "worlds": int(_total(run, _OFTEN, "worlds")),
        "false_worlds": int(_total(run, _OFTEN, "product/false_worlds")),
        "naive_false_worlds": int(_total(run, _OFTEN, "naive/false_worlds")),
        "fdp_mixed": round(_rate(run, _MIXED, "product/fdp"), 4),
        "coverage": round(covered(run, _FALSE, "coverage/"), 4),
        "power_ratio": round(_power(run, _MIXED, "product") / _power(run, _MIXED, "close"), 4),
    }


def required(run: Run) -> list[Required]:
    """Everything that was required, with what came of it."""
    found = [
        Required(
            f"worlds with a false finding, {name}", sums["product/false_worlds"] / sums["worlds"], 0.05, True
        )
        for name, sums in run.items()
        if name.split()[0] in _FALSE
    ]
    found += [
        Required(f"false among the findings, {name}", sums["product/fdp"] / sums["worlds"], 0.05, True)
        for name, sums in run.items()
        if name.split()[0] in _MIXED
    ]
    figures = summary(run)
    found.append(Required("mean coverage", figures["coverage"], 0.945))
    found += [Required(f"coverage, {c}", covered(run, _FALSE, "coverage/", f"/{c}"), 0.935) for c in CLASSES]
    found.append(
        Required("coverage where part of a staff answers", covered(run, ("part",), "coverage/"), 0.94)
    )
    found.append(Required("power against one look at the close", figures["power_ratio"], 0.95))
    return found


def covered(run: Run, families: Sequence[str], begin: str, end: str = "") -> float:
    """How often intervals held, of those whose name begins and ends so."""
    held = told = 0.0
    for name, sums in run.items():
        if name.split()[0] in families:
            held += sum(v for k, v in sums.items() if k.startswith(begin) and k.endswith(f"{end}/held"))
            told += sum(v for k, v in sums.items() if k.startswith(begin) and k.endswith(f"{end}/told"))
    return held / told if told else float("nan")


def _total(run: Run, families: Sequence[str], key: str) -> float:
    return sum(sums.get(key, 0) for name, sums in run.items() if name.split()[0] in families)


def _rate(run: Run, families: Sequence[str], key: str) -> float:
    return _total(run, families, key) / max(_total(run, families, "worlds"), 1)


def _power(run: Run, families: Sequence[str], way: str) -> float:
    """How many true claims were found."""
    return sum(_total(run, families, f"power/{what}/{e}/{way}") for what in _CLAIMS for e in EFFECTS)


_CLAIMS = {"region": "region", "segment": "segment", "gap": "segment against the rest"}
_SHORT = {
    "product": "Latu",
    "close": "BH at close",
    "obrien": "O'Brien–Fleming",
    "sequence": "e-values",
    "naive_bh": "R's errors, BH",
    "naive": "R's intervals",
}


def tables(run: Run) -> str:
    """Everything as tables in Markdown."""
    parts = [_requirements(run), _false(run), _mixed(run), _powers(run), _coverages(run), _drifts(run)]
    return "\n\n".join(parts)


def _requirements(run: Run) -> str:
    body = [
        (r.what, f"{r.figure:.4f}", f"{'≤' if r.at_most else '≥'} {r.bound}", "yes" if r.holds else "**no**")
        for r in required(run)
    ]
    return _table(("required", "found", "bound", "holds"), body)


def _false(run: Run) -> str:
    body = [
        (FAMILIES[name.split()[0]].says, name.split()[1], f"{s['worlds']:.0f}", *_each(s, "false_worlds"))
        for name, s in _of(run, (*_FALSE, "hurried"))
    ]
    return "Share of worlds in which anything false was confirmed:\n\n" + _table(
        ("worlds", "N", "number", *_SHORT.values()), body
    )


def _mixed(run: Run) -> str:
    body = [
        (FAMILIES[name.split()[0]].says, name.split()[1], f"{s['worlds']:.0f}", *_each(s, "fdp"))
        for name, s in _of(run, _MIXED)
    ]
    return "Mean share of false ones among all that was ever confirmed:\n\n" + _table(
        ("worlds", "N", "number", *_SHORT.values()), body
    )


def _powers(run: Run) -> str:
    body = [
        (name, _CLAIMS[what], f"{effect}", f"{s[f'power/{what}/{effect}/all']:.0f}", *_found(s, what, effect))
        for name, s in _of(run, _MIXED)
        for what in _CLAIMS
        for effect in EFFECTS
        if s.get(f"power/{what}/{effect}/all", 0) >= 20
    ]
    head = ("worlds", "claim about", "effect (SD)", "true claims", *_SHORT.values())
    return "Share of the true claims that were confirmed:\n\n" + _table(head, body)


def _coverages(run: Run) -> str:
    body = [
        (name, what, *(f"{covered({name: s}, (name.split()[0],), begin, end):.3f}" for begin, end in ends))
        for name, s in _of(run, tuple(FAMILIES))
        for what, ends in _INTERVALS.items()
    ]
    head = ("worlds", "intervals", *CLASSES, "5–14 units", "15 and more", "all")
    return "How often intervals hold the truth:\n\n" + _table(head, body)


def _drifts(run: Run) -> str:
    body = [
        (
            FAMILIES[name.split()[0]].says,
            name.split()[1],
            *(f"{s[f'drift/{key}'] / s['worlds']:.3f}" for key in _DRIFTS),
        )
        for name, s in _of(run, ("part", "usual", "hurried"))
    ]
    return "Share of worlds with a question that drifts:\n\n" + _table(
        ("worlds", "N", *_DRIFTS.values()), body
    )


_DRIFTS = {"stopped": "stopped at any look", "doubted": "doubted at the close"}


def _ends_of(kind: str) -> tuple[tuple[str, str], ...]:
    each = tuple((f"coverage/{kind}/", f"/{c}") for c in CLASSES)
    return (*each, (f"coverage/{kind}/few", ""), (f"coverage/{kind}/enough", ""), (f"coverage/{kind}/", ""))


_INTERVALS = {"95 %, means and shares": _ends_of("mean"), "95 %, differences": _ends_of("gap")}


def _of(run: Run, families: Sequence[str]) -> Iterator[tuple[str, Sums]]:
    for family in families:
        yield from ((name, sums) for name, sums in run.items() if name.split()[0] == family)


def _each(sums: Sums, what: str) -> list[str]:
    return [f"{sums.get(f'{way}/{what}', 0) / sums['worlds']:.3f}" for way in _SHORT]


def _found(sums: Sums, what: str, effect: float) -> list[str]:
    begin = f"power/{what}/{effect}"
    return [f"{sums.get(f'{begin}/{way}', 0) / sums[f'{begin}/all']:.3f}" for way in _SHORT]


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    rules = ["---"] * len(head)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rules, *body))
