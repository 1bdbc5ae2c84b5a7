"""The contract with partners: the AsyncAPI document, the schemas, and the catalogue of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from email.utils import format_datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from shared import opened
from shared.contract import catalogue, document, headers, history, published
from shared.contract.catalogue import ContractEvent
from shared.contract.document import Places
from shared.contract.history import Change
from shared.errors import NotFound
from shared.requests import render
from shared.schemas import records
from shared.settings import Settings

router = APIRouter()
# Addresses are for good, contents are not: a version may gain a field. Readers ask again after an hour.
KEPT = "public, max-age=3600"


@router.get("/asyncapi.json")
async def read_asyncapi(request: Request) -> Response:
    """The contract as AsyncAPI 3.0, in JSON."""
    return _answer(request, json.dumps(_document(request), ensure_ascii=False), "application/json")


@router.get("/asyncapi.yaml")
async def read_asyncapi_as_yaml(request: Request) -> Response:
    """The contract as AsyncAPI 3.0, in YAML."""
    return _answer(request, document.as_yaml(_document(request)), "application/yaml")


@router.get("/schemas/{type_name}.json")
async def read_schema(request: Request, type_name: str) -> Response:
    """The JSON Schema (2020-12) of one version of one event, or of what partners send."""
    event = _found(type_name)
    schema = published.json_schema(event.record, _settings(request).campaign_url)
    body = json.dumps(schema, ensure_ascii=False, indent=1)
    return _answer(request, body, "application/schema+json", **_sunset(event))


@router.get("/catalogue", include_in_schema=False)
async def show_catalogue(request: Request) -> Response:
    """All that partners read and send, and how the contract changed."""
    events, log = _contract()
    newest_first = sorted(log, key=lambda change: change.on, reverse=True)
    by_group = groupby(events.values(), key=lambda event: event.group)
    return render(
        request,
        "catalogue.html",
        groups=[(name, list(group)) for name, group in by_group],
        events=events,
        log=newest_first,
        version=history.version(log),
    )


@router.get("/tapahtumaluettelo", include_in_schema=False)
async def lead_to_catalogue() -> Response:
    """The Finnish name of the catalogue leads to it."""
    return RedirectResponse("/catalogue?lang=fi")


@router.get("/catalogue/{type_name}", include_in_schema=False)
async def show_event(request: Request, type_name: str) -> Response:
    """One event: what it says, its fields, examples and changes."""
    event = _found(type_name)
    shown = [{"headers": headers.example(event, body), "body": _written(body)} for body in event.examples]
    return render(
        request,
        "catalogue_event.html",
        event=event,
        events=_contract()[0],
        shown=shown,
        schema=published.path(event.type_name),
    )


@lru_cache(maxsize=1)
def _contract() -> tuple[dict[str, ContractEvent], tuple[Change, ...]]:
    log = tuple(history.load())
    return catalogue.contract_events(records.load_all(), log), log


def _found(type_name: str) -> ContractEvent:
    event = _contract()[0].get(type_name)
    if event is None:
        raise NotFound("no_such_event", "There is no public event of this type.")
    return event


def _document(request: Request) -> document.Part:
    settings = _settings(request)
    places = Places(settings.campaign_url, settings.partner_nats_url, settings.partner_websocket_url)
    return document.document(*_contract(), places)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _answer(request: Request, body: str, media_type: str, **more: str) -> Response:
    return opened.answer(request, body.encode(), media_type, **{"Cache-Control": KEPT, **more})


def _sunset(event: ContractEvent) -> dict[str, str]:
    """Since when a version is deprecated (RFC 9745), and until when it is published (RFC 8594)."""
    if event.record.sunset is None:
        return {}
    since = min(change.on for change in event.changes if change.kind == "sunset")
    until = datetime.combine(event.record.sunset, time(), UTC)
    deprecated = int(datetime.combine(since, time(), UTC).timestamp())
    return {"Deprecation": f"@{deprecated}", "Sunset": format_datetime(until, usegmt=True)}


def _written(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)
