"""`latu account`: who may sign in, and in which roles."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from deploy.embedded import default_home, running_stack
from shared.auth import ROLES, add_account
from shared.cli import app, err, out
from shared.cli.elsewhere import stack_elsewhere, staff_database
from shared.db import Database
from shared.errors import Invalid

SHORTEST_PASSWORD = 10


@app.command()
def account(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[list[str], typer.Option(help=f"One or more of {', '.join(ROLES)}.")],
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out."),
    ],
) -> None:
    """Add a staff account, or give one a new password and new roles."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("short_password", f"A password has at least {SHORTEST_PASSWORD} characters.")
    if not name.strip() or len(name) > 100:  # as long as the sign-in form takes
        raise Invalid("bad_name", "A name has 1 to 100 characters.")
    if stack_elsewhere():
        asyncio.run(_keep_elsewhere(name.strip(), password, tuple(role)))
    else:
        with running_stack(default_home(), lambda sentence: err.print(sentence, markup=False)) as stack:
            asyncio.run(_keep(stack.database_url("staff"), name.strip(), password, tuple(role)))
    out.print(f"{name.strip()} can sign in as {', '.join(role)}.", markup=False)


async def _keep_elsewhere(name: str, password: str, roles: tuple[str, ...]) -> None:
    async with staff_database() as database, database.transaction() as tx:
        await add_account(tx, name, password, roles)


async def _keep(url: str, name: str, password: str, roles: tuple[str, ...]) -> None:
    database = Database(url, connections=1)
    try:
        async with database.transaction() as tx:
            await add_account(tx, name, password, roles)
    finally:
        await database.close()
