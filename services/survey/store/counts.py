"""What metrics count of the survey: what is public, or in bands that are."""

from __future__ import annotations

from sqlalchemy import func, select, text

from services.survey.tables.releases import insights
from services.survey.tables.rounds import rounds
from shared.db import Transaction
from shared.findings import KINDS, Findings

# Bands are told as `50–99`, `5000+` or `<5`: their lower ends are released, the number itself is not.
_AT_LEAST = text("""
    SELECT coalesce(sum(substring(document ->> 'n_band' FROM '^[0-9]+')::int), 0) FROM (
        SELECT DISTINCT ON (round) document FROM releases ORDER BY round, number DESC
    ) newest
""")

_TIER = insights.c.event["tier"].astext
# Every finding that was ever told, by what it was told as, with the newest revision of that.
FINDINGS = Findings(
    tuple(KINDS.values()),
    select(
        _TIER.label("kind"),
        insights.c.insight.label("key"),
        func.max(insights.c.revision).label("revision"),
    ).group_by(_TIER, insights.c.insight),
)


async def count_rounds(tx: Transaction) -> dict[str, int]:
    """How many rounds have each status."""
    query = select(rounds.c.status, func.count().label("n")).group_by(rounds.c.status)
    return {row["status"]: row["n"] for row in await tx.all(query)}


async def count_insights(tx: Transaction) -> dict[str, int]:
    """How many findings stand, by how well they are held."""
    query = select(_TIER.label("tier"), func.count().label("n")).where(insights.c.newest & insights.c.live)
    return {row["tier"]: row["n"] for row in await tx.all(query.group_by(_TIER))}


async def count_released(tx: Transaction) -> dict[str, int]:
    """How many answered at least, by the newest release of each round: never what came since."""
    return {"at_least": int(await tx.value(_AT_LEAST))}
