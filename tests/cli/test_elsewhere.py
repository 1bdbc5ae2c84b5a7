"""`latu` beside services that something else runs, such as containers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import Plan, Stack, own_stack
from shared.settings import Settings
from tests.cli.test_stack import latu
from tests.conftest import quick_folder

ACCOUNT = ("account", "marja", "--role", "coach", "--password", "correct horse battery")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with quick_folder() as folder, own_stack(Plan(folder / "home", any_port=True, durable=False)) as made:
        yield made


def elsewhere(stack: Stack, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The program with a data folder of its own, told where the services of the stack are."""
    told = {
        "LATU_SERVICES": ",".join(f"{name}={url}" for name, url in stack.urls.items()),
        "LATU_STAFF_DATABASE_URL": stack.database_url("staff"),
        "LATU_SECRET_FILE": str(stack.home / "secrets" / "key"),
    }
    return latu(folder, *arguments, **{**told, **more})


@pytest.mark.system
def test_the_program_shows_asks_and_changes_what_runs_elsewhere(stack: Stack, tmp_path: Path) -> None:
    shown = elsewhere(stack, tmp_path, "status", "--json")
    assert shown.returncode == 0, shown.stderr
    processes = json.loads(shown.stdout)["processes"]
    assert [(one["name"], one["healthy"]) for one in processes] == [(name, True) for name in stack.urls]
    assert "Latu elsewhere" in elsewhere(stack, tmp_path, "status").stdout
    letters = elsewhere(stack, tmp_path, "dead-letters", "list")
    assert (letters.returncode, letters.stdout) == (0, "No dead letter waits.\n")
    added = elsewhere(stack, tmp_path, *ACCOUNT)
    assert (added.returncode, added.stdout) == (0, "marja can sign in as coach.\n")
    assert not (tmp_path / "postgres").exists()


@pytest.mark.system
def test_what_runs_elsewhere_is_neither_started_nor_stopped(stack: Stack, tmp_path: Path) -> None:
    for order in ("up", "down"):
        done = elsewhere(stack, tmp_path, order)
        assert (done.returncode, done.stdout) == (2, "")
        assert "something else starts and stops" in done.stderr


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"LATU_SERVICES": "survey=http://127.0.0.1:1"}, "names all four services"),
        ({"LATU_SERVICES": "survey"}, "names all four services"),
        ({"LATU_SECRET_FILE": "/nowhere"}, "The key in LATU_SECRET_FILE cannot be read"),
        ({"LATU_STAFF_DATABASE_URL": ""}, "needs LATU_STAFF_DATABASE_URL"),
        ({"LATU_STAFF_DATABASE_URL": "postgresql+asyncpg://a@127.0.0.1:1/a"}, "does not answer"),
    ],
)
def test_what_is_missing_is_one_sentence(
    stack: Stack, tmp_path: Path, more: dict[str, str], sentence: str
) -> None:
    done = elsewhere(stack, tmp_path, "dead-letters", "list", **more)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_brokers_password_is_put_into_every_address_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("none\n")
    settings = Settings(
        nats_url="nats://latu@one:4222,nats://latu@two:4222", nats_password_file=tmp_path / "password"
    )
    assert settings.broker_url == "nats://latu:none@one:4222,nats://latu:none@two:4222"
    assert Settings(nats_url="nats://a:b@one").broker_url == "nats://a:b@one"
