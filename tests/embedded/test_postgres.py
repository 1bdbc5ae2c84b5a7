"""Each service has its own database and role; PostgreSQL also runs for root."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.embedded import DATABASES, Stack, own_stack
from deploy.embedded.home import Home
from deploy.embedded.postgres import socket_folder
from deploy.embedded.spawning import NOBODY, Guise, guise_for_postgres
from tests.embedded.given import small

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run something as somebody else")


async def connect(stack: Stack, role: str, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(host=str(stack.sockets), user=role, database=database)


async def test_a_role_may_enter_only_its_own_database(servers: Stack) -> None:
    for role in DATABASES:
        connection = await connect(servers, role, role)
        await connection.execute("CREATE TEMPORARY TABLE mine (x int)")
        await connection.close()
        for other in {*DATABASES, "postgres", "template1"} - {role}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connect(servers, role, other)


async def test_there_is_no_way_in_over_the_network(servers: Stack, postgres: asyncpg.Connection) -> None:
    assert await postgres.fetchval("SHOW listen_addresses") == ""
    assert servers.sockets.stat().st_mode & 0o077 == 0


async def test_what_is_logged_holds_no_statement_and_no_row(
    servers: Stack, postgres: asyncpg.Connection
) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await postgres.execute("SELECT 'a private answer'::int")
    await postgres.execute("CREATE TEMPORARY TABLE once (answer text PRIMARY KEY)")
    await postgres.execute("INSERT INTO once VALUES ('a private answer')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await postgres.execute("INSERT INTO once VALUES ('a private answer')")
    raw = (Home(servers.home).raw_output("postgres")).read_text()
    assert "duplicate key" in raw
    assert "Key (answer)" not in raw
    assert "INSERT" not in raw


def test_a_path_that_is_too_long_for_a_socket_is_avoided(tmp_path: Path) -> None:
    assert socket_folder(Home(Path("/srv/latu"))) == Path("/srv/latu/run")
    far = socket_folder(Home(tmp_path / ("x" * 100)))
    assert far.stat().st_mode & 0o777 == 0o700
    assert len(str(far)) < 80
    far.rmdir()


def test_a_stack_at_the_end_of_a_long_path_runs_and_leaves_nothing_behind(used: Path) -> None:
    home = used.rename(used.with_name("x" * 100))
    with own_stack(small(home)) as stack:
        assert stack.sockets != home / "run"
        assert stack.health() == {"postgres": True, "nats": True}
    assert not stack.sockets.exists()


@only_root
def test_for_root_it_runs_in_a_user_namespace(
    servers: Stack, pids: Callable[[Stack], dict[str, int]]
) -> None:
    assert guise_for_postgres("auto") is Guise.NAMESPACE
    outside = Path(f"/proc/{pids(servers)['postgres']}/uid_map").read_text().split()
    assert outside == [str(NOBODY), "0", "1"]


@only_root
def test_where_namespaces_are_refused_it_runs_as_nobody(
    empty: Path, pids: Callable[[Stack], dict[str, int]]
) -> None:
    for _ in range(2):
        with own_stack(small(empty, postgres_as="nobody")) as stack:
            assert psutil.Process(pids(stack)["postgres"]).uids().real == NOBODY
            assert stack.health()["postgres"]
            assert (empty / "postgres").stat().st_uid == NOBODY


@only_root
def test_a_folder_that_nobody_can_reach_is_said(used: Path) -> None:
    used.parent.chmod(0o700)
    with (
        pytest.raises(Exception, match="the user nobody cannot reach"),
        own_stack(small(used, postgres_as="nobody")),
    ):
        pytest.fail("it should not have started")
