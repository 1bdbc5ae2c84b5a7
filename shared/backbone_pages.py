"""What every service's staff sees of the backbone: its state and its audit trail."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select

from shared import dead_letters
from shared.auth import staff
from shared.backbone import audit
from shared.gauges import count_unpublished
from shared.given_up import consumer_name
from shared.hindrances import HINDRANCES
from shared.requests import Tx, render
from shared.streams import ADVISORIES

router = APIRouter(include_in_schema=False)
RECENT = 200


@router.get("/admin/api/backbone", dependencies=[staff()])
async def backbone(request: Request, tx: Tx) -> dict[str, Any]:
    """Whether everything emitted is published, everything received is handled, and what was put aside."""
    waiting, oldest = await count_unpublished(tx)
    letters = await dead_letters.count_waiting(tx)
    service = request.app.state.service
    work = sum([await count(tx) for count in service.work_waiting])
    consumers = await _consumers(request)
    return {
        "outbox_waiting": waiting,
        "outbox_oldest_seconds": oldest,
        "dead_letters": letters,
        "consumers": consumers,
        "work_waiting": work,
        "hindered": HINDRANCES.now(),
    }


async def _consumers(request: Request) -> dict[str, dict[str, int]]:
    js = request.app.state.broker.config.connection_state.stream
    service = request.app.state.service
    places = [(durable.stream, durable.name) for durable in service.events.durables()]
    found = {}
    for stream, name in (*places, (ADVISORIES, consumer_name(service.name))):
        info = await js.consumer_info(stream, name)
        found[name] = {"pending": info.num_pending, "unacknowledged": info.num_ack_pending}
    return found


@router.get("/admin/audit", dependencies=[staff("operator")])
async def show_audit(request: Request, tx: Tx) -> Response:
    """Who changed what, newest first."""
    entries = await tx.all(select(audit).order_by(audit.c.position.desc()).limit(RECENT))
    return render(request, "audit.html", entries=entries)
