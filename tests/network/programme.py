"""One run: every cell of the table, those of a whole stack and those of a broker of three nodes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.embedded import Plan, own_stack
from shared.migrations import upgrade
from tests.cluster.ring import make_ring
from tests.network import links, nodes
from tests.network.cells import NODES, Cell, Result, in_order_of
from tests.network.links import Say


@dataclass(frozen=True)
class Report:
    """What came of all cells."""

    seed: int
    results: Sequence[Result]
    seconds: float

    def as_line(self) -> dict[str, Any]:
        """The sums as one JSON object."""
        return {
            "cells": len(self.results),
            "accepted": sum(one.accepted for one in self.results),
            "lost": max((one.lost for one in self.results), default=0),
            "doubled": max((one.doubled for one in self.results), default=0),
            "violations": sum(len(one.violations) for one in self.results),
            "longest_recovery": round(max((one.recovery for one in self.results), default=0.0), 1),
            "seconds": round(self.seconds, 1),
        }


async def run(seed: int, cells: Sequence[Cell], folder: Path, say: Say = lambda _: None) -> Report:
    """Have every link suffer, in an order that the seed decides; `folder` is empty."""
    began = time.monotonic()
    drawn, results = in_order_of(seed, cells), list[Result]()
    whole = [cell for cell in drawn if cell.link != NODES]
    between = [cell for cell in drawn if cell.link == NODES]
    if whole:
        async with links.links(folder, seed) as here:
            results += await links.suffer_all(whole, here, say)
    if between:
        results += await _between(between, folder, say)
    order = {(cell.link, cell.how): place for place, cell in enumerate(cells)}
    results.sort(key=lambda one: order[one.link, one.fault])
    return Report(seed, results, time.monotonic() - began)


async def _between(cells: Sequence[Cell], folder: Path, say: Say) -> list[Result]:
    """The cells of the nodes, with databases of their own."""
    with own_stack(Plan(folder / "home", services=(), any_port=True, durable=False)) as stack:

        async def database(service: str) -> str:
            url = stack.database_url(service)
            await upgrade(url, service)
            return url

        async with nodes.nodes(make_ring(stack.home / "ring"), database) as here:
            return await nodes.suffer_all(cells, here, say)
