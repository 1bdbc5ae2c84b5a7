"""The data folder is looked at before anything starts; what is wrong is one sentence and an exit code."""

from __future__ import annotations

import fcntl
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.embedded import Trouble, own_stack
from deploy.embedded.home import held, is_held, open_home, read_status
from deploy.embedded.plan import Plan
from deploy.embedded.troubles import DataDamaged, InUse
from tests.embedded.given import small


def start(plan: Plan) -> None:
    with own_stack(plan):
        pytest.fail("it should not have started")


def test_too_little_room_is_said_before_anything_is_made(empty: Path) -> None:
    with pytest.raises(Trouble, match=r"Only \d+ MB are free .* and 999999999 MB are needed") as found:
        start(small(empty, min_free_mb=999_999_999))
    assert found.value.exit_code == 4
    assert not (empty / "postgres").exists()


def test_a_folder_that_cannot_be_made_is_said() -> None:
    with pytest.raises(Trouble, match="The data folder /proc/latu cannot be used") as found:
        start(small(Path("/proc/latu")))
    assert found.value.exit_code == 4


def test_a_file_in_the_place_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "nats").write_text("")
    with pytest.raises(Trouble, match="nats is a file, but a folder is needed there"):
        open_home(tmp_path, 0)


@pytest.fixture
def sketch(tmp_path: Path) -> Path:
    """As much of a used data folder as is looked at before anything starts."""
    for folder in ("postgres/global", "nats/jetstream"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres" / "global" / "pg_control").write_text("")
    return tmp_path


def remove_version(home: Path) -> None:
    (home / "postgres" / "PG_VERSION").unlink()


def older_version(home: Path) -> None:
    (home / "postgres" / "PG_VERSION").write_text("12\n")


def remove_control_file(home: Path) -> None:
    (home / "postgres" / "global" / "pg_control").unlink()


def garble_state(home: Path) -> None:
    (home / "state.json").write_text('{"ports": 7}')


def file_as_store(home: Path) -> None:
    (home / "nats" / "jetstream").rmdir()
    (home / "nats" / "jetstream").write_text("")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (remove_version, "has no readable PG_VERSION"),
        (older_version, "was made by PostgreSQL 12, but 18 is installed"),
        (remove_control_file, "lacks global/pg_control"),
        (garble_state, "delete it and start again, no answers are lost"),
        (file_as_store, "cannot be read and written. Nothing was changed."),
    ],
)
def test_a_damaged_data_folder_is_said_and_left_as_it_is(
    sketch: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(sketch)
    before = kept(sketch)
    with pytest.raises(DataDamaged, match=sentence) as found:
        start(small(sketch))
    assert found.value.exit_code == 6
    assert kept(sketch) == before


def kept(home: Path) -> list[Path]:
    return sorted((home / "postgres").rglob("*")) + sorted((home / "nats").rglob("*"))


def test_one_folder_has_one_supervisor(used: Path) -> None:
    with own_stack(small(used)) as first:
        with pytest.raises(InUse, match="Another Latu already runs") as found:
            start(small(used))
        assert found.value.exit_code == 7
        assert all(first.health().values())


def test_to_look_whether_a_folder_is_held_keeps_nobody_from_starting(tmp_path: Path) -> None:
    home = open_home(tmp_path, 0)
    assert not is_held(home)
    with held(home):
        assert is_held(home)
    assert not is_held(home)
    assert read_status(home) is None
    with home.lock_file.open() as somebody:
        fcntl.flock(somebody, fcntl.LOCK_EX)
        looking = threading.Timer(0.2, fcntl.flock, (somebody, fcntl.LOCK_UN))
        looking.start()
        with held(home):
            looking.join()


def test_nobody_else_can_look_into_the_folder_and_the_secret_stays(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home", 0)
    secret = home.secret_file.read_text()
    assert len(secret.strip()) == 64
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.secret_file.stat().st_mode) == 0o600
    assert open_home(home.path, 0).secret_file.read_text() == secret
