"""A service that has too much to do, or whose database fails, says so at once and keeps answering what it can."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy.exc import DBAPIError

from shared import bodies, problems

router = APIRouter()


class Gone(asyncpg.AdminShutdownError):
    """What a database says that shuts down in the middle of a statement."""


@router.get("/api/slow")
async def slow() -> None:
    await asyncio.sleep(1)


@router.post("/api/body")
async def body(request: Request) -> int:
    return len(await request.body())


@router.get("/api/shut-down")
async def shut_down() -> None:
    raise DBAPIError("SELECT", {}, Gone())


@router.get("/health/live")
async def live() -> None: ...


@pytest.fixture
def site() -> httpx.AsyncClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://latu.test")


async def test_more_requests_than_are_taken_are_sent_away_at_once(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "MOST_REQUESTS", 3)
    answers = await asyncio.gather(*(site.get("/api/slow") for _ in range(8)), site.get("/health/live"))
    statuses = sorted(answer.status_code for answer in answers[:8])
    assert statuses == [200] * 3 + [503] * 5
    assert answers[8].status_code == 200
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["detail"] == "The service is resting for a moment. Try again soon."
    assert (await site.get("/api/slow")).status_code == 200  # and nobody is counted for ever


async def test_bodies_together_are_bounded(site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_BYTES", 1000)
    assert (await site.post("/api/body", content=b"x" * 2000)).status_code == 503
    assert (await site.post("/api/body", content=b"x" * 900)).status_code == 200


async def test_a_database_that_shuts_down_is_an_outage_and_no_bug(site: httpx.AsyncClient) -> None:
    answer = await site.get("/api/shut-down")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
