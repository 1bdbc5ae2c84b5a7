"""A test that a machine cannot run says so, and fails where it is required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARKED = "".join(
    f"@pytest.mark.{marker}\ndef test_{marker}() -> None:\n    pass\n"
    for marker in ("browser", "prometheus", "reference")
)
SENTENCES = (
    "no chromium on this machine: apt-get install chromium",
    "no prometheus here: apt-get install prometheus",
    "LATU_REFERENCE_DATA names no folder with the reference data",
)


def told(folder: Path, required: str) -> str:
    """What pytest tells of marked tests on a machine that has nothing."""
    (folder / "test_it.py").write_text(f"import pytest\n{MARKED}")
    environment = {**os.environ, "PATH": "", "LATU_REQUIRE": required, "PYTHONPATH": str(ROOT)}
    environment.pop("LATU_REFERENCE_DATA", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", ROOT / "pyproject.toml", folder],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_what_is_missing_is_skipped_and_said(tmp_path: Path) -> None:
    output = told(tmp_path, required="")
    assert "3 skipped" in output.splitlines()[-1]
    assert all(sentence in output for sentence in SENTENCES)


def test_what_is_missing_fails_where_it_is_required(tmp_path: Path) -> None:
    output = told(tmp_path, required="chromium,prometheus,reference")
    assert "skipped" not in output.splitlines()[-1]
    assert all(f"{sentence} (LATU_REQUIRE asks for it)" in output for sentence in SENTENCES)
