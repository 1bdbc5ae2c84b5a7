"""JSON for operators: who reads our events and sends to us."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.campaign import commands, partners, store
from services.campaign.partners import Partner, Wish
from shared.auth import Account, staff
from shared.errors import NotFound
from shared.requests import Tx
from shared.settings import Settings

router = APIRouter(prefix="/admin/api/partners")
OPERATORS = staff("operator")
Operator = Annotated[Account, OPERATORS]

Words = Annotated[tuple[Annotated[str, Field(max_length=120)], ...], Field(max_length=100)]


class Wanted(BaseModel):
    """Who the partner is, what it reads and sends, and its public key: the secret one is its own."""

    name: str = Field(max_length=200)
    id: str = Field(default="", max_length=100)
    contact: str = Field(default="", max_length=300)
    reads: Words = ()
    contributes: Words = ()
    public_key: str = Field(default="", max_length=100)
    dry_run: bool = False


class Access(BaseModel):
    """What a partner reads and sends from now on."""

    reads: Words = ()
    contributes: Words = ()


class NewKey(BaseModel):
    """Another public key, and for how long the old one stays valid beside it."""

    public_key: str = Field(max_length=100)
    overlap_seconds: float = Field(default=0, ge=0, allow_inf_nan=False, le=1e9)


@router.get("", dependencies=[OPERATORS])
async def list_partners(tx: Tx) -> list[dict[str, Any]]:
    """All partners, removed ones too."""
    return [_partner(one, tx.now) for one in await store.list_partners(tx)]


@router.post("", status_code=201)
async def add_partner(request: Request, tx: Tx, account: Operator, wanted: Wanted) -> dict[str, Any]:
    """Take a partner in; with `dry_run` only say what it would be, and keep nothing."""
    wish = Wish(wanted.name, wanted.reads, wanted.contributes, wanted.contact, wanted.id)
    if wanted.dry_run:
        return _partner(await commands.try_partner(tx, wish, wanted.public_key), tx.now)
    made = await commands.add_partner(tx, wish, wanted.public_key, account.name)
    return _partner(made, tx.now) | _server(request)


@router.get("/{partner}", dependencies=[OPERATORS])
async def read_partner(tx: Tx, partner: str) -> dict[str, Any]:
    """One partner."""
    found = await store.find_partner(tx, partner)
    if found is None:
        raise NotFound("no_such_partner", "There is no such partner.")
    return _partner(found, tx.now)


@router.post("/{partner}/change")
async def change_partner(tx: Tx, account: Operator, partner: str, new: Access) -> dict[str, Any]:
    """Let a partner read and send something else."""
    changed = await commands.change_partner(tx, partner, new.reads, new.contributes, account.name)
    return _partner(changed, tx.now)


@router.post("/{partner}/rotate")
async def rotate_key(
    request: Request, tx: Tx, account: Operator, partner: str, new: NewKey
) -> dict[str, Any]:
    """Give a partner another key."""
    overlap = timedelta(seconds=new.overlap_seconds)
    changed = await commands.rotate_key(tx, partner, new.public_key, overlap, account.name)
    return _partner(changed, tx.now) | _server(request)


@router.post("/{partner}/suspend")
async def suspend_partner(tx: Tx, account: Operator, partner: str) -> dict[str, Any]:
    """Let a partner in no more, until it is resumed."""
    return _partner(await commands.suspend_partner(tx, partner, account.name), tx.now)


@router.post("/{partner}/resume")
async def resume_partner(tx: Tx, account: Operator, partner: str) -> dict[str, Any]:
    """Let a suspended partner in again."""
    return _partner(await commands.resume_partner(tx, partner, account.name), tx.now)


@router.post("/{partner}/remove")
async def remove_partner(tx: Tx, account: Operator, partner: str) -> dict[str, Any]:
    """Take a partner out for good; its id is never given to another."""
    return _partner(await commands.remove_partner(tx, partner, account.name), tx.now)


def _server(request: Request) -> dict[str, str]:
    """Where partners reach the broker, as it is set; empty where nothing is."""
    settings: Settings = request.app.state.settings
    return {"server": settings.partner_nats_url or settings.partner_websocket_url}


def _partner(partner: Partner, now: datetime) -> dict[str, Any]:
    valid = partners.valid_keys(partner, now)
    return {
        "partner": partner.id,
        "name": partner.name,
        "contact": partner.contact,
        "reads": partner.reads,
        "contributes": partner.contributes,
        "status": partner.status,
        "keys": [{"public": key.public, "since": key.since, "until": key.until} for key in valid],
        "created_at": partner.created_at,
        "changed_at": partner.changed_at,
        "in_effect": partner.in_effect,
    }
