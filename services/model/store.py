"""Every query of the model service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.model.evidence import Known
from services.model.records import Record
from services.model.tables import indications, insights, outcomes, practices, recommendations, stale, versions
from services.model.versions import PublishedVersion
from shared.backbone import audit
from shared.db import Transaction
from shared.errors import NotFound
from shared.events import (
    Event,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    OutcomeRecorded,
    OutcomeWithdrawn,
    PracticePublished,
)
from shared.origins import Origin
from shared.replicas import Replica, Replicas, keep_fact

# Whether a practice is in its library is part of its state: its title is needed also when it is not.
REPLICAS: Final[Replicas] = {
    InsightReleased: Replica(insights),
    InsightRetracted: Replica(insights, live=False),
    IndicationReleased: Replica(indications),
    IndicationRetracted: Replica(indications, live=False),
    OutcomeRecorded: Replica(outcomes),
    OutcomeWithdrawn: Replica(outcomes, live=False),
    PracticePublished: Replica(practices),
}
_VERSIONS_LOCK = 5_201_402
ENTRIES_SHOWN = 50


async def save_fact(tx: Transaction, event: Event) -> bool:
    """Keep what another service told, when it is newer than what is kept; says whether it was."""
    return await keep_fact(tx, REPLICAS, event)


async def mark_stale(tx: Transaction) -> None:
    """Ask for a new judgement, on behalf of what this transaction answers to."""
    origin = tx.origin
    row = {
        "correlation_id": origin.correlation_id,
        "causation_id": origin.causation_id,
        "traceparent": origin.traceparent,
    }
    await tx.execute(insert(stale), row)


async def delete_stale(tx: Transaction) -> Origin | None:
    """What last asked for a judgement, or None; all that asked are forgotten when `tx` commits.

    A mark is committed with the fact that made it, so whoever sees the mark afterwards sees the fact.
    """
    rows = await tx.all(delete(stale).returning(*stale.c))
    if not rows:
        return None
    last = max(rows, key=lambda row: row["position"])
    return Origin(last["correlation_id"], last["causation_id"], last["traceparent"])


async def load_known(tx: Transaction) -> Known:
    """The live facts of the other services, and every practice ever named."""
    replicas = {"insights": insights, "indications": indications, "outcomes": outcomes}
    found = {name: await _list_states(tx, table) for name, table in replicas.items()}
    return Known.model_validate(found | {"practices": await _list_states(tx, practices)})


async def _list_states(tx: Transaction, table: Table) -> list[Any]:
    asked = select(table.c.state).where(table.c.live).order_by(table.c.key)
    return [row["state"] for row in await tx.all(asked)]


async def load_record(tx: Transaction, key: str) -> Record | None:
    """One recommendation."""
    row = await tx.first(select(recommendations).where(recommendations.c.key == key))
    return None if row is None else Record.model_validate(dict(row))


async def load_existing(tx: Transaction, key: str) -> Record:
    """One recommendation.

    Raises:
        NotFound: there is none with this key.
    """
    record = await load_record(tx, key)
    if record is None:
        raise NotFound("no_recommendation", "There is no recommendation with this key.")
    return record


async def lock_record(tx: Transaction, key: str) -> None:
    """Keep others from changing a recommendation until the commit."""
    await tx.first(select(recommendations.c.key).where(recommendations.c.key == key).with_for_update())


async def lock_records(tx: Transaction) -> dict[str, Record]:
    """All recommendations by key, kept from others until the commit."""
    rows = await tx.all(select(recommendations).order_by(recommendations.c.key).with_for_update())
    return {row["key"]: Record.model_validate(dict(row)) for row in rows}


async def list_records(tx: Transaction, *statuses: str) -> list[Record]:
    """All recommendations, or those with one of these statuses, the newest change first."""
    asked = select(recommendations).order_by(recommendations.c.status_since.desc(), recommendations.c.key)
    if statuses:
        asked = asked.where(recommendations.c.status.in_(statuses))
    return [Record.model_validate(dict(row)) for row in await tx.all(asked)]


async def load_records(tx: Transaction, keys: Iterable[str]) -> dict[str, Record]:
    """These recommendations by key."""
    rows = await tx.all(select(recommendations).where(recommendations.c.key.in_(sorted(keys))))
    return {row["key"]: Record.model_validate(dict(row)) for row in rows}


async def save_record(tx: Transaction, record: Record) -> None:
    """Keep a recommendation as it is now."""
    row = record.model_dump(mode="json", exclude={"status_since"}) | {
        "key": record.key,
        "topic": record.standing.subject.topic,
        "status": record.standing.status,
        "status_since": record.status_since,
    }
    changed = {name: value for name, value in row.items() if name != "key"}
    fresh = upsert(recommendations).values(row)
    await tx.execute(fresh.on_conflict_do_update(index_elements=["key"], set_=changed))


async def count_by_status(tx: Transaction) -> dict[str, int]:
    """How many recommendations have each status."""
    rows = await tx.all(
        select(recommendations.c.status, func.count().label("n")).group_by(recommendations.c.status)
    )
    return {row["status"]: row["n"] for row in rows}


async def count_stale(tx: Transaction) -> int:
    """How many facts wait to be judged."""
    return int(await tx.value(select(func.count()).select_from(stale)))


async def count_versions(tx: Transaction) -> int:
    """How many versions were published."""
    return int(await tx.value(select(func.count()).select_from(versions)))


async def lock_versions(tx: Transaction) -> None:
    """Publish or mark versions one at a time."""
    await tx.execute(select(func.pg_advisory_xact_lock(_VERSIONS_LOCK)))


async def list_versions(tx: Transaction) -> list[PublishedVersion]:
    """All versions, the oldest first."""
    rows = await tx.all(select(versions).order_by(versions.c.number))
    return [PublishedVersion.model_validate(dict(row)) for row in rows]


async def load_version(tx: Transaction, number: int | None = None) -> PublishedVersion | None:
    """A version by its number, or the newest."""
    asked = select(versions).order_by(versions.c.number.desc()).limit(1)
    row = await tx.first(asked if number is None else asked.where(versions.c.number == number))
    return None if row is None else PublishedVersion.model_validate(dict(row))


async def load_version_revision(tx: Transaction) -> int:
    """The revision of the last version event; 0 before the first."""
    return int(await tx.value(select(func.coalesce(func.max(versions.c.revision), 0))))


async def save_version(tx: Transaction, published: PublishedVersion) -> None:
    """Keep a version, or the marks and the revision of one that is kept already."""
    row = {
        "number": published.content.number,
        "revision": published.revision,
        "published_on": published.content.published_on,
        "published_by": published.published_by,
        "content": published.content.model_dump(mode="json"),
        "marks": sorted(published.marks),
    }
    changed = {name: row[name] for name in ("revision", "marks")}
    fresh = upsert(versions).values(row)
    await tx.execute(fresh.on_conflict_do_update(index_elements=["number"], set_=changed))


async def list_history(tx: Transaction, key: str) -> list[dict[str, Any]]:
    """What happened to a recommendation, the newest first."""
    mine = audit.c.subject == key
    asked = select(audit).where(mine).order_by(audit.c.position.desc()).limit(ENTRIES_SHOWN)
    return [dict(row) for row in await tx.all(asked)]
