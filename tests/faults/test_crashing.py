"""Crash points: armed ones kill once, and they are where the code still is."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.plan import ROOT
from tests.faults.crashing import ACKS, COMMITS, POINTS, arm, caller, disarm

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


def test_there_are_points_on_both_sides_of_everything() -> None:
    assert len(set(POINTS)) == len(POINTS) >= 20
    assert {point.split()[0] for point in POINTS} == {"before", "after"}


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
