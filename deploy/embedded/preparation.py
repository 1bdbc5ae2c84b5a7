"""What must be there before the services start: streams, accounts; run as a short-lived process."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from deploy.embedded.gate import wait_at
from deploy.embedded.home import Home
from shared.auth import ensure_cli_token, ensure_first_account
from shared.db import Database
from shared.migrations import upgrade
from shared.settings import Settings
from shared.streams import Keeping, ensure_streams


async def prepare(home: Path, nats_url: str, staff_database_url: str) -> dict[str, Any]:
    """Make the streams, the first account and the command line's token; returns how to sign in."""
    settings = Settings()
    keeping = Keeping(settings.stream_replicas, settings.stream_days)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ensure_streams(nats_url, keeping))
        sign_in = tasks.create_task(_accounts(home, staff_database_url))
    return sign_in.result()


async def _accounts(home: Path, staff_database_url: str) -> dict[str, Any]:
    await upgrade(staff_database_url, "staff")
    database = Database(staff_database_url, connections=1)
    try:
        name, password = await ensure_first_account(database, home / "secrets" / "first-sign-in")
        await ensure_cli_token(database, home / "secrets" / "cli-token")
    finally:
        await database.close()
    return {"name": name, "password": password}


def main() -> None:
    """Prepare what the environment names; print the sign-in as one JSON line."""
    home = Path(os.environ["LATU_HOME"])
    wait_at(Home(home).gate("preparation"))
    sign_in = asyncio.run(
        prepare(
            home,
            os.environ["LATU_NATS_URL"],
            os.environ["LATU_STAFF_DATABASE_URL"],
        )
    )
    print(json.dumps(sign_in))  # noqa: T201


if __name__ == "__main__":
    main()
