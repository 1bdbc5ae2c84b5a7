"""Answers into the survey service: over HTTP, by import, and what analysing a round of them takes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import yaml

from deploy.demo.generator import ANSWERS, demo_answers, demo_mapping
from shared.cli.client import Services
from shared.cli.data import send_file
from shared.cli.settling import settle
from tests.bench import load

ROUND = "lappi-2026"
RELEASE_SECONDS = 60.0


def seconds_of_analysis(services: Services) -> float:
    """From the report of the demonstration's import to its first release, which follows by itself.

    Raises:
        RuntimeError: it did not follow in time.
    """
    _import(services, ROUND, ANSWERS)
    started = time.perf_counter()
    while not any(row["round"] == ROUND for row in services.get("survey", "/admin/api/releases")):
        if time.perf_counter() - started > RELEASE_SECONDS:
            raise RuntimeError(f"no release within {RELEASE_SECONDS:.0f} s")
        time.sleep(0.05)
    took = time.perf_counter() - started
    settle(services)
    return took


def accepted_per_second(services: Services, count: int) -> float:
    """Answers over HTTP into the open round, on 32 connections of another process; all must be accepted."""
    url = f"{services.stack.urls['survey']}/api/rounds/{ROUND}/answers"
    argv = [sys.executable, "-m", "tests.bench.load", url, str(count)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, timeout=load.SECONDS + 30, check=True)
    settle(services)
    return count / float(json.loads(done.stdout)["seconds"])


def imported_per_second(services: Services, count: int) -> float:
    """Answers of one file into a round of its own, from sending it to the report."""
    return count / _import(services, "bench-import", count)


def _import(services: Services, code: str, count: int) -> float:
    mapping: dict[str, Any] = demo_mapping(datetime.now(UTC).date())
    mapping["round"]["round"] = code
    files = (f"{code}.csv", _rows(count)), (f"{code}.yaml", yaml.safe_dump(mapping).encode())
    started = time.perf_counter()
    report = send_file(services, *files)
    took = time.perf_counter() - started
    if report["kept"] != count:
        raise RuntimeError(f"of {count} answers {report['kept']} were kept")
    return took


def _rows(count: int) -> bytes:
    """The generator's answers, repeated until there are `count`."""
    header, *rows = demo_answers().splitlines(keepends=True)
    return header + b"".join((rows * (count // len(rows) + 1))[:count])
