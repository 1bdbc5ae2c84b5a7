"""HTTP for everybody: the practice library."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from services.coaching.practices import Practice, published
from services.coaching.store import practices as store
from shared import opened
from shared.errors import NotFound
from shared.requests import Tx

router = APIRouter(tags=["public"])


@router.get("/", include_in_schema=False)
async def lead_to_the_desk() -> Response:
    """The coaching service has pages for staff only."""
    return RedirectResponse("/admin", status_code=303)


@router.get("/api/practices", dependencies=[opened.ANY_SITE])
async def read_practices(tx: Tx) -> list[Practice]:
    """The practices of the library, by key."""
    return list(published(await store.list_practices(tx)))


@router.get("/api/practices/{key}", dependencies=[opened.ANY_SITE])
async def read_practice(tx: Tx, key: str) -> Practice:
    """One practice of the library."""
    for practice in published(await store.list_practices(tx)):
        if practice.practice == key:
            return practice
    raise NotFound("no_such_practice", "There is no such practice in the library.")
