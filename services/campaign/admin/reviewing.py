"""The desk on which staff decide on what partners sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.campaign import commands, store, thresholds
from services.campaign.admin.contributions import (
    REVIEWERS,
    After,
    Id,
    Kind,
    Reviewer,
    cursor_of,
    named,
)
from services.campaign.answers import LANGUAGES
from services.campaign.contributions import Contribution
from services.campaign.cursors import place_of
from services.campaign.store import Search
from shared.db import Transaction
from shared.errors import NotFound
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter(include_in_schema=False)
SHOWN = ("quarantined", "waiting", "accepted", "refused")
Shown = Literal["", "quarantined", "waiting", "accepted", "refused"]

Revision = Annotated[int, Form(ge=1)]
Note = Annotated[str, Form(max_length=2000)]


def _searched(status: Shown = "", kind: Kind = "", partner: Id = "") -> Search:
    return Search(status, kind, partner)


@router.get("/admin/contributions", dependencies=[REVIEWERS])
async def show_contributions(
    request: Request, tx: Tx, search: Annotated[Search, Depends(_searched)], after: After = ""
) -> Response:
    """What waits for a decision and what was decided: the oldest of each state, or one state by pages."""
    status = search.status
    most = thresholds.CONTRIBUTIONS_ON_PAGE if status else thresholds.CONTRIBUTIONS_AT_FIRST
    place = place_of(after) if status else None
    groups = {
        each: await store.list_contributions(tx, replace(search, status=each), place, most + 1)
        for each in ((status,) if status else SHOWN)
    }
    return render(
        request,
        "admin_contributions.html",
        groups={each: found[:most] for each, found in groups.items()},
        onward={
            each: urlencode(named(replace(search, status=each)) | _going_on(found[:most], status))
            for each, found in groups.items()
            if len(found) > most
        },
        counts=await store.count_contributions(tx, search),
        search=search,
        names=await _names(tx),
    )


def _going_on(seen: Sequence[Contribution], status: str) -> dict[str, str]:
    return {"after": cursor_of(seen[-1])} if status else {}


@router.get("/admin/contributions/{key}", dependencies=[REVIEWERS])
async def show_contribution(request: Request, tx: Tx, key: str) -> Response:
    """One contribution, why it looked suspicious, and the forms that decide on it."""
    found = await store.load_contribution(tx, key)
    if found is None:
        raise NotFound("no_such_contribution", "There is no such contribution.")
    partner = await store.load_partner(tx, found.partner)
    said = found.said or {}
    return render(
        request,
        "admin_contribution.html",
        contribution=found,
        partner=partner,
        said=said,
        spoken=[one for one in LANGUAGES if said.get("title", said.get("name", {})).get(one)],
        topic=vocabulary().topic(said["topic"]) if "topic" in said else None,
    )


@router.post("/admin/contributions/{key}/accept")
async def accept_contribution(
    tx: Tx, account: Reviewer, key: str, revision: Revision, note: Note = ""
) -> Response:
    """Accept what waits."""
    await commands.accept_contribution(tx, key, revision, note, account.name)
    return _back()


@router.post("/admin/contributions/{key}/refuse")
async def refuse_contribution(
    tx: Tx, account: Reviewer, key: str, revision: Revision, note: Note = ""
) -> Response:
    """Refuse what waits, or take down what was accepted; the words are erased."""
    await commands.refuse_contribution(tx, key, revision, note, account.name)
    return _back()


async def _names(tx: Transaction) -> dict[str, str]:
    return {one.id: one.name for one in await store.list_partners(tx)}


def _back() -> Response:
    return RedirectResponse("/admin/contributions", status_code=303)
