"""What machines ask a service: whether it lives, whether it is ready, its metrics and what it listens to."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI
from nats.errors import Error as NatsError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.contract.services import completed
from shared.db import PROBE_SECONDS
from shared.hindrances import HINDRANCES

router = APIRouter(include_in_schema=False)


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """The service can answer people: its database answers.

    Without the broker it still does: what it is told waits in the outbox. Then it says `degraded`, with 200,
    since a balancer that took all replicas away for that would make of a delay an outage.
    """
    database, broker = await asyncio.gather(request.app.state.database.answers(), _broker_answers(request))
    good = database and getattr(request.app.state, "ready", False)
    whole = "ready" if broker else "degraded"
    found: dict[str, object] = {
        "status": whole if good else "not ready",
        "database": database,
        "broker": broker,
    }
    if hindered := HINDRANCES.now():
        found["waiting"] = hindered
    return JSONResponse(found, status_code=200 if good else 503)


async def _broker_answers(request: Request) -> bool:
    broker: NatsBroker = request.app.state.broker
    try:
        # The first only tells what the client believes; the second has the broker answer. Limited from
        # outside as well: what is to be sent waits without a limit where the broker takes nothing any more.
        async with asyncio.timeout(PROBE_SECONDS):
            if not await broker.ping(timeout=PROBE_SECONDS):
                return False
            await broker.connection.flush()
    except (NatsError, OSError):
        return False
    return True


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus's text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/asyncapi")
async def asyncapi(request: Request) -> Response:
    """The events that this service listens to, as AsyncAPI 3.0."""
    service: Any = request.app.state.service
    made = AsyncAPI(request.app.state.broker, title=f"Latu {service.name}", schema_version="3.0.0")
    document = json.loads(made.to_specification().to_json())
    return JSONResponse(completed(document))
