"""The shortest run: the power of a lone broker is cut once, and once where it does not sync each message."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.powercut import __main__ as powercut
from tests.powercut.programme import Cut, Report


def test_a_cut_takes_nothing_that_was_acknowledged_but_takes_it_from_a_broker_with_the_default_sync() -> None:
    command = [sys.executable, "-m", "tests.powercut", "--short"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    if done.returncode == powercut.CANNOT:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    line = json.loads(done.stdout.splitlines()[-1])
    assert line["cuts"] == line["controls"] == 1
    assert line["acknowledged"] > 0
    assert line["control_lost"] > 0
    assert (line["lost"], line["phantoms"], line["unequal"], line["troubles"]) == (0, 0, 0, 0)


def test_who_is_not_root_is_told_so_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["powercut"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert powercut.main() == powercut.CANNOT
    said = capsys.readouterr()
    assert said.err.startswith("make powercut needs root")
    assert said.err.count("\n") == 1
    assert said.out == ""


def cut(control: bool = False, committed: int | None = None, lost: int = 0, phantoms: int = 0) -> Cut:
    return Cut("broker", control, committed, 40, lost, phantoms, None if control else 0)


def test_a_cut_holds_that_takes_nothing_and_a_control_that_does() -> None:
    report = Report([cut(), cut(committed=2), cut(control=True, lost=7)], 1.0)
    assert report.troubles == []
    assert report.as_line()["acknowledged"] == 82
    assert report.as_line()["control_lost"] == 7


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (cut(lost=1), "LOST"),
        (cut(phantoms=1), "LOST"),
        (Cut("broker", False, None, 40, 0, 0, 1), "LOST"),
        (Cut("broker", False, None, 0, 0, 0, 0), "EMPTY"),
        (cut(control=True), "BLIND"),
    ],
)
def test_what_is_lost_and_what_is_blind_does_not_hold(one: Cut, word: str) -> None:
    assert [sentence.split(":")[0] for sentence in Report([cut(), one], 1.0).troubles] == [word]
