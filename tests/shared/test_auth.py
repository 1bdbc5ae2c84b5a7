"""Only staff gets in, in its roles, and no form can be forged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared import auth
from shared.db import Database
from shared.errors import Refused
from tests.shared.given import NOW


@pytest.fixture
async def staff_database(fresh_database) -> AsyncIterator[Database]:
    made = Database(await fresh_database("staff"), clock=lambda: NOW, connections=2)
    async with made.transaction() as tx:
        await auth.add_account(tx, "editor", "correct horse", ("editor",))
    yield made
    await made.close()


async def test_the_right_password_opens_a_session_in_the_accounts_roles(staff_database: Database) -> None:
    async with staff_database.transaction() as tx:
        token = await auth.sign_in(tx, "editor", "correct horse")
        assert token is not None
        account = await auth.load_by_session(tx, token)
    assert account is not None
    assert (account.name, account.roles) == ("editor", {"editor"})
    assert account.csrf


async def test_a_wrong_password_and_an_unknown_name_look_the_same(staff_database: Database) -> None:
    async with staff_database.transaction() as tx:
        assert await auth.sign_in(tx, "editor", "wrong") is None
        assert await auth.sign_in(tx, "nobody", "wrong") is None


async def test_after_ten_failures_even_the_right_password_waits(staff_database: Database) -> None:
    for _ in range(auth.FAILURES_ALLOWED):
        async with staff_database.transaction() as tx:
            await auth.sign_in(tx, "editor", "wrong")
    async with staff_database.transaction() as tx:
        with pytest.raises(Refused, match="Too many"):
            await auth.sign_in(tx, "editor", "correct horse")


async def test_a_signed_out_session_is_over(staff_database: Database) -> None:
    async with staff_database.transaction() as tx:
        token = await auth.sign_in(tx, "editor", "correct horse") or ""
        await auth.sign_out(tx, token)
        assert await auth.load_by_session(tx, token) is None


async def test_a_session_ends_by_itself(staff_database: Database) -> None:
    async with staff_database.transaction() as tx:
        token = await auth.sign_in(tx, "editor", "correct horse") or ""
        tx.now = NOW.replace(day=NOW.day + 1)
        assert await auth.load_by_session(tx, token) is None


async def test_the_database_keeps_neither_passwords_nor_tokens(staff_database: Database) -> None:
    async with staff_database.transaction() as tx:
        token = await auth.sign_in(tx, "editor", "correct horse") or ""
        rows = [*await tx.all(auth.accounts.select()), *await tx.all(auth.sessions.select())]
    kept = " ".join(str(dict(row)) for row in rows)
    assert "correct horse" not in kept
    assert token not in kept


async def test_a_role_that_does_not_exist_is_refused(staff_database: Database) -> None:
    async with staff_database.transaction() as tx:
        with pytest.raises(Refused, match="no role king"):
            await auth.add_account(tx, "x", "y", ("king",))


async def test_the_first_account_and_the_command_lines_token_stay_the_same(
    staff_database: Database, tmp_path: Path
) -> None:
    first = await auth.ensure_first_account(staff_database, tmp_path / "secrets" / "first")
    token = await auth.ensure_cli_token(staff_database, tmp_path / "secrets" / "token")
    assert await auth.ensure_first_account(staff_database, tmp_path / "secrets" / "first") == first
    assert await auth.ensure_cli_token(staff_database, tmp_path / "secrets" / "token") == token
    assert (tmp_path / "secrets" / "token").stat().st_mode & 0o077 == 0
    async with staff_database.transaction() as tx:
        account = await auth.load_by_token(tx, token)
        assert await auth.sign_in(tx, *first) is not None
    assert account is not None
    assert account.roles == set(auth.ROLES)
