"""Processes are watched, started again, and stopped in order; whatever happens, none is left over."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from deploy.embedded import (
    Trouble,
    find_stack,
    own_stack,
    running_stack,
    start_stack,
    stop_stack,
    wait_for_stack,
)
from deploy.embedded.home import Home, is_held
from deploy.embedded.plan import ROOT
from deploy.embedded.spawning import enter_namespace
from deploy.embedded.troubles import NotRunning, PortTaken, StartFailed
from tests.embedded.given import all_pids, gone, small, until, with_survey


def entry(home: Path, name: str) -> dict[str, object]:
    stack = find_stack(home)
    assert stack is not None
    return next(entry for entry in stack.status["processes"] if entry["name"] == name)


async def test_a_second_start_keeps_the_data_and_the_addresses(used: Path) -> None:
    with own_stack(with_survey(used)) as first:
        connection = await asyncpg.connect(host=str(first.sockets), user="survey", database="survey")
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        await connection.close()
    with own_stack(with_survey(used)) as second:
        connection = await asyncpg.connect(host=str(second.sockets), user="survey", database="survey")
        assert await connection.fetchval("SELECT answer FROM kept") == 42
        await connection.close()
    assert (first.urls, first.nats_url) == (second.urls, second.nats_url)


def test_a_service_is_told_where_everything_is(used: Path) -> None:
    with own_stack(with_survey(used)) as stack:
        told = json.loads((used / "told.json").read_text())
    port = urlsplit(stack.urls["survey"]).port
    expected = {
        "LATU_HOME": str(used),
        "LATU_HOST": "127.0.0.1",
        "LATU_PORT": str(port),
        "LATU_SURVEY_URL": f"http://127.0.0.1:{port}",
        "LATU_NATS_URL": stack.nats_url,
        "LATU_DATABASE_URL": f"postgresql+asyncpg://survey@/survey?host={stack.sockets}",
        "LATU_STAFF_DATABASE_URL": f"postgresql+asyncpg://staff@/staff?host={stack.sockets}",
    }
    assert {name: told[name] for name in expected} == expected


def test_services_end_before_what_they_stand_on(used: Path) -> None:
    with own_stack(with_survey(used)) as stack:
        pids = all_pids(stack)
    assert json.loads((used / "at-the-end.json").read_text()) == {"database": True, "broker": True}
    assert gone(pids)
    assert find_stack(used) is None


def test_a_process_that_ends_is_started_again_after_a_growing_pause(used: Path) -> None:
    start_stack(with_survey(used))
    for restarts, pause in ((1, 0.5), (2, 1.0)):
        began = time.monotonic()
        os.kill(int(str(entry(used, "survey")["pid"])), signal.SIGKILL)
        until(lambda count=restarts: entry(used, "survey")["restarts"] == count)
        assert time.monotonic() - began >= pause
        log = (used / "logs" / "supervisor.log").read_text()
        assert f"survey ended (exit code -9); it starts again in {pause} s." in log
    assert entry(used, "postgres")["restarts"] == 0


def test_the_database_is_started_again_too(used: Path) -> None:
    stack = start_stack(small(used))
    os.kill(int(str(entry(used, "postgres")["pid"])), signal.SIGKILL)
    until(lambda: entry(used, "postgres")["restarts"] == 1)
    until(lambda: stack.health()["postgres"])


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_works(used: Path) -> None:
    first = start_stack(with_survey(used))
    pids = all_pids(first)
    assert len(pids) > 4
    os.kill(pids[0], signal.SIGKILL)
    until(lambda: gone(pids), seconds=5)
    second = start_stack(with_survey(used))
    assert second.urls == first.urls
    assert all(second.health().values())


def test_a_stack_ends_with_the_process_that_started_it_for_itself(used: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from deploy.embedded import own_stack;"
        "from tests.embedded.given import small\n"
        f"with own_stack(small(Path({str(used)!r}))): print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    stack = find_stack(used)
    assert stack is not None
    pids = all_pids(stack)
    starter.kill()
    starter.communicate()
    until(lambda: gone(pids), seconds=8)


def test_a_start_that_was_cut_short_leaves_nothing_half_done(empty: Path) -> None:
    heard: list[object] = []
    script = (
        "import sys; from pathlib import Path; from deploy.embedded import start_stack;"
        "from tests.embedded.given import small\n"
        f"start_stack(small(Path({str(empty)!r})))"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    until((empty / "postgres.new" / "base").exists)
    supervisor = psutil.Process(starter.pid).children()[0]
    supervisor.kill()
    starter.kill()
    starter.wait()
    with own_stack(small(empty), heard.append) as stack:
        assert all(stack.health().values())
    assert not (empty / "postgres.new").exists()


def test_to_be_stopped_while_starting_ends_everything(used: Path) -> None:
    argv = [sys.executable, "-m", "deploy.embedded", with_survey(used).as_json()]
    supervisor = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    until(lambda: len(psutil.Process(supervisor.pid).children()) == 3)
    pids = [child.pid for child in psutil.Process(supervisor.pid).children(recursive=True)]
    supervisor.terminate()
    told, _ = supervisor.communicate(timeout=30)
    assert (supervisor.returncode, "trouble" in told) == (0, False)
    assert gone(pids)
    assert not is_held(Home(used))


def test_a_stale_pid_file_with_the_number_of_another_program_is_no_hindrance(used: Path) -> None:
    lines = [os.getpid(), used / "postgres", 0, 5432, used / "run", "", 0, "ready"]
    (used / "postgres" / "postmaster.pid").write_text("\n".join(map(str, lines)))
    with own_stack(small(used)) as stack:
        assert stack.health()["postgres"]


def test_a_service_that_does_not_come_up_is_said_and_nothing_is_left(used: Path) -> None:
    plan = small(used, services=("coaching",), package="tests.embedded.standins")
    with pytest.raises(StartFailed, match=r"coaching does not come up.*out of order") as found:
        start_stack(plan)
    assert found.value.exit_code == 8
    assert find_stack(used, ready=False) is None
    assert not any(str(used) in " ".join(_command(process)) for process in psutil.process_iter())


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_named_port_that_is_busy_keeps_the_stack_from_starting(used: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} for survey") as found:
            start_stack(with_survey(used, ports={"survey": port}))
    assert found.value.exit_code == 5


def test_a_remembered_port_that_was_taken_meanwhile_is_replaced_and_said(used: Path) -> None:
    with own_stack(with_survey(used)) as stack:
        before = urlsplit(stack.urls["survey"]).port
    heard: list[str] = []
    with (
        socket.create_server(("127.0.0.1", before)),
        own_stack(with_survey(used), lambda message: heard.append(message.get("said", ""))) as stack,
    ):
        assert urlsplit(stack.urls["survey"]).port != before
        assert any(sentence.startswith(f"Port {before} is taken") for sentence in heard)


def test_to_stop_what_does_not_run_is_said(used: Path) -> None:
    with pytest.raises(NotRunning, match="Latu is not running on the data folder") as found:
        stop_stack(used)
    assert found.value.exit_code == 3


def test_whoever_comes_second_gets_the_stack_of_the_first(used: Path) -> None:
    script = (
        "from pathlib import Path; from deploy.embedded import start_stack;"
        "from tests.embedded.given import small\n"
        f"start_stack(small(Path({str(used)!r})))"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    until(lambda: is_held(Home(used)))
    assert all(wait_for_stack(used, 30).health().values())
    assert starter.wait(30) == 0


def test_a_command_uses_the_running_stack_and_lets_it_run(used: Path) -> None:
    start_stack(small(used))
    heard: list[str] = []
    with running_stack(used, heard.append) as stack:
        assert stack.health()["nats"]
    assert heard == []
    assert find_stack(used) is not None


def test_a_command_starts_its_own_stack_when_none_runs_says_so_and_ends_it(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.embedded.stack.usual_plan", lambda: small(used))
    heard: list[str] = []
    with running_stack(used, heard.append) as stack:
        assert stack.health()["nats"]
    assert heard == [f"Latu is not running on {used}: starting it for this command only."]
    assert find_stack(used, ready=False) is None


def test_every_log_is_json_lines(used: Path) -> None:
    with own_stack(small(used)):
        pass
    for name in ("postgres", "nats", "supervisor"):
        for line in (used / "logs" / f"{name}.log").read_text().splitlines():
            assert {"time", "level", "service", "message"} <= json.loads(line).keys()


def test_it_also_runs_for_an_ordinary_user(empty: Path) -> None:
    script = (
        "import os; from pathlib import Path; from deploy.embedded import own_stack;"
        "from tests.embedded.given import small\n"
        f"with own_stack(small(Path({str(empty)!r}))) as s: print(os.geteuid(), s.health())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        # Root becomes an ordinary user whom its own folders still let in, wherever this checkout lies.
        preexec_fn=(lambda: enter_namespace(1000)) if os.geteuid() == 0 else None,
    )
    uid = 1000 if os.geteuid() == 0 else os.geteuid()
    assert done.stdout.strip() == f"{uid} {{'postgres': True, 'nats': True}}", done.stderr


def test_the_supervisor_itself_never_shows_a_traceback(used: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.embedded", '{"home": "/tmp", "services": [], "bogus": 1}'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "The supervisor failed (TypeError)" in done.stdout


def test_troubles_have_different_exit_codes() -> None:
    codes = [Trouble.exit_code, *(kind.exit_code for kind in Trouble.__subclasses__())]
    assert len(set(codes)) == len(codes)
