"""`make alerts-test`: make each kind of fault on a whole stack and wait for its alerts; the last line is JSON.

All durations of the rules are divided by the same number. Root may make small disks, which get full; others
have a broker that reached its limit. Ends with 1 where an alert did not come or came without a reason.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from tests.alerts.faults import ALL, DISK_FULL, NODE_KILLED
from tests.alerts.programme import Seen, run
from tests.conftest import quick_folder
from tests.faults.disks import own_mounts
from tests.faults.surroundings import Full, Surroundings


async def _run(disks: bool, only: str) -> list[Seen]:
    full = Full.DISKS if disks else Full.LIMIT
    acts = (
        (Surroundings(skew=0.0, full=full), (*ALL, DISK_FULL) if disks else ALL),
        (Surroundings(skew=0.0, nodes=3), (NODE_KILLED,)),
    )
    seen = list[Seen]()
    for around, kinds in acts:
        if faults := [one for one in kinds if only in one.name]:
            with quick_folder() as folder:
                seen += await run(Path(folder), faults, around, lambda line: print(line, flush=True))
    return seen


def main() -> int:
    """Run them all, or those that are asked for."""
    parser = argparse.ArgumentParser(prog="make alerts-test")
    parser.add_argument("--only", default="", help="a word in the names of the faults to make, such as disk")
    asked = parser.parse_args()
    disks = own_mounts()
    if not disks:
        print(f"Not root: '{DISK_FULL.name}' is left out, and the broker's disk is a limit of its own.")
    seen = asyncio.run(_run(disks, asked.only))
    counts = {
        "faults": len(seen),
        "alerts": sum(len(one.after) for one in seen),
        "missing": sum(len(one.missing) for one in seen),
        "wrong": sum(len(one.wrong) for one in seen),
    }
    print(json.dumps(counts))
    return 1 if counts["missing"] or counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
