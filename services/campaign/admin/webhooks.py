"""JSON for operators: the webhooks of partners, and what was sent to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field

from services.campaign import commands, signatures, store, thresholds, webhooks
from services.campaign.webhooks import Endpoint, Wish
from shared.auth import Account, staff
from shared.errors import NotFound
from shared.outward import checked_target
from shared.requests import Tx
from shared.settings import Settings

router = APIRouter(prefix="/admin/api/webhooks")
OPERATORS = staff("operator")
Operator = Annotated[Account, OPERATORS]
MASTER = "webhooks"


class Wanted(BaseModel):
    """Whose it is, where it is, and which events it gets: all that the partner may read, if none is named."""

    partner: str = Field(max_length=100)
    url: str = Field(max_length=5000)
    events: tuple[Annotated[str, Field(max_length=120)], ...] = Field(default=(), max_length=100)
    description: str = Field(default="", max_length=1000)


class Overlap(BaseModel):
    """For how long the old secret signs beside the new one."""

    overlap_seconds: float = Field(default=86_400, ge=0, allow_inf_nan=False, le=1e9)


class Choice(BaseModel):
    """Which events an endpoint gets from now on: all that the partner may read, if none is named."""

    events: tuple[Annotated[str, Field(max_length=120)], ...] = Field(default=(), max_length=100)


class Again(BaseModel):
    """One event, or the moment since when all are sent again."""

    event: str = Field(default="", max_length=200)
    since: AwareDatetime | None = None


@router.get("", dependencies=[OPERATORS])
async def list_webhooks(tx: Tx, partner: str = "") -> list[dict[str, Any]]:
    """The endpoints of a partner or of all."""
    waiting = await store.count_waiting(tx)
    return [_endpoint(one, waiting.get(one.id, 0)) for one in await store.list_webhooks(tx, partner)]


@router.post("", status_code=201)
async def add_webhook(request: Request, tx: Tx, account: Operator, wanted: Wanted) -> dict[str, Any]:
    """Send a partner's events to an address from now on; the answer has the secret."""
    settings: Settings = request.app.state.settings
    target = checked_target(wanted.url, loopback=settings.webhook_loopback)
    wish = Wish(target.url, wanted.events, wanted.description)
    endpoint = await commands.add_webhook(tx, wanted.partner, wish, account.name)
    return _endpoint(endpoint) | _keys(request, endpoint)


@router.get("/{webhook}", dependencies=[OPERATORS])
async def read_webhook(tx: Tx, webhook: str) -> dict[str, Any]:
    """One endpoint."""
    found = await store.find_webhook(tx, webhook)
    if found is None:
        raise NotFound("no_such_webhook", "There is no such webhook.")
    return _endpoint(found, (await store.count_waiting(tx)).get(webhook, 0))


@router.post("/{webhook}/change")
async def change_webhook(tx: Tx, account: Operator, webhook: str, choice: Choice) -> dict[str, Any]:
    """Send other events there; its place in the history and its log stay."""
    return _endpoint(await commands.change_webhook(tx, webhook, choice.events, account.name))


@router.post("/{webhook}/disable")
async def disable_webhook(tx: Tx, account: Operator, webhook: str) -> dict[str, Any]:
    """Send nothing there any more; its place in the history stays."""
    return _endpoint(await commands.disable_webhook(tx, webhook, account.name))


@router.post("/{webhook}/enable")
async def enable_webhook(tx: Tx, account: Operator, webhook: str) -> dict[str, Any]:
    """Send there again, from where it stopped."""
    return _endpoint(await commands.enable_webhook(tx, webhook, account.name))


@router.post("/{webhook}/rotate")
async def rotate_webhook(
    request: Request, tx: Tx, account: Operator, webhook: str, overlap: Overlap
) -> dict[str, Any]:
    """Sign with new keys, and for a while with the old ones too; the answer has the new secret."""
    seconds = timedelta(seconds=overlap.overlap_seconds)
    endpoint = await commands.rotate_webhook(tx, webhook, seconds, account.name)
    return _endpoint(endpoint) | _keys(request, endpoint)


@router.post("/{webhook}/remove", status_code=204)
async def remove_webhook(tx: Tx, account: Operator, webhook: str) -> None:
    """Forget an endpoint with its log."""
    await commands.remove_webhook(tx, webhook, account.name)


@router.post("/{webhook}/ping", status_code=202)
async def ping_webhook(tx: Tx, account: Operator, webhook: str) -> dict[str, str]:
    """Have a test sent; the log has what came of it."""
    return {"event": await commands.ping_webhook(tx, webhook, account.name)}


@router.post("/{webhook}/replay", status_code=202)
async def replay_webhook(tx: Tx, account: Operator, webhook: str, again: Again) -> dict[str, Any]:
    """Have one event, or the oldest since a moment, sent again; `rest_since` is from when there are more."""
    done = await commands.replay_webhook(tx, webhook, account.name, again.event, again.since)
    return {"events": done.events, "rest_since": done.rest_since}


@router.get("/{webhook}/deliveries", dependencies=[OPERATORS])
async def list_deliveries(
    tx: Tx, webhook: str, status: Literal["", "delivered", "waiting", "given_up", "withdrawn"] = ""
) -> list[dict[str, Any]]:
    """The newest lines of the log; an event is one line, with what came of it last."""
    if await store.find_webhook(tx, webhook) is None:
        raise NotFound("no_such_webhook", "There is no such webhook.")
    rows = await store.list_deliveries(tx, webhook, status, thresholds.WEBHOOK_LOG_SHOWN)
    return [{name: value for name, value in row.items() if name != "webhook"} for row in rows]


def _endpoint(endpoint: Endpoint, waiting: int = 0) -> dict[str, Any]:
    return {
        "webhook": endpoint.id,
        "partner": endpoint.partner,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "status": endpoint.status,
        "reason": endpoint.reason,
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
        "next_visit_at": endpoint.due_at,
        "waiting": waiting,
        "position": endpoint.position,
        "created_at": endpoint.created_at,
        "changed_at": endpoint.changed_at,
        "secrets": [
            {"number": one.number, "since": one.since, "until": one.until} for one in endpoint.serials
        ],
    }


def _keys(request: Request, endpoint: Endpoint) -> dict[str, str]:
    master = request.app.state.settings.key_for(MASTER)
    newest = webhooks.live_serials(endpoint, endpoint.changed_at)[0]
    pair = signatures.derived(master, endpoint.id, newest)
    return {"secret": pair.secret, "public_key": pair.public}
