"""JSON for staff: what partners sent, and deciding on it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.campaign import commands, store
from services.campaign.contributions import Contribution
from shared.auth import Account, staff
from shared.errors import NotFound
from shared.requests import Tx

router = APIRouter(prefix="/admin/api/contributions")
REVIEWERS = staff("editor", "expert")
Reviewer = Annotated[Account, REVIEWERS]
Status = Literal["waiting", "quarantined", "accepted", "refused", "withdrawn"]


class Decision(BaseModel):
    """What is decided on: the revision that was looked at, and what the partner is told."""

    revision: int = Field(ge=1)
    note: str = Field(default="", max_length=2000)


@router.get("", dependencies=[REVIEWERS])
async def list_contributions(tx: Tx, status: Status = "waiting") -> list[dict[str, Any]]:
    """The contributions in a state, in the order in which they came."""
    return [_as_json(one) for one in await store.list_contributions(tx, status)]


@router.get("/{key}", dependencies=[REVIEWERS])
async def read_contribution(tx: Tx, key: str) -> dict[str, Any]:
    """One contribution with what made it suspicious."""
    found = await store.load_contribution(tx, key)
    if found is None:
        raise NotFound("no_such_contribution", "There is no such contribution.")
    return _as_json(found)


@router.post("/{key}/accept")
async def accept_contribution(tx: Tx, account: Reviewer, key: str, decision: Decision) -> dict[str, Any]:
    """Accept what waits."""
    made = await commands.accept_contribution(tx, key, decision.revision, decision.note, account.name)
    return _as_json(made)


@router.post("/{key}/refuse")
async def refuse_contribution(tx: Tx, account: Reviewer, key: str, decision: Decision) -> dict[str, Any]:
    """Refuse what waits, or take down what was accepted; the words are erased."""
    made = await commands.refuse_contribution(tx, key, decision.revision, decision.note, account.name)
    return _as_json(made)


def _as_json(one: Contribution) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name not in ("fingerprint", "state")}
