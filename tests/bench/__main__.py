"""`make bench`: how fast Latu is, each figure beside the raw limit of this machine in the same run."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from deploy.embedded import Plan, own_stack
from shared.cli.client import of_stack
from tests.bench import machine
from tests.bench.rows import Row, measure_answers, measure_events

NOTE = "peer: the same events taken in by FastStream's own pull subscriber, a transaction an event, no inbox"


def measure(scale: float, *, durable: bool = True) -> list[Row]:
    """Everything, one after the other, on stacks of our own; `scale` shortens it.

    Figures mean something only where Latu and the raw limits wait for the disk: with `durable`.
    """
    with tempfile.TemporaryDirectory(prefix="latu-bench-") as folder:
        whole = Plan(Path(folder) / "whole", any_port=True, durable=durable)
        with own_stack(whole) as stack:
            rows = measure_answers(of_stack(stack, whole.home), scale)
        bare = Plan(Path(folder) / "bare", services=(), any_port=True, durable=durable)
        with own_stack(bare) as stack:
            rows += asyncio.run(measure_events(stack, scale))
    return rows


def show(rows: list[Row]) -> None:
    """A table for people; a ratio is Latu's figure divided by the one before it."""
    print(machine.describe())
    print(f"{'what':<46}{'Latu':>10}{'raw limit':>12}{'ratio':>8}{'peer':>10}{'ratio':>8}")
    for row in rows:
        raw = f"{row.raw:>12,.1f}{row.latu / row.raw:>8.2f}" if row.raw else ""
        peer = f"{row.peer:>10,.1f}{row.latu / row.peer:>8.2f}" if row.peer else ""
        print(f"{row.what:<46}{row.latu:>10,.1f}{raw}{peer}")
    print(NOTE)


def main() -> None:
    """Measure, show, and print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of the work: to see that it runs")
    rows = measure(0.1 if parser.parse_args().short else 1.0)
    show(rows)
    print(json.dumps({"machine": machine.describe(), "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
