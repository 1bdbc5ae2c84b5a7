"""What an endpoint is given: one transaction a request, and the pages of its service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from shared.db import Database, Transaction


async def _transaction(request: Request) -> AsyncIterator[Transaction]:
    database: Database = request.app.state.database
    async with database.transaction() as tx:
        yield tx


# Function scope: the commit comes before the answer, so no 201 can precede a failed commit.
Tx = Annotated[Transaction, Depends(_transaction, scope="function")]


def render(request: Request, template: str, *, http_status: int = 200, **context: Any) -> Response:
    """A page of this service in the reader's language."""
    answer: Response = request.app.state.pages.render(request, template, http_status=http_status, **context)
    return answer
