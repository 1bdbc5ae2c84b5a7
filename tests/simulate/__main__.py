"""`make simulate`: how often judging errs in worlds whose truth is known, beside other ways to judge."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from tests.simulate.families import SIZES, Job, jobs, run
from tests.simulate.page import record
from tests.simulate.report import required, summary
from tests.simulate.scores import Sums


def simulate(work: Iterable[Job], processes: int) -> dict[str, Sums]:
    """The sums of every family and size, by name; progress goes to standard error."""
    todo, sums, begun = list(work), defaultdict[str, Sums](Sums), time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        for done, (job, counted) in enumerate(zip(todo, pool.map(run, todo, chunksize=4), strict=True), 1):
            sums[job.name].update(counted)
            if done % 20 == 0 or done == len(todo):
                _tell(done, len(todo), time.monotonic() - begun)
    return dict(sums)


def _tell(done: int, all_: int, spent: float) -> None:
    left = spent / done * (all_ - done)
    print(f"{done} of {all_} worlds, {spent:.0f} s, about {left:.0f} s left", file=sys.stderr)


def main() -> None:
    """Simulate, and keep the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000, help="worlds with every claim false, by size")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--size", type=int, action="append", help="organisations; again for more sizes")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="write what comes of it into docs/evidence.md")
    asked = parser.parse_args()
    sums = simulate(jobs(asked.worlds, asked.seed, tuple(asked.size or SIZES)), asked.processes)
    if asked.write:
        record(sums)
    for one in required(sums):
        bound = f"at {'most' if one.at_most else 'least'} {one.bound:g}"
        print(f"{'holds' if one.holds else 'FAILS'}  {one.what}: {one.figure:.4f}, required {bound}")
    print(json.dumps(summary(sums)))


if __name__ == "__main__":
    main()
