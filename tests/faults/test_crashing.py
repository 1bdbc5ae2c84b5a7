"""Crash points: armed ones kill once, and they are where the code still is."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.embedded.plan import ROOT
from tests.faults.crashing import ACKS, COMMITS, POINTS, WITHOUT, arm, caller, disarm
from tests.faults.torment import Torment

REACH = """
import sys
from pathlib import Path
from tests.faults.crashing import Crasher
Crasher(Path(sys.argv[1])).reach(sys.argv[2])
"""


def reach(folder: Path, point: str) -> int:
    done = subprocess.run([sys.executable, "-c", REACH, folder, point], cwd=ROOT, check=False)
    return done.returncode


def test_an_armed_point_kills_the_first_that_comes_and_nobody_else(tmp_path: Path) -> None:
    point, other = POINTS[:2]
    assert arm(tmp_path, point)
    assert not arm(tmp_path, point)
    assert [reach(tmp_path, one) for one in (other, point, point)] == [0, -9, 0]


def test_what_nobody_came_to_is_told_when_it_is_disarmed(tmp_path: Path) -> None:
    arm(tmp_path, POINTS[3])
    assert disarm(tmp_path) == [POINTS[3]]
    assert reach(tmp_path, POINTS[3]) == 0


def ends(*methods: str) -> set[str]:
    """The functions of code that runs in a service in which one of these methods is called, by module."""
    found = set()
    for place in (*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")):
        module = ".".join(place.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if module.startswith(("shared.cli", "shared.contract", "shared.schemas", "shared.migrations")):
            continue
        for node in ast.walk(ast.parse(place.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef) and methods_in(node) & set(methods):
                found.add(f"{module}.{node.name}")
    return found


def methods_in(function: ast.AsyncFunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}


def test_every_commit_and_acknowledgement_has_a_point_on_both_sides_or_a_reason_for_none() -> None:
    assert {point.split()[0] for point in POINTS} == {"before", "after"}
    commits, settled = ends("transaction", "begin", "commit"), ends("ack", "nak", "term", "ack_sync")
    commits -= {"shared.db.transaction", "shared.db._connected"}  # which all of them go through
    assert (commits - COMMITS.keys()) | (settled - ACKS.keys()) == WITHOUT.keys()
    assert COMMITS.keys() <= commits
    assert ACKS.keys() <= settled


def test_a_point_that_nobody_comes_to_keeps_no_other_from_its_turn(tmp_path: Path) -> None:
    torment = Torment(SimpleNamespace(points=tmp_path), None, random.Random(1), 0.0)  # type: ignore[arg-type]  # noqa: S311
    for _ in range(3 * len(POINTS)):
        asyncio.run(torment._arm())
        for point in POINTS[1:]:
            (tmp_path / point).unlink(missing_ok=True)  # somebody came there
    assert torment._armed[POINTS[0]] == 1
    assert min(torment._armed[point] for point in POINTS[1:]) >= 2


@pytest.mark.parametrize("name", [*COMMITS, *ACKS])
def test_the_function_that_a_point_belongs_to_exists(name: str) -> None:
    module, _, function = name.rpartition(".")
    source = inspect.getsource(importlib.import_module(module))
    assert f"async def {function}(" in source


def test_the_caller_is_the_nearest_that_is_known() -> None:
    here = f"{__name__}.inner"

    def inner() -> str:
        return caller(
            {here: "inner", f"{__name__}.{test_the_caller_is_the_nearest_that_is_known.__name__}": "x"}
        )

    assert inner() == "inner"
    assert caller({here: "inner"}) == ""
