"""All that partners are promised, tried at once: `python -m tests.partners.suite`; the last line is JSON.

A hostile partner over NATS, webhooks of which a fifth hangs or fails, every example as it is written, and
the examples before the check of consumers. Exit code 1 when anything is not as promised.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.sandbox.trying import Trial, try_consumer
from tests.examples.region import campaign_only, free_port
from tests.examples.running import EXAMPLES, FOLDER, INTERPRETERS, stage_on
from tests.partners import programme, webhooks
from tests.partners.scene import own_broker
from tests.partners.webhooks import Load

PROMISED_MS = 2000
CONSUMERS = ("read.py", "read.mjs", "webhook.py", "webhook.mjs")


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say what is done and how long it took."""
    began = time.monotonic()
    yield
    print(f"{what:<60}{time.monotonic() - began:>7.1f} s", flush=True)


async def succeeds(name: str, act: Callable[[], Awaitable[None]]) -> bool:
    """Whether an example runs; if not, the reason is printed."""
    try:
        await act()
    except Exception:  # noqa: BLE001 - whatever it is, the others are tried as well
        traceback.print_exc()
        print(f"failed: {name}", flush=True)
        return False
    return True


async def run_examples() -> dict[str, bool]:
    """Every example on a stack of the campaign, as it is written."""
    with campaign_only() as stack, TemporaryDirectory() as folder:
        async with stage_on(stack, Path(folder)) as stage:
            return {
                name: await succeeds(name, lambda name=name, run=run: run(stage, name))  # type: ignore[misc]
                for name, run in EXAMPLES.items()
            }


async def broken_rules(name: str) -> list[str]:
    """The rules of the check that an example breaks."""
    with TemporaryDirectory() as folder:
        port, program = str(free_port()), FOLDER / name
        by_webhook = program.stem == "webhook"
        words = (port, "{secret}") if by_webhook else ("{url}", "{key}")
        command = (*INTERPRETERS[program.suffix], str(program), *words)
        address = f"http://127.0.0.1:{port}/" if by_webhook else ""
        trial = Trial(f"{folder}/state.json", command, address, folder=Path(folder))
        return [f"{name}: {one.sentence}" for one in await try_consumer(trial, lambda _: None) if one.fault]


def run(load: Load) -> dict[str, Any]:
    """Everything, one after the other."""
    with told("a hostile partner"), own_broker() as stack:
        through = asyncio.run(programme.try_all(stack))
    with told(f"{load.endpoints} webhooks, {load.sick} of them sick"):
        measured = webhooks.measure(load)
    with told("examples"):
        examples = asyncio.run(run_examples())
    with told("the check of consumers"):
        broken = [line for name in CONSUMERS for line in asyncio.run(broken_rules(name))]
    for line in (*(f"came through: {name}" for name in through), *broken):
        print(line)
    return {
        "attempts": len(programme.ATTEMPTS),
        "succeeded": len(through),
        "webhook_p99_ms": measured["webhook_p99_ms"],
        "webhook_missing": measured["expected"] - measured["arrived"],
        "examples": sum(examples.values()),
        "examples_failed": [name for name, good in examples.items() if not good],
        "rules_broken": len(broken),
    }


def is_good(found: dict[str, Any]) -> bool:
    """Whether all that was promised is kept."""
    bad = ("succeeded", "webhook_missing", "examples_failed", "rules_broken")
    return not any(found[name] for name in bad) and found["webhook_p99_ms"] <= PROMISED_MS


def main() -> int:
    """Run, print, and say by the exit code whether everything is as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=Load.endpoints)
    parser.add_argument("--events", type=int, default=Load.events)
    asked = parser.parse_args()
    found = run(Load(asked.endpoints, asked.events))
    print(json.dumps(found))
    return 0 if is_good(found) else 1


if __name__ == "__main__":
    sys.exit(main())
