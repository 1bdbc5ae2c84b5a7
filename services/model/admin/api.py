"""The staff's JSON API: recommendations, versions, counts and traces."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from services.model import commands, store
from services.model.decisions import Kind, Status, Wish
from services.model.evidence import Table
from services.model.readers import ReadVersion, read_version
from services.model.records import Record
from services.model.traces import Trace, trace_recommendation, trace_version
from shared.auth import Account, staff
from shared.errors import NotFound
from shared.events import Certainty, Key, Text, Topic, Value
from shared.events.model import Strength
from shared.requests import Tx

router = APIRouter(prefix="/admin/api", tags=["staff"], dependencies=[staff()])
Reviewer = Annotated[Account, staff("editor", "expert")]


class Summary(Value):
    """A recommendation with its whole evidence, for staff."""

    key: Key
    revision: int
    status: Status
    status_since: datetime
    topic: Topic
    practice: str
    segment: dict[str, str]
    title: Text
    text: Text
    strength: Strength
    certainty: Certainty
    rules_strength: Strength = Field(description="What the rules say now.")
    rules_certainty: Certainty
    reasons: tuple[Text, ...]
    review_reasons: tuple[Text, ...]
    evidence: Table
    synthetic: bool


class AskedDecision(Value):
    """A decision; strength and certainty only to override the rules, with a reason."""

    revision: int = Field(description="The revision that the person looked at.")
    reason: str = Field(default="", max_length=1000)
    strength: Strength | None = None
    certainty: Certainty | None = None
    text: Text | None = None


class AskedText(Value):
    """A new wording."""

    revision: int
    text: Text


class Counts(Value):
    """How many there are of what; `waiting` facts are still to be judged."""

    proposed: int
    adopted: int
    under_review: int
    retired: int
    versions: int
    waiting: int


@router.get("/recommendations")
async def read_recommendations(tx: Tx, status: Status | None = None) -> list[Summary]:
    """All recommendations, or those with one status, the newest change first."""
    return [_summary(record) for record in await store.list_records(tx, *([status] if status else []))]


@router.get("/recommendations/{key}")
async def read_recommendation(tx: Tx, key: str) -> Summary:
    """One recommendation."""
    return _summary(await store.load_existing(tx, key))


@router.post("/recommendations/{key}/text")
async def edit_text(tx: Tx, account: Reviewer, key: str, asked: AskedText) -> Summary:
    """Reword a recommendation."""
    return _summary(await commands.edit_text(tx, account, key, asked.text, asked.revision))


@router.post("/recommendations/{key}/{kind}")
async def decide(tx: Tx, account: Reviewer, key: str, kind: Kind, asked: AskedDecision) -> Summary:
    """Adopt, send to review, retire or take up again."""
    wish = Wish.model_validate(asked.model_dump() | {"kind": kind})
    return _summary(await commands.decide_on(tx, account, key, wish))


@router.post("/versions", status_code=201)
async def publish_version(tx: Tx, account: Reviewer) -> ReadVersion:
    """Publish what is adopted as the next version."""
    published = await commands.publish_version(tx, account)
    records = await store.load_records(tx, (entry.key for entry in published.content.entries))
    return read_version(published, records)


@router.get("/status")
async def read_status(tx: Tx) -> Counts:
    """Counts for operators and the demo."""
    statuses = {"proposed": 0, "adopted": 0, "under_review": 0, "retired": 0}
    found = statuses | await store.count_by_status(tx)
    return Counts(**found, versions=await store.count_versions(tx), waiting=await store.count_stale(tx))


@router.get("/trace/{thing}")
async def trace(tx: Tx, thing: str) -> Trace:
    """What a recommendation or a version (`version-3`) stands on."""
    record = await store.load_record(tx, thing)
    if record is not None:
        return trace_recommendation(record)
    number = thing.removeprefix("version-")
    version = await store.load_version(tx, int(number)) if _is_number(number, thing) else None
    if version is None:
        raise NotFound("unknown_thing", "The model has no recommendation or version with this name.")
    return trace_version(version)


def _is_number(number: str, thing: str) -> bool:
    return number != thing and number.isascii() and number.isdigit() and len(number) < 9


def _summary(record: Record) -> Summary:
    standing = record.standing
    return Summary(
        key=record.key,
        revision=record.revision,
        status=standing.status,
        status_since=record.status_since,
        topic=standing.subject.topic,
        practice=standing.subject.practice,
        segment=standing.subject.categories,
        title=standing.title,
        text=standing.text,
        strength=standing.strength,
        certainty=standing.certainty,
        rules_strength=standing.grade.strength,
        rules_certainty=standing.grade.certainty,
        reasons=standing.grade.reasons,
        review_reasons=standing.review_reasons,
        evidence=standing.table,
        synthetic=standing.synthetic,
    )
