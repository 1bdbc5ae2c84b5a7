"""What other services said: findings, recommendations, suggestions, kept as replicas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, Table, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.coaching import reasons
from services.coaching.grounds import Finding, settle
from services.coaching.tables import changes, decisions, indications, insights, recommendations, suggestions
from shared.db import Transaction
from shared.errors import NotFound
from shared.events import (
    Event,
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    PracticeContributed,
    PracticeContributionWithdrawn,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
    RecommendationRevised,
    Text,
)
from shared.replicas import Replica, Replicas, keep_fact

REPLICAS: Final[Replicas] = {
    InsightReleased: Replica(insights),
    InsightRetracted: Replica(insights, live=False),
    IndicationReleased: Replica(indications),
    IndicationRetracted: Replica(indications, live=False),
    RecommendationRevised: Replica(recommendations),
    PracticeSuggested: Replica(suggestions),
    PracticeSuggestionWithdrawn: Replica(suggestions, live=False),
    PracticeContributed: Replica(suggestions),
    PracticeContributionWithdrawn: Replica(suggestions, live=False),
}


async def save_fact(tx: Transaction, event: Event) -> bool:
    """Keep the state that an event carries, unless a newer one is known; says whether it was kept."""
    return await keep_fact(tx, REPLICAS, event)


async def load_segment(tx: Transaction, event: Event) -> dict[str, str] | None:
    """The segment that was known of an event's entity; None when it is new or was retracted."""
    table = REPLICAS[type(event)].table
    segment = await tx.value(select(table.c.state["segment"]).where(table.c.key == event.key))
    return None if segment is None else dict(segment)


async def mark_changed(tx: Transaction, segments: Sequence[Mapping[str, str]], key: str = "") -> None:
    """Note that something changed for these segments, and for who acts on advice that stood on `key`.

    A row of its own rather than a mark on the organisations: handlers then never wait for the remaking, and
    no change can slip between what it has read and the mark that it takes off.
    """
    rows = [{"segment": segment, "key": key} for segment in (segments or (None,))]
    await tx.execute(insert(changes), rows)


async def load_findings(tx: Transaction) -> tuple[Finding, ...]:
    """All findings that stand, one for each key."""
    confirmed = await tx.all(select(insights.c.state).where(insights.c.live))
    indicative = await tx.all(select(indications.c.state).where(indications.c.live))
    return settle(
        [InsightReleased.model_validate(row["state"]) for row in confirmed],
        [IndicationReleased.model_validate(row["state"]) for row in indicative],
    )


async def load_adopted(tx: Transaction) -> tuple[RecommendationRevised, ...]:
    """The recommendations that experts have adopted."""
    adopted = recommendations.c.state["status"].astext == "adopted"
    rows = await tx.all(
        select(recommendations.c.state).where(adopted, recommendations.c.live).order_by(recommendations.c.key)
    )
    return tuple(RecommendationRevised.model_validate(row["state"]) for row in rows)


async def load_fates(tx: Transaction, keys: Iterable[str]) -> dict[tuple[str, str], Text]:
    """Why evidence with these keys no longer stands, where it does not."""
    wanted = sorted(set(keys))
    fates = await _load_retracted(tx, indications, wanted)
    for key, why in (await _load_retracted(tx, insights, wanted)).items():
        if why != reasons.RETRACTED["demoted"]:
            fates[key] = why
        else:
            fates.setdefault(key, why)
    no_more = recommendations.c.state["status"].astext != "adopted"
    rows = await tx.all(select(recommendations.c.key).where(no_more, recommendations.c.key.in_(wanted)))
    return fates | {("recommendation", row["key"]): reasons.NOT_ADOPTED for row in rows}


async def _load_retracted(tx: Transaction, table: Table, keys: Sequence[str]) -> dict[tuple[str, str], Text]:
    reason = table.c.state["reason"].astext.label("reason")
    rows = await tx.all(select(table.c.key, reason).where(~table.c.live, table.c.key.in_(keys)))
    return {("insight", row["key"]): reasons.RETRACTED[row["reason"]] for row in rows}


async def list_suggestions(tx: Transaction, *, limit: int = 200) -> Sequence[RowMapping]:
    """Suggestions that wait for an editor, oldest first: `key`, `state`, `occurred_at`."""
    undecided = suggestions.outerjoin(decisions, decisions.c.suggestion == suggestions.c.key)
    return await tx.all(
        select(suggestions.c.key, suggestions.c.state, suggestions.c.occurred_at)
        .select_from(undecided)
        .where(suggestions.c.live, decisions.c.suggestion.is_(None))
        .order_by(suggestions.c.occurred_at, suggestions.c.key)
        .limit(limit)
    )


async def load_suggestion(tx: Transaction, key: str) -> PracticeSuggested | PracticeContributed:
    """A suggestion from an answer or from a partner.

    Raises:
        NotFound: there is none, or it was withdrawn.
    """
    state = await tx.value(select(suggestions.c.state).where(suggestions.c.key == key, suggestions.c.live))
    if state is None:
        raise NotFound("no_such_suggestion", "There is no such suggestion; it may have been withdrawn.")
    kind = PracticeContributed if "partner" in state else PracticeSuggested
    return kind.model_validate(state)


async def save_decision(tx: Transaction, row: dict[str, Any]) -> bool:
    """Keep an editor's decision on a suggestion; says whether it is the first one."""
    statement = upsert(decisions).values(decided_at=tx.now, **row).on_conflict_do_nothing()
    return await tx.run(statement) == 1
