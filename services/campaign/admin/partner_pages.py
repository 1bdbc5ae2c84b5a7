"""What operators see of partners: who reads what, how far behind each is, and what fails."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.campaign import access, commands, store, thresholds
from services.campaign.admin.partners import OPERATORS, Operator
from services.campaign.partners import Partner
from shared import progress
from shared.errors import NotFound
from shared.progress import Place, Progress
from shared.requests import Tx, render

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

EventId = Annotated[str, Form(max_length=200)]


@router.get("/admin/partners", dependencies=[OPERATORS])
async def show_partners(request: Request, tx: Tx) -> Response:
    """All partners, with how far behind they are."""
    everyone = await store.list_partners(tx)
    return render(
        request,
        "admin_partners.html",
        partners=everyone,
        durables=access.durables(everyone),
        progress=await _progress(request, everyone),
        webhooks=await store.list_webhooks(tx),
        behind=await store.count_behind(tx),
        counted=thresholds.WEBHOOK_BEHIND_COUNTED,
        contributions=await store.count_contributions_by_partner(tx),
    )


@router.get("/admin/partners/{partner}", dependencies=[OPERATORS])
async def show_partner(request: Request, tx: Tx, partner: str) -> Response:
    """One partner: its place in each stream, its webhooks and what was sent to them."""
    found = await store.find_partner(tx, partner)
    if found is None:
        raise NotFound("no_such_partner", "There is no such partner.")
    endpoints = await store.list_webhooks(tx, partner)
    most = thresholds.WEBHOOK_LOG_ON_PAGE
    return render(
        request,
        "admin_partner.html",
        partner=found,
        durables=access.durables([found])[partner],
        progress=await _progress(request, [found]),
        webhooks=endpoints,
        log={one.id: await store.list_deliveries(tx, one.id, "", most) for one in endpoints},
        waiting=await store.count_waiting(tx),
        behind=await store.count_behind(tx),
        counted=thresholds.WEBHOOK_BEHIND_COUNTED,
        contributions=await store.count_contributions_by_partner(tx),
    )


@router.post("/admin/partners/{partner}/suspend")
async def suspend_partner(tx: Tx, account: Operator, partner: str) -> Response:
    """Let a partner in no more, until it is resumed."""
    await commands.suspend_partner(tx, partner, account.name)
    return _back(partner)


@router.post("/admin/partners/{partner}/resume")
async def resume_partner(tx: Tx, account: Operator, partner: str) -> Response:
    """Let a suspended partner in again."""
    await commands.resume_partner(tx, partner, account.name)
    return _back(partner)


@router.post("/admin/webhooks/{webhook}/disable")
async def disable_webhook(tx: Tx, account: Operator, webhook: str) -> Response:
    """Send nothing there any more; its place in the history stays."""
    return _back((await commands.disable_webhook(tx, webhook, account.name)).partner)


@router.post("/admin/webhooks/{webhook}/enable")
async def enable_webhook(tx: Tx, account: Operator, webhook: str) -> Response:
    """Send there again, from where it stopped."""
    return _back((await commands.enable_webhook(tx, webhook, account.name)).partner)


@router.post("/admin/webhooks/{webhook}/replay")
async def replay_webhook(tx: Tx, account: Operator, webhook: str, event: EventId) -> Response:
    """Have one event sent there again under its old id."""
    await commands.replay_webhook(tx, webhook, account.name, event)
    found = await store.find_webhook(tx, webhook)
    return _back(found.partner if found else "")


async def _progress(request: Request, everyone: Iterable[Partner]) -> Mapping[Place, Progress] | None:
    """How far the durables are; None where the broker does not say."""
    places = [place for mine in access.durables(everyone).values() for place in mine]
    try:
        js = request.app.state.broker.config.connection_state.stream
        return await progress.of_durables(js, places)
    except Exception as error:  # noqa: BLE001 - the page shows the rest, and says that this is not known
        log.warning("the broker does not say how far partners are: %s", type(error).__name__)
        return None


def _back(partner: str) -> Response:
    return RedirectResponse(f"/admin/partners/{partner}", status_code=303)
