"""What anybody may read, any site may read."""

from __future__ import annotations

import importlib

import httpx
import pytest
from fastapi import FastAPI

from shared import opened

# What is told by `opened.answer`, or is open in its own way; each is tried where it is tested.
BY_ITSELF = {
    "/api/events", "/api/events/{event_id}", "/api/events/stream", "/api/export", "/api/export/{day}.ndjson",
    "/api/indicators", "/api/rounds/{code}/figures.csv",
}  # fmt: skip
# The form of a round is for who answers it.
NOT_OPEN = {"/api/rounds", "/api/rounds/{code}"}


@pytest.mark.parametrize("service", ["survey", "coaching", "model", "campaign"])
def test_every_answer_of_a_public_interface_is_open_to_any_site(service: str) -> None:
    app = importlib.import_module(f"services.{service}.app").service
    closed = {
        route.path
        for router in app.routers
        for route in router.routes
        if route.path.startswith("/api/")
        and "GET" in route.methods
        and opened.ANY_SITE not in route.dependencies
    }
    assert closed - BY_ITSELF - NOT_OPEN == set()


async def test_what_a_route_returns_is_told_with_the_permission() -> None:
    app = FastAPI()
    app.get("/made", dependencies=[opened.ANY_SITE])(lambda: {"one": 1})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://x.example") as http:
        answer = await http.get("/made")
    assert {name: answer.headers[name] for name in opened.OPEN} == opened.OPEN
