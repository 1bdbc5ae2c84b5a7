"""Queries for those who read the history of public events. They hold a bounded part of it at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.history import BEGINNING, Day, Page, Told
from services.campaign.store.history import load_history
from services.campaign.tables import export_digests
from services.campaign.tables import public_events as events
from shared.db import Transaction

LARGEST_PAGE = 4_000_000
"""Characters of events in one page; the first is told however long it is."""

ROWS_OF_DAY = 500
"""How many rows of a day are read at a time."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the history: after a position, only these types (none are all), so many at most."""

    after: int
    types: tuple[str, ...] = ()
    most: int = 500


async def find_position(tx: Transaction, cursor: str) -> int | None:
    """Where the event is that a cursor names; None where there is none."""
    if cursor == BEGINNING:
        return 0
    found = await tx.value(select(events.c.position).where(events.c.id == cursor))
    return None if found is None else int(found)


async def find_told(tx: Transaction, event_id: str) -> Told | None:
    """One event."""
    row = await tx.first(select(*_TOLD).where(events.c.id == event_id))
    return Told(**row) if row else None


async def load_page(tx: Transaction, part: Part, cursor: str = BEGINNING) -> Page:
    """The next events that are told; `cursor` is where the reader is, and stays where nothing follows.

    What is not wanted is passed as well, so that a reader of few events does not look at the rest again.
    """
    until = (await load_history(tx)).position
    told = events.c.event.is_not(None) & (events.c.position > part.after) & (events.c.position <= until)
    wanted = select(*_TOLD).where(told)
    if part.types:
        wanted = wanted.where(events.c.type.in_(part.types))
    found = await _told(tx, wanted, part.most)
    more = bool(found) and await _follows(tx, wanted, found[-1].position)
    if more:
        return Page(found, found[-1].id, more=True)
    newest = await tx.value(select(events.c.id).where(events.c.position == max(until, part.after)))
    return Page(found, str(newest or cursor), more=False)


async def list_rows(tx: Transaction, after: int, most: int) -> tuple[Told, ...]:
    """What follows on a position, of every type, and what was withdrawn as well, without its text."""
    return await _told(tx, select(*_TOLD).where(events.c.position > after), most)


async def list_newest(tx: Transaction, most: int) -> tuple[Told, ...]:
    """The newest events that are told, newest first."""
    newest = select(*_TOLD).where(events.c.event.is_not(None)).order_by(events.c.position.desc()).limit(most)
    return tuple(Told(**row) for row in await tx.all(newest))


async def list_days(tx: Transaction) -> list[Day]:
    """Every day that has events, in order, with how many of them are told."""
    return [Day(**row) for row in await tx.all(_DAYS.order_by(events.c.day))]


async def find_day(tx: Transaction, day: date) -> Day | None:
    """One day; None where nothing was published on it."""
    row = await tx.first(_DAYS.where(events.c.day == day))
    return Day(**row) if row else None


async def list_of_day(tx: Transaction, day: Day, after: int, most: int) -> tuple[Told, ...]:
    """What follows on a position within a day, up to where the day was when it was looked at."""
    of_day = (events.c.day == day.day) & (events.c.position > after) & (events.c.position <= day.last)
    return await _told(tx, select(*_TOLD).where(of_day), most)


async def load_digests(tx: Transaction) -> dict[str, str]:
    """The SHA-256 of the files of finished days, by the ETag of the state that it was worked out of."""
    return {row["etag"]: row["sha256"] for row in await tx.all(select(export_digests))}


async def save_digest(tx: Transaction, day: Day, sha256: str) -> None:
    """Keep the SHA-256 of a day's file."""
    row = {"day": day.day, "etag": day.etag, "sha256": sha256}
    kept = upsert(export_digests).values(row)
    await tx.execute(kept.on_conflict_do_update(index_elements=["day"], set_=row))


_TOLD = (events.c.position, events.c.id, events.c.type, events.c.event)
_DAYS = select(
    events.c.day, func.count(events.c.event).label("events"), func.max(events.c.position).label("last")
).group_by(events.c.day)


async def _told(tx: Transaction, query: Select[Any], most: int) -> tuple[Told, ...]:
    some = query.order_by(events.c.position).limit(most).subquery()
    size = func.sum(func.coalesce(func.length(some.c.event), 0)).over(order_by=some.c.position)
    sized = select(some, size.label("size"), func.row_number().over(order_by=some.c.position).label("number"))
    within = sized.subquery()
    columns = [within.c[name] for name in ("position", "id", "type", "event")]
    fits = or_(within.c.size <= LARGEST_PAGE, within.c.number == 1)
    rows: Sequence[Any] = await tx.all(select(*columns).where(fits).order_by(within.c.position))
    return tuple(Told(**row) for row in rows)


async def _follows(tx: Transaction, query: Select[Any], position: int) -> bool:
    return await tx.value(query.where(events.c.position > position).limit(1)) is not None
