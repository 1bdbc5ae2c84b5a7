"""`make network-faults`: every link under every fault of a network, one at a time; the last line is JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys

from shared.db import now_in_utc
from tests.conftest import quick_folder
from tests.faults.torment import SPOILT
from tests.network import record
from tests.network.cells import ALL, NAMES
from tests.network.programme import Report, run


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make network-faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what the order of the cells is drawn from")
    parser.add_argument("--link", choices=list(NAMES), help="only this link")
    parser.add_argument("--fault", choices=list(SPOILT), help="only this fault")
    parser.add_argument("--record", action="store_true", help="keep the figures and show them in the docs")
    asked = parser.parse_args()
    if asked.record and (asked.link or asked.fault):
        parser.error("only a whole run is recorded")
    return asked


async def _run(asked: argparse.Namespace) -> Report:
    cells = [c for c in ALL if asked.link in (None, c.link) and asked.fault in (None, c.how)]
    with quick_folder() as folder:
        return await run(asked.seed, cells, folder, lambda sentence: print(sentence, flush=True))


def main() -> int:
    """Run and say what came of it; the exit code is 1 where anything did not hold."""
    asked = _arguments()
    logging.disable(logging.ERROR)  # what is said of lost connections is no news here
    report = asyncio.run(_run(asked))
    if asked.record:
        record.write(report, now_in_utc().date())
    print(json.dumps(report.as_line()))
    return 1 if any(result.violations for result in report.results) else 0


if __name__ == "__main__":
    sys.exit(main())
