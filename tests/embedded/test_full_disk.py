"""A broker whose disk was full takes messages again by itself once there is room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.plan import ROOT
from tests.embedded.full_disk import NO_MOUNTS


@pytest.mark.system
@pytest.mark.parametrize("fate", ["left", "killed"])
def test_a_broker_takes_messages_again_once_its_disk_has_room(fate: str, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.embedded.full_disk", str(tmp_path), fate]
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    if ended.returncode == NO_MOUNTS:
        pytest.skip("a small disk needs root")
    assert ended.returncode == 0, ended.stderr
