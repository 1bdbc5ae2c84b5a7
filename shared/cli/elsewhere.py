"""A stack that something else runs, such as a container engine: LATU_SERVICES says where its services are."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.embedded import SERVICES, Stack, default_home
from shared.auth import admit_command_line
from shared.db import Database
from shared.errors import Invalid
from shared.settings import Settings

VARIABLE = "LATU_SERVICES"
EXAMPLE = "survey=http://survey:8000,coaching=http://coaching:8000,model=…,campaign=…"


def stack_elsewhere() -> Stack | None:
    """The stack that LATU_SERVICES names, or None where it is not set.

    Raises:
        Invalid: it does not name each service once, with an address.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return None
    addresses = dict(_named(part) for part in named.split(","))
    if set(addresses) != set(SERVICES):
        raise Invalid("bad_services", f"{VARIABLE} names all four services, such as {EXAMPLE}.")
    settings = Settings()
    processes = [{"name": name, "address": addresses[name]} for name in SERVICES]
    return Stack(
        default_home(),
        {
            "phase": "ready",
            "processes": processes,
            "nats_url": settings.partner_nats_url or settings.nats_url,
            "sign_in": {},
            "took": 0.0,
        },
    )


def token_elsewhere() -> str:
    """The token of the command line there: it follows from the key that the services have as well.

    Raises:
        Invalid: the key or the database of accounts is not to be had.
    """
    try:
        token = Settings().key_for("command line").hex()
    except OSError as error:
        raise Invalid(
            "no_key", f"The key in LATU_SECRET_FILE cannot be read ({error.strerror}); {VARIABLE} needs it."
        ) from error
    asyncio.run(_admit(token))
    return token


async def _admit(token: str) -> None:
    async with staff_database() as database:
        await admit_command_line(database, token)


@asynccontextmanager
async def staff_database() -> AsyncIterator[Database]:
    """The database of accounts that the settings name.

    Raises:
        Invalid: they name none, or it does not answer.
    """
    settings = Settings()
    if not settings.staff_database_url:
        raise Invalid("no_accounts", f"{VARIABLE} needs LATU_STAFF_DATABASE_URL, where the accounts are.")
    database = Database(settings.database(settings.staff_database_url), connections=1)
    try:
        if not await database.answers():
            raise Invalid("no_accounts", "The database in LATU_STAFF_DATABASE_URL does not answer.")
        yield database
    finally:
        await database.close()


def _named(part: str) -> tuple[str, str]:
    name, _, address = part.strip().partition("=")
    if not address.startswith(("http://", "https://")):
        raise Invalid("bad_services", f"{VARIABLE} names all four services, such as {EXAMPLE}.")
    return name, address.rstrip("/")
