"""A cut takes exactly what was not synced, and whoever is killed leaves no mount behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

BEGINNING = """
import os, sys
from pathlib import Path
from tests.powercut.disk import CannotCut, Disk, check_means, enter_own_namespace
folder = Path(sys.argv[1])
try:
    check_means()
    enter_own_namespace()
    disk = Disk(folder / "image", folder / "mount")
    disk.__enter__()
except CannotCut as reason:
    sys.exit(f"cannot: {reason}")
"""
CUTTING = """
with (folder / "mount" / "synced").open("w") as file:
    file.write("kept"), file.flush(), os.fsync(file.fileno())
(folder / "mount" / "unsynced").write_text("lost")
disk.cut_power()
disk.unplug()
disk.plug_in()
print(sorted(path.name for path in (folder / "mount").iterdir()))
disk.__exit__()
print(sorted(path.name for path in folder.iterdir()))
"""
WAITING = """
print("mounted", flush=True)
sys.stdin.read()
"""


def begun(script: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BEGINNING + script, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def skip_where_refused(process: subprocess.Popen[str], told: str) -> None:
    if process.returncode and told.startswith("cannot: "):
        pytest.skip(told.strip())


def test_a_cut_takes_what_was_not_synced_and_only_that(tmp_path: Path) -> None:
    with begun(CUTTING, tmp_path) as process:
        said, told = process.communicate(timeout=60)
    skip_where_refused(process, told)
    assert said.splitlines() == ["['lost+found', 'synced']", "['mount']"], told


def test_who_is_killed_leaves_no_mount_and_no_loop_device(tmp_path: Path) -> None:
    with begun(WAITING, tmp_path) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "mounted\n":
            skip_where_refused(process, process.communicate(timeout=60)[1])
        assert str(tmp_path) in backing_files()
        assert str(tmp_path) not in Path("/proc/mounts").read_text()
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30.0
    while str(tmp_path) in backing_files():  # the kernel does it right after the end, in its own time
        assert time.monotonic() < deadline
        time.sleep(0.05)


def backing_files() -> str:
    found = Path("/sys/block").glob("loop*/loop/backing_file")
    return "".join(path.read_text() for path in found)
