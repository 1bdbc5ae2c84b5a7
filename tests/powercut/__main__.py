"""`make powercut`: cut the power of brokers and databases, and look what is left; the last line is JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded import Plan, own_stack
from shared.db import now_in_utc
from shared.migrations import upgrade
from tests.powercut import record
from tests.powercut.disk import CannotCut, check_means, enter_own_namespace
from tests.powercut.machines import SERVICE
from tests.powercut.programme import ALL, MAKERS, SHORT, Cut, Report, Series, run
from tests.powercut.work import Place

DOES_NOT_HOLD, CANNOT, INTERRUPTED = 1, 3, 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make powercut",
        description=__doc__,
        epilog=f"Exit codes: 0 nothing was lost, {DOES_NOT_HOLD} something was, or a control lost nothing, "
        f"{CANNOT} this machine does not let us cut the power of a disk.",
    )
    parser.add_argument("--seed", type=int, default=1, help="what the moments of the cuts are drawn from")
    parser.add_argument("--short", action="store_true", help="one cut of a broker and its control")
    parser.add_argument("--only", default="", help="only the series in whose name this is, such as `three`")
    parser.add_argument("--record", action="store_true", help="keep the figures and show them in the docs")
    asked = parser.parse_args()
    asked.series = [one for one in (SHORT if asked.short else ALL) if asked.only in one.name]
    if not asked.series:
        parser.error(f"no series has {asked.only} in its name: there are {', '.join(MAKERS)}")
    return asked


@contextmanager
def _place() -> Iterator[tuple[Path, Place]]:
    """A folder for the disks, and the database and broker that keep their power."""
    with tempfile.TemporaryDirectory(prefix="latu-") as folder:
        home = Path(folder)
        plan = Plan(home / "elsewhere", services=(), any_port=True, durable=False)
        with own_stack(plan) as stack:
            url = stack.database_url(SERVICE)
            asyncio.run(upgrade(url, SERVICE))
            yield home, Place(url, stack.nats_url)


def _end(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)  # ended like this all is taken away again, as after Ctrl-C


def _run(chosen: Sequence[Series], seed: int) -> list[Cut]:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _end)
    logging.disable(logging.ERROR)  # what is said of lost connections is no news here
    with _place() as (folder, elsewhere):
        return asyncio.run(run(chosen, elsewhere, folder, seed, lambda line: print(line, flush=True)))


def main() -> int:
    """Run and say what came of it."""
    asked = _arguments()
    began = time.monotonic()
    try:
        check_means()
        enter_own_namespace()
        report = Report(_run(asked.series, asked.seed), time.monotonic() - began)
    except CannotCut as reason:
        print(reason, file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        print("Interrupted: disks, servers and files are taken away.", file=sys.stderr)
        return INTERRUPTED
    if asked.record:
        record.write(report, asked.seed, now_in_utc().date())
    for sentence in report.troubles:
        print(sentence)
    print(json.dumps(report.as_line()))
    return DOES_NOT_HOLD if report.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
