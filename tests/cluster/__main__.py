"""`make cluster-faults`: kill, pause and cut off nodes of three while events flow; the last line is JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from deploy.embedded import Plan, Stack, own_stack
from shared.migrations import upgrade
from tests.cluster.programme import ALL, OWN_CUTS, Report, run
from tests.cluster.ring import make_ring
from tests.conftest import quick_folder


async def _run(seed: int, between: bool, stack: Stack) -> Report:
    async def database(service: str) -> str:
        url = stack.database_url(service)
        await upgrade(url, service)
        return url

    ring = make_ring(stack.home / "ring", between)
    faults = OWN_CUTS * 2 if between else ALL
    return await run(seed, ring, database, lambda sentence: print(sentence, flush=True), faults)


def main() -> int:
    """Run and say what came of it; the exit code is 1 where anything did not hold."""
    parser = argparse.ArgumentParser(prog="make cluster-faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what the order of the faults is drawn from")
    parser.add_argument(
        "--between",
        action="store_true",
        help="only cuts of the services' own nodes, and these from the other nodes only",
    )
    asked = parser.parse_args()
    with (
        quick_folder() as folder,
        own_stack(Plan(folder / "home", services=(), any_port=True, durable=False)) as stack,
    ):
        report = asyncio.run(_run(asked.seed, asked.between, stack))
    print(json.dumps(report.as_line()))
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
