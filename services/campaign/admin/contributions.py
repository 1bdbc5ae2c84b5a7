"""JSON for staff: what partners sent, and deciding on it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.campaign import commands, store, thresholds
from services.campaign.contributions import Contribution
from services.campaign.cursors import Place, place_of
from services.campaign.store import Search
from shared.auth import Account, staff
from shared.errors import NotFound
from shared.requests import Tx

router = APIRouter(prefix="/admin/api/contributions")
REVIEWERS = staff("editor", "expert")
Reviewer = Annotated[Account, REVIEWERS]
Status = Literal["waiting", "quarantined", "accepted", "refused", "withdrawn"]
Kind = Literal["", "practice", "indicator"]
Id = Annotated[str, Query(max_length=thresholds.PARTNER_ID_LENGTH)]
After = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]


def wanted(status: Status = "waiting", kind: Kind = "", partner: Id = "") -> Search:
    """What staff look for: contributions in a state, of a kind and a partner where these are named."""
    return Search(status, kind, partner)


def named(search: Search) -> dict[str, str]:
    """A search as it stands in an address."""
    words = {"status": search.status, "kind": search.kind, "partner": search.partner}
    return {name: word for name, word in words.items() if word}


def cursor_of(last: Contribution) -> str:
    """Where a reader is that has seen this one."""
    return Place(last.received_at, last.key).cursor


Wanted = Annotated[Search, Depends(wanted)]


class Decision(BaseModel):
    """What is decided on: the revision that was looked at, and what the partner is told."""

    revision: int = Field(ge=1)
    note: str = Field(default="", max_length=2000)


@router.get("", dependencies=[REVIEWERS])
async def list_contributions(
    response: Response, tx: Tx, search: Wanted, after: After = "", limit: Limit = 500
) -> list[dict[str, Any]]:
    """The contributions in a state, in the order in which they came; `Link` leads to the next page."""
    found = await store.list_contributions(tx, search, place_of(after), limit + 1)
    if len(found) > limit:
        query = named(search) | {"after": cursor_of(found[limit - 1]), "limit": str(limit)}
        response.headers["Link"] = f'<{router.prefix}?{urlencode(query)}>; rel="next"'
    return [_as_json(one) for one in found[:limit]]


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
