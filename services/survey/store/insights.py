"""Insights in the database: every revision, and which is the newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, insert, select, update

from services.survey.insights import Finding, Found, Ground, Standing
from services.survey.tables.releases import insights
from shared.db import Transaction
from shared.events import Event, IndicationReleased, InsightReleased


@dataclass(frozen=True)
class Told(Standing):
    """One revision of a finding. reason: why it was retracted, if it was."""

    reason: str


async def load_standing(tx: Transaction, round_code: str) -> Mapping[str, Standing]:
    """The last word on every finding of a round, by key."""
    return {told.finding.insight: told for told in await _newest(tx, insights.c.round == round_code)}


async def list_live(tx: Transaction, round_code: str) -> list[Told]:
    """The findings of a round that stand."""
    return await _newest(tx, (insights.c.round == round_code) & insights.c.live)


async def list_confirmed(tx: Transaction) -> list[InsightReleased]:
    """The confirmed findings of all rounds that stand; no others may be shown to the public."""
    told = await _newest(tx, insights.c.live)
    return [one.finding for one in told if isinstance(one.finding, InsightReleased)]


async def load_insight(tx: Transaction, key: str, revision: int | None = None) -> Told | None:
    """One revision of a finding, or its newest."""
    which = insights.c.newest if revision is None else insights.c.revision == revision
    row = await tx.first(select(insights).where(insights.c.insight == key, which))
    return None if row is None else _told(row)


async def list_revisions(tx: Transaction, key: str) -> list[Told]:
    """Everything that was ever said of a finding, in order."""
    query = select(insights).where(insights.c.insight == key).order_by(insights.c.revision)
    return [_told(row) for row in await tx.all(query)]


async def save_told(
    tx: Transaction, events: Sequence[Event], found: Mapping[str, Found], standing: Mapping[str, Standing]
) -> None:
    """Keep what was said, each event a revision: of what was found now, or of what stood before."""
    if not events:
        return
    rows = {
        (event.key, event.revision): _released(event, found[event.key].ground)
        if isinstance(event, InsightReleased | IndicationReleased)
        else _retracted(event, standing[event.key])
        for event in events
    }
    last = {event.key: event.revision for event in events}
    await tx.run(update(insights).where(insights.c.insight.in_(last), insights.c.newest).values(newest=False))
    listed = [{**row, "newest": last[key] == revision} for (key, revision), row in rows.items()]
    await tx.execute(insert(insights), listed)


async def _newest(tx: Transaction, which: ColumnElement[bool]) -> list[Told]:
    query = select(insights).where(insights.c.newest, which).order_by(insights.c.insight)
    return [_told(row) for row in await tx.all(query)]


def _released(finding: Finding, ground: Ground) -> dict[str, Any]:
    return {
        "insight": finding.insight,
        "revision": finding.revision,
        "round": finding.round,
        "live": True,
        "hypothesis": ground.hypothesis,
        "item": ground.item,
        "watermark": ground.watermark,
        "event": finding.model_dump(mode="json"),
        "retraction": None,
    }


def _retracted(event: Event, standing: Standing) -> dict[str, Any]:
    row = _released(standing.finding, standing.ground)
    return row | {"revision": event.revision, "live": False, "retraction": event.model_dump(mode="json")}


def _told(row: RowMapping) -> Told:
    kind = InsightReleased if row["event"]["tier"] == "confirmed" else IndicationReleased
    return Told(
        finding=kind.model_validate(row["event"]),
        revision=row["revision"],
        live=row["live"],
        ground=Ground(row["hypothesis"], row["item"], row["watermark"]),
        reason=row["retraction"]["reason"] if row["retraction"] else "",
    )
