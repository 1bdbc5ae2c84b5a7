"""HTTP for anybody: the model, its versions and its recommendations with their evidence."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.model import store, thresholds
from services.model.panels import panels_of
from services.model.readers import ReadRecommendation, ReadVersion, read_entry, read_version
from services.model.versions import PublishedVersion
from shared import opened
from shared.db import Transaction
from shared.errors import NotFound
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter()


@router.get("/", include_in_schema=False)
async def show_model(request: Request, tx: Tx) -> Response:
    """The newest version of the model, by topic."""
    newest = await store.load_version(tx)
    version = await _read(tx, newest) if newest else None
    return render(request, "model.html", version=version, topics=vocabulary().topics, newest=True)


@router.get("/versions", include_in_schema=False)
async def show_versions(request: Request, tx: Tx) -> Response:
    """All versions, the newest first."""
    return render(request, "versions.html", versions=[v.content for v in await store.list_versions(tx)][::-1])


@router.get("/versions/{number}", include_in_schema=False)
async def show_version(request: Request, tx: Tx, number: int) -> Response:
    """One version, with the marks of today."""
    newest = await store.load_version(tx)
    is_newest = newest is not None and newest.content.number == number
    version = await _read(tx, await _version(tx, number))
    return render(request, "model.html", version=version, topics=vocabulary().topics, newest=is_newest)


@router.get("/recommendations/{key}", include_in_schema=False)
async def show_recommendation(request: Request, tx: Tx, key: str) -> Response:
    """One recommendation as the newest version that has it words it, with its evidence table."""
    found, number, is_newest = await _recommendation(tx, key)
    return render(
        request,
        "recommendation.html",
        item=found,
        in_version=number,
        newest=is_newest,
        panels=panels_of(found.evidence),
    )


@router.get("/rules", include_in_schema=False)
async def show_rules(request: Request) -> Response:
    """How certainty and strength are made."""
    return render(request, "rules.html", rules=thresholds)


@router.get("/api/model", dependencies=[opened.ANY_SITE])
async def read_model(tx: Tx) -> ReadVersion:
    """The newest version of the model."""
    newest = await store.load_version(tx)
    if newest is None:
        raise NotFound("no_version", "No version of the model has been published yet.")
    return await _read(tx, newest)


@router.get("/api/versions", dependencies=[opened.ANY_SITE])
async def read_versions(tx: Tx) -> list[ReadVersion]:
    """All versions, the oldest first."""
    return [await _read(tx, version) for version in await store.list_versions(tx)]


@router.get("/api/versions/{number}", dependencies=[opened.ANY_SITE])
async def read_one_version(tx: Tx, number: int) -> ReadVersion:
    """One version of the model."""
    return await _read(tx, await _version(tx, number))


@router.get("/api/recommendations/{key}", dependencies=[opened.ANY_SITE])
async def read_recommendation(tx: Tx, key: str) -> ReadRecommendation:
    """One recommendation as the newest version that has it words it."""
    return (await _recommendation(tx, key))[0]


async def _read(tx: Transaction, version: PublishedVersion) -> ReadVersion:
    records = await store.load_records(tx, (entry.key for entry in version.content.entries))
    return read_version(version, records)


async def _version(tx: Transaction, number: int) -> PublishedVersion:
    # A number that PostgreSQL cannot hold is no version either.
    found = await store.load_version(tx, number) if 0 < number < 2**31 else None
    if found is None:
        raise NotFound("no_version", "There is no such version of the model.")
    return found


async def _recommendation(tx: Transaction, key: str) -> tuple[ReadRecommendation, int, bool]:
    """The recommendation, the number of the version that words it and whether that is the newest."""
    versions = await store.list_versions(tx)
    for version in reversed(versions):
        for entry in version.content.entries:
            if entry.key == key:
                read = read_entry(entry, await store.load_record(tx, key))
                return read, version.content.number, version is versions[-1]
    raise NotFound("no_recommendation", "No published version has this recommendation.")
