"""`docs/evidence.md`: the tables and plots of a recorded run, written into the page and beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.simulate.asked import EFFECTS
from tests.simulate.charts import Plot, lines, rows
from tests.simulate.report import CLASSES, Run, covered, tables

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "evidence.md"
RECORD = DOCS / "evidence" / "simulation.json"
_TABLES = re.compile(r"(?<=<!-- simulated -->\n).*?(?=<!-- end -->)", re.DOTALL)
_WATCHED = {"product": "Latu", "naive_bh": "R's errors, BH", "naive": "R's intervals"}
_ASKED = {"region": "region", "segment": "segment", "gap": "segment against the rest"}
_WAYS = {"product": "Latu", "close": "one look", "obrien": "O'Brien–Fleming", "sequence": "e-values"}


def record(run: Run) -> None:
    """Keep the sums of a run, and write what they say."""
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(run, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")
    for path, text in written(recorded()).items():
        path.write_text(text, encoding="utf-8")


def recorded() -> Run:
    """The run that the page tells of."""
    found: Run = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def written(run: Run) -> dict[Path, str]:
    """The page and its plots, by path, as they should be for a run."""
    page = _TABLES.sub(lambda _: f"\n{tables(run)}\n\n", PAGE.read_text(encoding="utf-8"))
    return {PAGE: page, **{RECORD.with_name(name): drawn for name, drawn in _plots(run)}}


def _plots(run: Run) -> Iterator[tuple[str, str]]:
    for size in (420, 150):
        plot = Plot(f"Worlds in which anything false was confirmed so far, N = {size}", 0, 1, 0.05)
        yield f"false-{size}.svg", lines(plot, _paths(run[f"part {size}"]), "organisations that answered")
    plot = Plot("How often 95 % intervals hold the truth", 0.9, 1, 0.95)
    yield "coverage.svg", rows(plot, dict(_coverage(run)))
    plot = Plot("Share of the true claims that were confirmed, 4 early looks", 0, 1, 1)
    yield "power.svg", rows(plot, dict(_power(run)))


def _paths(sums: Mapping[str, float]) -> dict[str, list[tuple[float, float]]]:
    found = {}
    for way, label in _WATCHED.items():
        begin = f"path/{way}/"
        last = max(int(key.removeprefix(begin)) for key in sums if key.startswith(begin))
        turnouts = range(40, last + 1, 5)
        found[label] = [(float(n), sums.get(f"{begin}{n}", 0) / sums["worlds"]) for n in turnouts]
    return found


def _coverage(run: Run) -> Iterator[tuple[str, dict[str, float]]]:
    for what, label in (("mean", "means and shares"), ("gap", "differences")):
        for kind in CLASSES:
            held = {
                f"N = {size}": covered(
                    {name: sums for name, sums in run.items() if name.endswith(f" {size}")},
                    ("whole", "part", "usual"),
                    f"coverage/{what}/",
                    f"/{kind}",
                )
                for size in (420, 150)
            }
            yield f"{label}, {kind}", held


def _power(run: Run) -> Iterator[tuple[str, dict[str, float]]]:
    sums = run["usual_mixed 420"]
    for what, label in _ASKED.items():
        for effect in EFFECTS:
            every = sums.get(f"power/{what}/{effect}/all", 0)
            if every >= 20:
                found = {way: sums[f"power/{what}/{effect}/{key}"] / every for key, way in _WAYS.items()}
                yield f"{label}, {effect} SD", found
