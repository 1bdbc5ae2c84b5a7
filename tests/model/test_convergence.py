"""Any order, any repeats, any batching of what arrives ends in the same live state."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from services.model import commands, store
from services.model.handlers import events
from shared.db import Database
from shared.events import Event
from tests.model.desk import clear, decide, publish
from tests.model.given import (
    ROVANIEMI,
    figure,
    indication,
    insight,
    outcome,
    outcomes,
    practice,
    retraction,
    text,
    withdrawal,
)

BEFORE: tuple[Event, ...] = (
    practice("breaks"),
    practice("breaks", 2, title=text("Better title")),
    practice("walks"),
    practice("gone"),
    practice("gone", 2, status="withdrawn"),
    insight("need"),
    insight("need", revision=2, figure=figure(2.2, 2.0, 2.4)),
    insight("good", "practice", practice="breaks", question="q2"),
    insight("fleeting", "barrier", question="q3"),
    retraction("fleeting", 2),
    insight("local", segment=ROVANIEMI, segment_label=text("Rovaniemi"), question="q4"),
    insight("leader", topic="leadership", segment=ROVANIEMI, segment_label=text("Rovaniemi")),
    insight("steady", topic="recruitment"),
    practice("steady", topics=("recruitment",)),
    indication("hint"),
    *outcomes(6),
    withdrawal("o03"),
)
AFTER: tuple[Event, ...] = (
    retraction("need", 3),
    insight("need", revision=4, figure=figure(3.4, 3.2, 3.6)),
    insight("good", "practice", revision=2, practice="breaks", question="q2", certainty="low"),
    insight("late", "strength", question="q1", round="autumn"),
    retraction("late", 2),
    practice("walks", 2, status="withdrawn"),
    practice("new", topics=("leadership",)),
    outcome("o01", revision=2, kept=False, after=2),
    *outcomes(8, prefix="p"),
    withdrawal("p01"),
    withdrawal("p01", 3),
)


async def bring(database: Database, told: Sequence[Event], chance: random.Random | None) -> None:
    """In order and one by one, or shuffled, repeated and in batches with the judge at any moment."""
    events_in = list(told)
    if chance:
        events_in += chance.choices(told, k=len(told) // 2)
        chance.shuffle(events_in)
    while events_in:
        batch = [events_in.pop() for _ in range(min(len(events_in), chance.randint(1, 6) if chance else 1))]
        async with database.transaction() as tx:
            for event in batch if chance else [batch[-1]]:
                await events.by_event[type(event)](event, tx)
        if chance is None or chance.random() < 0.4:
            await judge(database)
    await judge(database)


async def judge(database: Database) -> None:
    async with database.transaction() as tx:
        await commands.judge(tx)


async def live_state(database: Database) -> dict[str, Any]:
    """What counts: drafts that nobody approved and the numbering of revisions are history."""
    async with database.transaction() as tx:
        records = await store.list_records(tx)
        version = await store.load_version(tx)
    found: dict[str, Any] = {
        record.key: record.standing
        for record in records
        if record.decision is not None or record.standing.status != "retired"
    }
    return found | {"version": version and (version.content.number, sorted(version.marks))}


async def run(database: Database, chance: random.Random | None) -> dict[str, Any]:
    """Evidence, then people who adopt, retire and publish, then more evidence and some of the old again."""
    await bring(database, BEFORE[::-1] if chance is None else BEFORE, chance)
    async with database.transaction() as tx:
        keys = sorted(record.key for record in await store.list_records(tx, "proposed"))
    for key in keys[:-1]:
        await decide(database, "adopt", key)
    await decide(database, "retire", keys[0])
    await publish(database)
    again = chance.sample(BEFORE, 8) if chance else []
    await bring(database, AFTER[::-1] if chance is None else [*AFTER, *again], chance)
    return await live_state(database)


async def test_any_order_with_repeats_ends_in_the_same_live_state(database: Database) -> None:
    expected = await run(database, None)
    found = {standing.status for key, standing in expected.items() if key != "version"}
    assert found == {"adopted", "under_review", "retired", "proposed"}
    for seed in range(4):
        await clear(database)
        chance = random.Random(seed)  # noqa: S311 - a repeatable shuffle, no secret
        assert await run(database, chance) == expected, f"seed {seed}"
