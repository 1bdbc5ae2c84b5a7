"""What an endpoint is given: one transaction a request, and the pages of its service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from shared.db import Database, Transaction

# By then whoever asked has given up, or asks again. Staff import files and start analyses: for them each
# statement is limited, not the whole (shared/connections.py).
REQUEST_SECONDS = 10.0


async def _transaction(request: Request) -> AsyncIterator[Transaction]:
    database: Database = request.app.state.database
    limit = None if request.url.path.startswith("/admin/") else REQUEST_SECONDS
    async with asyncio.timeout(limit), database.transaction() as tx:
        yield tx


# Function scope: the commit comes before the answer, so no 201 can precede a failed commit.
Tx = Annotated[Transaction, Depends(_transaction, scope="function")]


def render(request: Request, template: str, *, http_status: int = 200, **context: Any) -> Response:
    """A page of this service in the reader's language."""
    answer: Response = request.app.state.pages.render(request, template, http_status=http_status, **context)
    return answer
