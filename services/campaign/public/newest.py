"""What was told last, of everything: the page and the feeds of public events."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.campaign import feeds, store, thresholds, tidings
from services.campaign.tidings import Sites, Tiding
from shared import opened
from shared.db import Transaction
from shared.requests import Tx, render
from shared.web import languages

router = APIRouter()


@router.get("/events.xml", include_in_schema=False)
async def finnish_feed(request: Request, tx: Tx) -> Response:
    """Public events as Atom, in Finnish."""
    return await _feed(request, tx, "fi", "/events.xml")


@router.get("/events.en.xml", include_in_schema=False)
async def english_feed(request: Request, tx: Tx) -> Response:
    """Public events as Atom, in English."""
    return await _feed(request, tx, "en", "/events.en.xml")


@router.get("/events.sv.xml", include_in_schema=False)
async def swedish_feed(request: Request, tx: Tx) -> Response:
    """Public events as Atom, in Swedish where there is some, else in Finnish."""
    return await _feed(request, tx, "sv", "/events.sv.xml")


@router.get("/newest", include_in_schema=False)
async def show_newest(request: Request, tx: Tx) -> Response:
    """Public events for people, newest first."""
    told = await _told(request, tx, languages.choose(request))
    return render(request, "newest.html", told=told[: thresholds.TIDINGS_ON_PAGE])


async def _feed(request: Request, tx: Transaction, language: str, path: str) -> Response:
    place = feeds.Place(language, request.app.state.settings.campaign_url.rstrip("/"), path)
    body = feeds.events_atom(await _told(request, tx, language), place)
    return opened.answer(request, body, "application/atom+xml")


async def _told(request: Request, tx: Transaction, language: str) -> list[Tiding]:
    known = request.app.state.settings
    sites = Sites(known.survey_url, known.coaching_url, known.model_url, known.campaign_url, language)
    # Of a thing that changed often only the newest is told, so more events are looked at than are told.
    newest = await store.list_newest(tx, 2 * thresholds.EVENTS_IN_FEED)
    told = tidings.newest_of_each([one.event for one in newest if one.event is not None], sites)
    return told[: thresholds.EVENTS_IN_FEED]
