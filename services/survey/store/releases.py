"""Releases in the database: written once, read many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, exists, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from services.survey.publication import Kept
from services.survey.records import read_record, write_record
from services.survey.releases import Release
from services.survey.tables.releases import releases, seal_keys
from services.survey.tables.rounds import rounds
from shared.db import Transaction


@dataclass(frozen=True)
class Signed:
    """A release as it is listed: what it published, by whom and when."""

    release: Release
    kept: Kept
    content_hash: str
    answers_hash: str
    released_by: str
    released_at: datetime


# Rounds with news: closed and never finally released, or with answers or erasures above the last watermark.
_WITH_NEWS = text("""
    SELECT r.round FROM rounds r
    LEFT JOIN LATERAL (
        SELECT watermark, final FROM releases WHERE round = r.round ORDER BY number DESC LIMIT 1
    ) last ON true
    WHERE r.status IN ('open', 'closed') AND (
        EXISTS (SELECT FROM answers a WHERE a.round = r.round AND a.seq > coalesce(last.watermark, 0))
        OR EXISTS (SELECT FROM erased_units e WHERE e.round = r.round AND e.seq > last.watermark)
        OR (r.status = 'closed' AND NOT last.final)
    )
    ORDER BY r.round
""")


async def list_rounds_with_news(tx: Transaction) -> list[str]:
    """The rounds for which a new release may be due."""
    return [str(row["round"]) for row in await tx.all(_WITH_NEWS)]


async def load_kept(tx: Transaction, round_code: str) -> list[Kept]:
    """All releases of a round, in order."""
    rows = await tx.all(select(releases).where(releases.c.round == round_code).order_by(releases.c.number))
    return [read_record(dict(row)) for row in rows]


async def list_released_followers(tx: Transaction, round_code: str) -> list[str]:
    """The rounds that follow a round and have been released."""
    follows = rounds.c.document["follows"].astext == round_code
    released = exists().where(releases.c.round == rounds.c.round)
    return [str(row["round"]) for row in await tx.all(select(rounds.c.round).where(follows & released))]


async def load_release(tx: Transaction, key: str) -> Signed | None:
    """One release."""
    row = await tx.first(select(releases).where(releases.c.release == key))
    return None if row is None else _signed(row)


async def load_newest(tx: Transaction, round_code: str) -> Signed | None:
    """The last release of a round."""
    query = select(releases).where(releases.c.round == round_code).order_by(releases.c.number.desc()).limit(1)
    row = await tx.first(query)
    return None if row is None else _signed(row)


async def list_newest(tx: Transaction) -> list[Release]:
    """The last release of every round, the newest first."""
    newest = (
        select(releases.c.document, releases.c.released_at)
        .ext(distinct_on(releases.c.round))
        .order_by(releases.c.round, releases.c.number.desc())
        .subquery()
    )
    rows = await tx.all(select(newest.c.document).order_by(newest.c.released_at.desc()))
    return [Release.model_validate(row["document"]) for row in rows]


async def list_releases(tx: Transaction, *, limit: int = 100) -> Sequence[RowMapping]:
    """Releases for staff, the newest first, without their figures."""
    columns = (
        releases.c.release,
        releases.c.round,
        releases.c.number,
        releases.c.final,
        releases.c.released_by,
        releases.c.released_at,
        func.jsonb_array_length(releases.c.document["cells"]).label("figures"),
    )
    return await tx.all(select(*columns).order_by(releases.c.released_at.desc()).limit(limit))


async def save_release(tx: Transaction, kept: Kept, answers_hash: str, by: str) -> None:
    """Keep a new release."""
    release = kept.release
    row: dict[str, Any] = {
        "release": release.release,
        "round": release.round,
        "number": release.number,
        "final": release.final,
        "content_hash": release.content_hash,
        "answers_hash": answers_hash,
        "released_by": by,
        "released_at": tx.now,
    }
    await tx.execute(insert(releases), row | write_record(kept))


async def load_seal_key(tx: Transaction, round_code: str, new: bytes) -> bytes:
    """The key of a round's seals; `new` becomes it where there is none yet."""
    own = upsert(seal_keys).values(round=round_code, key=new)
    await tx.execute(own.on_conflict_do_nothing())
    return bytes(await tx.value(select(seal_keys.c.key).where(seal_keys.c.round == round_code)))


def _signed(row: RowMapping) -> Signed:
    kept = read_record(dict(row))
    return Signed(
        release=kept.release,
        kept=kept,
        content_hash=row["content_hash"],
        answers_hash=row["answers_hash"],
        released_by=row["released_by"],
        released_at=row["released_at"],
    )
