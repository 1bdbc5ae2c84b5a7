"""`latu up`, `down` and `status`: clear sentences, exit codes, and never a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import find_stack
from deploy.embedded.home import open_home
from deploy.embedded.plan import ROOT
from tests.conftest import quick_folder

PROGRAM = [sys.executable, "-c", "import sys; sys.argv[0] = 'latu'; from shared.cli import main; main()"]


def latu(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, "LATU_HOME": str(home), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def ports() -> str:
    """Ports for everything, so that a stack that runs here already is not in the way."""
    found: dict[str, int] = {}
    for name in ("survey", "coaching", "model", "campaign", "nats", "monitor"):
        with socket.create_server(("127.0.0.1", 0)) as server:
            found[name] = server.getsockname()[1]
    return ",".join(f"{name}={port}" for name, port in found.items())


@pytest.fixture
def home() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder / "home"


def test_what_does_not_run_can_be_neither_shown_nor_stopped(tmp_path: Path) -> None:
    for command in ("status", "down"):
        done = latu(tmp_path, command)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.strip() == f"Latu is not running on the data folder {tmp_path}."
    assert json.loads(latu(tmp_path, "status", "--json").stdout)["running"] is False


def test_a_folder_that_cannot_be_used_is_one_sentence() -> None:
    done = latu(Path("/proc/latu"), "up")
    assert done.returncode == 4
    assert done.stderr.startswith("The data folder /proc/latu cannot be used")
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    done = latu(tmp_path, "up", "--port", "kitchen=80")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert latu(tmp_path, "up", LATU_MIN_FREE_MB="much").returncode == 2
    assert latu(tmp_path, "up", LATU_MIN_FREE_MB="999999999").returncode == 4


def test_a_named_port_that_is_busy_is_one_sentence(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = latu(home, "up", "--port", f"survey={port}")
    assert done.returncode == 5
    assert f"Port {port} for survey is taken by another program" in done.stderr


def test_every_command_has_help_and_the_exit_codes_are_told(tmp_path: Path) -> None:
    told = latu(tmp_path, "--help").stdout
    assert "3 Latu is not" in told
    for command in ("up", "down", "status"):
        assert command in told
        assert latu(tmp_path, command, "--help").returncode == 0
    assert latu(tmp_path, "fly").returncode == 2


def test_what_was_not_foreseen_is_one_sentence_and_kept_in_a_log(tmp_path: Path) -> None:
    open_home(tmp_path, 0)
    (tmp_path / "lock").unlink(missing_ok=True)
    (tmp_path / "lock").mkdir()
    done = latu(tmp_path, "status")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "not foreseen (IsADirectoryError)" in done.stderr
    kept = (tmp_path / "logs" / "command-line.log").read_text()
    assert kept.startswith("IsADirectoryError\n")
    assert "shared/cli/__init__.py" in kept
    assert "Is a directory" not in kept


@pytest.mark.system
def test_up_status_down(home: Path, ports: str) -> None:
    up = latu(home, "up", LATU_PORTS=ports)
    assert up.returncode == 0, up.stderr
    assert "Latu is up (start took" in up.stdout
    assert "already runs" in latu(home, "up", LATU_PORTS=ports).stdout
    status = json.loads(latu(home, "status", "--json").stdout)
    named = {row["name"]: row for row in status["processes"]}
    assert set(named) == {"supervisor", "postgres", "nats", "survey", "coaching", "model", "campaign"}
    assert all(row["healthy"] and row["pid"] for row in named.values())
    assert str(named["survey"]["address"]).rsplit(":", 1)[1] in ports
    password = (home / "state.json").read_text().split('"nats_password": "')[1].split('"')[0]
    assert password not in json.dumps(status)
    assert set(status["figures"]) == {"survey", "coaching", "model", "campaign"}
    os.kill(named["coaching"]["pid"], signal.SIGSTOP)
    hung = latu(home, "status")
    os.kill(named["coaching"]["pid"], signal.SIGCONT)
    assert (hung.returncode, "no answer" in hung.stdout) == (8, True)
    down = latu(home, "down")
    assert (down.returncode, down.stdout.strip()) == (0, "Latu has stopped.")
    assert find_stack(home, ready=False) is None


@pytest.mark.system
def test_in_the_foreground_it_ends_on_ctrl_c(home: Path, ports: str) -> None:
    environment = {**os.environ, "LATU_HOME": str(home), "LATU_PORTS": ports}
    process = subprocess.Popen(
        [*PROGRAM, "up", "--foreground"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    heard = []
    for line in process.stdout:
        heard.append(line)
        if "Ctrl-C" in line:
            process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0, "".join(heard)
    assert find_stack(home, ready=False) is None
