"""`make attack`: play many made-up rounds and attack each with linear programs over all its releases."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.attack.attacker import attack
from tests.attack.rounds import make_up


def one(seed: int, *, most: int, exact: bool) -> tuple[int, list[str], int]:
    """The seed, what was broken, programs solved."""
    broken, programs = attack(make_up(seed), seed, most=most, exact=exact)
    said = [
        f"{b.item} of {len(b.people)}: {b.left:.2f}{' weighted' if b.weighted else ''} {[(p.unit, p.answers) for p in b.people]}"
        for b in broken
    ]
    return seed, said, programs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--most", type=int, default=2000, help="groups of each question")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--exact", action="store_true", help="as if figures were not rounded")
    asked = parser.parse_args()
    begun, broken, programs = time.monotonic(), Counter[int](), 0
    work = partial(one, most=asked.most, exact=asked.exact)
    seeds = range(asked.first, asked.first + asked.seeds)
    with ProcessPoolExecutor(asked.processes) as pool:
        for done, (seed, found, solved) in enumerate(pool.map(work, seeds), 1):
            programs += solved
            broken[seed] += len(found)
            for said in found[:3]:
                print(f"seed {seed}: {said}")
            spent = time.monotonic() - begun
            print(f"{done} of {len(seeds)}, {spent:.0f} s", end="\r", file=sys.stderr)
    rounds = sum(1 for count in broken.values() if count)
    print(
        json.dumps(
            {
                "rounds": asked.seeds,
                "broken_rounds": rounds,
                "broken_groups": broken.total(),
                "programs": programs,
            }
        )
    )


if __name__ == "__main__":
    main()
