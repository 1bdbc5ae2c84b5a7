"""Staff: accounts, roles, sessions and API tokens, in a small database of their own."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends, Request
from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db import Database, Transaction
from shared.errors import NotAllowed, Refused

metadata = MetaData()
accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.name", ondelete="CASCADE"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.name", ondelete="CASCADE"), nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("account", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("failed_sign_ins_account", "account", "at"),
)

ROLES = ("coach", "analyst", "editor", "expert", "operator")
COOKIE = "latu_session"
SESSION_HOURS = 12
FAILURES_ALLOWED = 10
FAILURE_WINDOW = timedelta(minutes=15)
FIRST_ACCOUNT = "latu"
COMMAND_LINE = "latu-command-line"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True)
class Account:
    """Who acts, and in which roles. `csrf` is empty for a program with a token."""

    name: str
    roles: frozenset[str]
    csrf: str = ""


class NotSignedIn(Refused):
    """Nobody is signed in, or the session is over."""

    status = 401


class ForgedForm(Refused):
    """A form came without the token of the session that it claims."""

    status = 403


def hash_token(token: str) -> str:
    """Tokens are random and long, so a fast hash is enough to keep them out of the database."""
    return hashlib.sha256(token.encode()).hexdigest()


async def add_account(tx: Transaction, name: str, password: str, roles: tuple[str, ...]) -> None:
    """Add an account or give it a new password and new roles."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise Refused("unknown_role", f"There is no role {', '.join(sorted(unknown))}.")
    row = {"password_hash": await asyncio.to_thread(_hasher.hash, password), "roles": list(roles)}
    statement = upsert(accounts).values(name=name, created_at=tx.now, **row)
    await tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


async def sign_in(tx: Transaction, name: str, password: str) -> str | None:
    """A session token for the right password; None for a wrong one (the failure is counted).

    Raises:
        Refused: too many failures in the last quarter of an hour.
    """
    recent = (failed_sign_ins.c.account == name) & (failed_sign_ins.c.at > tx.now - FAILURE_WINDOW)
    failures = await tx.value(select(func.count()).select_from(failed_sign_ins).where(recent))
    if failures >= FAILURES_ALLOWED:
        raise Refused("too_many_failures", "Too many failed attempts. Try again in a quarter of an hour.")
    row = await tx.first(select(accounts).where(accounts.c.name == name))
    if row is None or not await asyncio.to_thread(_matches, row["password_hash"], password):
        await tx.execute(insert(failed_sign_ins).values(account=name, at=tx.now))
        return None
    token = secrets.token_urlsafe(32)
    session = {"token_hash": hash_token(token), "account": name, "csrf": secrets.token_urlsafe(24)}
    await tx.execute(insert(sessions).values(expires_at=tx.now + timedelta(hours=SESSION_HOURS), **session))
    await tx.execute(delete(sessions).where(sessions.c.expires_at < tx.now))
    return token


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def sign_out(tx: Transaction, token: str) -> None:
    """End a session."""
    await tx.execute(delete(sessions).where(sessions.c.token_hash == hash_token(token)))


async def load_by_session(tx: Transaction, token: str) -> Account | None:
    """Whose session it is."""
    mine = (sessions.c.token_hash == hash_token(token)) & (sessions.c.expires_at > tx.now)
    joined = sessions.join(accounts, accounts.c.name == sessions.c.account)
    row = await tx.first(
        select(accounts.c.name, accounts.c.roles, sessions.c.csrf).select_from(joined).where(mine)
    )
    return None if row is None else Account(row["name"], frozenset(row["roles"]), row["csrf"])


async def load_by_token(tx: Transaction, token: str) -> Account | None:
    """Whose API token it is."""
    joined = tokens.join(accounts, accounts.c.name == tokens.c.account)
    mine = tokens.c.token_hash == hash_token(token)
    row = await tx.first(select(accounts.c.name, accounts.c.roles).select_from(joined).where(mine))
    return None if row is None else Account(row["name"], frozenset(row["roles"]))


async def add_token(tx: Transaction, account: str, label: str, token: str) -> None:
    """Let an API token act for an account."""
    row = {"token_hash": hash_token(token), "account": account, "label": label, "created_at": tx.now}
    await tx.execute(upsert(tokens).values(row).on_conflict_do_nothing())


async def ensure_first_account(database: Database, place: Path) -> tuple[str, str]:
    """The first sign-in of a new installation: name and password; `place` keeps the password."""
    password = _kept_secret(place, 12)
    async with database.transaction() as tx:
        if await tx.value(select(accounts.c.name).where(accounts.c.name == FIRST_ACCOUNT)) is None:
            await add_account(tx, FIRST_ACCOUNT, password, ROLES)
    return FIRST_ACCOUNT, password


async def ensure_cli_token(database: Database, place: Path) -> str:
    """The token with which the command line of this installation speaks to the services."""
    token = _kept_secret(place, 32)
    await admit_command_line(database, token)
    return token


async def admit_command_line(database: Database, token: str) -> None:
    """Let the command line speak to the services with this token."""
    async with database.transaction() as tx:
        if await load_by_token(tx, token) is None:
            await add_account(tx, COMMAND_LINE, secrets.token_urlsafe(32), ROLES)
            await add_token(tx, COMMAND_LINE, "command line", token)


def _kept_secret(place: Path, size: int) -> str:
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(size))
    return place.read_text().strip()


def staff(*roles: str) -> Any:
    """A dependency that gives the signed-in `Account`, which must have one of `roles` (any, if none named).

    Every unsafe request of a browser must carry the session's form token.

    Raises:
        NotSignedIn: nobody is signed in.
        NotAllowed: the account has none of the roles.
        ForgedForm: the form token is missing or wrong.
    """

    async def signed_in(request: Request) -> Account:
        account = await current(request)
        if account is None:
            raise NotSignedIn("not_signed_in", "Sign in first.")
        if roles and not account.roles & set(roles):
            raise NotAllowed("not_your_role", f"This needs the role {' or '.join(roles)}.")
        if account.csrf and request.method not in SAFE_METHODS:
            await _check_form_token(request, account.csrf)
        request.state.account = account
        return account

    return Depends(signed_in)


async def current(request: Request) -> Account | None:
    """Who makes this request, if anybody is signed in."""
    database: Database = request.app.state.staff_database
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(COOKIE, "")
    if not bearer and not cookie:
        return None
    async with database.transaction() as tx:
        if scheme.lower() == "bearer":
            return await load_by_token(tx, bearer)
        return await load_by_session(tx, cookie)


async def _check_form_token(request: Request, expected: str) -> None:
    sent = request.headers.get("x-csrf-token", "")
    if not sent and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        sent = str((await request.form()).get("csrf_token", ""))
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        raise ForgedForm("forged_form", "The form is too old. Open the page again and resend it.")
