"""Data folders to start from: an empty one, and a copy of one that was started before."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded import Plan, Stack, find_stack, own_stack, stop_stack
from tests.conftest import quick_folder
from tests.embedded.given import SMALL


@pytest.fixture(scope="session")
def seed() -> Iterator[Path]:
    """A data folder that was started and stopped once: to copy it is quicker than to make it."""
    with quick_folder() as folder:
        home = folder / "home"
        with own_stack(Plan(home, any_port=True, **SMALL)):
            pass
        yield home


@pytest.fixture
def empty() -> Iterator[Path]:
    """A data folder that is not there yet, where every user can get to."""
    with quick_folder() as folder:
        folder.chmod(0o711)
        yield folder / "home"
        _stop(folder / "home")


@pytest.fixture
def used(seed: Path, empty: Path) -> Path:
    """A data folder that was used before and stopped in order."""
    shutil.copytree(seed, empty)
    return empty


@pytest.fixture
def pids() -> Callable[[Stack], dict[str, int]]:
    """The process numbers of a stack, by name."""
    return lambda stack: {entry["name"]: entry["pid"] for entry in stack.status["processes"]}


def _stop(home: Path) -> None:
    if find_stack(home, ready=False):
        stop_stack(home)
