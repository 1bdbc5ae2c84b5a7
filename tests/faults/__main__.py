"""`make faults`: run several seeds, for at most a quarter of an hour; the last line is JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from shared.db import now_in_utc
from tests.conftest import quick_folder
from tests.faults import record
from tests.faults.crashing import POINTS
from tests.faults.disks import own_mounts
from tests.faults.programme import Report, Scale, run
from tests.faults.surroundings import Full, of_seed

LONGEST_MINUTES = 14.9
# What a full run must come to: fewer seeds are a try, and may be less.
SEEDS = 3
LEAST_FAULTS, LEAST_ACCEPTED, LEAST_DEATHS = 200, 10_000, 2
NAMES = (
    "kills",
    "cuts",
    "spoilt",
    "clocks",
    "fills",
    "pauses",
    "points",
    "poison",
    "accepted",
    "refused",
    "lost",
    "events",
    "passed_over",
    "violations",
    "seconds",
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, help="how many seeds are run, one after the other"
    )
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument(
        "--answers", type=int, default=550, help="valid answers in each chapter but the first and last"
    )
    parser.add_argument("--pace", type=float, default=0.35, help="seconds between two torments, on average")
    parser.add_argument("--minutes", type=float, default=LONGEST_MINUTES, help="when it ends at the latest")
    parser.add_argument("--record", action="store_true", help="keep the figures and show them in the docs")
    parser.add_argument("--least", type=float, default=8.0, help="least seconds of torment in a chapter")
    return parser.parse_args()


async def _run_all(asked: argparse.Namespace, full: Full) -> list[Report]:
    usual = Scale(each=asked.answers, pace=asked.pace, least_seconds=asked.least)
    began, reports = time.monotonic(), list[Report]()
    for seed in range(asked.first, asked.first + asked.seeds):
        usually = mean(report.seconds for report in reports) if reports else 0.0
        left = 60 * asked.minutes - (time.monotonic() - began)
        if left < usually:
            print(f"seed {seed} and those after it are left out: the time is over")
            break
        report = await _run(seed, replace(usual, surroundings=of_seed(seed, full)), left)
        reports.append(report)
        for sentence in report.violations:
            print(f"  VIOLATION {sentence}", flush=True)
        print(json.dumps(report.as_line()), flush=True)
    return reports


async def _run(seed: int, scale: Scale, seconds: float) -> Report:
    try:
        with quick_folder() as folder:
            async with asyncio.timeout(seconds):
                return await run(seed, Path(folder), scale, lambda sentence: print(sentence, flush=True))
    except TimeoutError:
        return Report(seed, violations=["not over in time"], seconds=round(seconds, 1))


def shortfalls(reports: Sequence[Report], hits: Counter[str]) -> Iterator[str]:
    """In what a full run came to less than it must, in sentences."""
    faults = sum(one.kills + one.cuts + sum(one.points.values()) for one in reports)
    accepted = sum(report.accepted for report in reports)
    if len(reports) < SEEDS:
        yield f"{SEEDS - len(reports)} of {SEEDS} seeds were left out"
    if faults < LEAST_FAULTS:
        yield f"{faults} kills, cuts and deaths at crash points are fewer than {LEAST_FAULTS}"
    if accepted < LEAST_ACCEPTED:
        yield f"{accepted} accepted inputs are fewer than {LEAST_ACCEPTED}"
    for point in POINTS:
        if hits[point] < LEAST_DEATHS:
            yield f"{hits[point]} deaths {point} are fewer than {LEAST_DEATHS}"


def main() -> int:
    """Run and say what came of it; the exit code is 1 where anything did not hold, or a full run was none."""
    asked = _arguments()
    reports = asyncio.run(_run_all(asked, Full.DISKS if own_mounts() else Full.LIMIT))
    lines = [report.as_line() for report in reports]
    total = {"seed": f"{reports[0].seed}-{reports[-1].seed}"} if reports else {"seed": ""}
    hits = sum((Counter(report.points) for report in reports), Counter[str]())
    if asked.record:
        record.write(lines, hits, now_in_utc().date())
    short = list(shortfalls(reports, hits)) if asked.seeds >= SEEDS else []
    for sentence in short:
        print(f"  SHORT {sentence}")
    sums = {name: round(sum(float(line[name]) for line in lines), 1) for name in NAMES}
    print(json.dumps({**total, **sums}))
    return 1 if short or any(report.violations for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
