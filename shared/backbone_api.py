"""What operators do to the backbone, for programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from nats.js import JetStreamContext
from pydantic import AwareDatetime, BaseModel, PositiveInt

from shared.auth import Account, staff
from shared.findings import list_findings
from shared.rebuild import Order, rebuild
from shared.replay import Asked, Replay
from shared.republishing import republish
from shared.requests import Tx
from shared.told import Told, list_told

router = APIRouter(prefix="/admin/api", include_in_schema=False)
Operator = Annotated[Account, staff("operator")]


class Lost(BaseModel):
    """From when on the broker lost what it had; None for everything."""

    since: AwareDatetime | None = None


@router.post("/outbox/republish")
async def republish_outbox(tx: Tx, account: Operator, lost: Lost) -> dict[str, int]:
    """Publish again what the broker lost; `events` and `purges` say how much."""
    return vars(await republish(tx, account.name, lost.since))


class ReplayOrder(BaseModel):
    """From where in which stream; `until` and the next `start` are those of the answer before."""

    stream: Literal["PUBLIC", "INTERNAL"]
    start: PositiveInt | AwareDatetime = 1
    until: int | None = None
    dry_run: bool = False


@router.post("/replay")
async def replay_events(request: Request, account: Operator, order: ReplayOrder) -> dict[str, Any]:
    """Replay the next part of a stream through the handlers; `next` says where to go on, None at its end."""
    service, database = request.app.state.service, request.app.state.database
    if not order.dry_run:
        async with database.transaction() as tx:
            await tx.audit(account.name, "replayed", order.stream, order.model_dump(mode="json"))
    asked = Asked(order.stream, order.start, order.until, order.dry_run)
    return vars(await Replay(database, _jetstream(request), service.events).run(asked))


class RebuildOrder(BaseModel):
    """Whether what no event speaks of may go."""

    drop: bool = False


@router.post("/rebuild")
async def rebuild_service(request: Request, account: Operator, order: RebuildOrder) -> dict[str, Any]:
    """Rebuild what this service derived from events, while it keeps serving."""
    service, database = request.app.state.service, request.app.state.database
    asked = Order(account.name, order.drop)
    return vars(await rebuild(database, _jetstream(request), service.events, service.derived, asked))


@router.get("/events/{key}", dependencies=[staff()])
async def list_events(request: Request, tx: Tx, key: str) -> list[Told]:
    """What this service said of a thing, newest first, and what led to it."""
    return await list_told(tx, request.app.state.service.name, key)


@router.get("/findings", dependencies=[staff()])
async def list_known(request: Request, tx: Tx) -> list[dict[str, Any]]:
    """The newest revision of each finding that this service told or was told: `kind`, `key`, `revision`."""
    known = request.app.state.service.known_findings
    return [] if known is None else await list_findings(tx, known)


def _jetstream(request: Request) -> JetStreamContext:
    found: JetStreamContext = request.app.state.broker.config.connection_state.stream
    return found
