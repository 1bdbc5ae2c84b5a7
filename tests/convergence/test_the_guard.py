"""The guard itself: nothing escapes it, and it sees the faults that it is for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from services.campaign import posts
from services.campaign.grounds import Known
from services.campaign.posts import Post
from services.coaching import tables as coaching
from services.coaching.store.facts import save_fact
from services.survey.tables.answers import stories as told_stories
from shared.backbone import outbox
from shared.db import Transaction
from shared.events import Event, InsightReleased, StoryPublished, StoryWithdrawn
from tests.convergence import living, said
from tests.convergence.deliveries import Batch, Story, arrivals, in_order, stories
from tests.convergence.histories import TOLD, histories
from tests.convergence.test_convergence import EVERY_HANDLER, run, run_there_and_back
from tests.convergence.worlds import HANDLERS, World

SERVICES = Path(__file__).resolve().parents[2] / "services"
Ways = list[tuple[Story, list[Batch], list[Batch]]]


def ways(world: World, count: int = 5) -> Ways:
    """Some histories, each with one way to arrive; the same each time."""
    found: Ways = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        story = data.draw(stories(histories(world.handlers.by_event)))
        after = arrivals(story.after, story.before)
        found.append((story, data.draw(arrivals(story.before)), data.draw(after)))

    draw()
    return found


async def diverges(world: World) -> bool:
    """Whether some way to arrive ends differently than the straight one."""
    for story, before, after in ways(world):
        straight = await run(world, in_order(story.before), in_order(story.after))
        if any(map(living.differences, straight, await run(world, before, after))):
            return True
    return False


Plant = Callable[[str, type[Event], Callable[..., object]], World]


@pytest.fixture
async def plant(worlds: dict[str, World]) -> AsyncIterator[Plant]:
    """Puts a handler with a fault in the place of a good one."""
    kept = {name: dict(world.handlers.by_event) for name, world in worlds.items()}

    def put(service: str, event: type[Event], handler: Callable[..., object]) -> World:
        worlds[service].handlers.by_event[event] = handler  # type: ignore[assignment]
        return worlds[service]

    yield put
    for name, handlers in kept.items():
        worlds[name].handlers.by_event.update(handlers)


async def test_a_handler_that_takes_the_last_message_for_the_newest_is_seen(plant: Plant) -> None:
    async def last_wins(event: StoryPublished, tx: Transaction) -> None:
        row = {"key": event.key, "revision": event.revision, "live": True}
        row |= {"state": event.model_dump(mode="json"), "occurred_at": event.occurred_at}
        fresh = insert(told_stories).values(row)
        await tx.execute(fresh.on_conflict_do_update(index_elements=["key"], set_=row))

    assert await diverges(plant("survey", StoryPublished, last_wins))


async def test_a_withdrawal_that_leaves_no_trace_is_seen(plant: Plant) -> None:
    async def forget(event: StoryWithdrawn, tx: Transaction) -> None:
        await tx.execute(delete(told_stories).where(told_stories.c.key == event.story))

    assert await diverges(plant("survey", StoryWithdrawn, forget))


async def test_a_handler_that_lets_nothing_follow_is_seen(plant: Plant) -> None:
    async def only_keep(event: InsightReleased, tx: Transaction) -> None:
        await save_fact(tx, event)

    assert await diverges(plant("coaching", InsightReleased, only_keep))


async def test_a_handler_that_does_something_each_time_is_seen(plant: Plant) -> None:
    async def suggest(event: InsightReleased, tx: Transaction) -> None:
        await save_fact(tx, event)
        row = {"decision": "declined", "decided_by": "nobody", "decided_at": said.START}
        await tx.execute(insert(coaching.decisions).values(suggestion=tx.new_id(), **row))

    assert await diverges(plant("coaching", InsightReleased, suggest))


@pytest.mark.parametrize(("approved", "lapsed"), [("approved", "draft"), ("scheduled", "held")])
async def test_an_approval_that_is_lost_on_the_way_is_seen(
    worlds: dict[str, World], monkeypatch: pytest.MonkeyPatch, approved: str, lapsed: str
) -> None:
    as_it_is = posts.reconsider

    def lapse(post: Post, known: Known) -> Post:
        after = as_it_is(post, known)
        gone = after.stale or post.status == lapsed
        return replace(after, status=lapsed) if gone and after.status == approved else after

    monkeypatch.setattr(posts, "reconsider", lapse)
    straight, another = await run_there_and_back(worlds["campaign"])
    assert any(row.startswith("missing posts") for row in living.differences(straight, another))


async def test_the_services_as_they_are_do_not_diverge_on_the_same_histories(
    worlds: dict[str, World],
) -> None:
    assert not await diverges(worlds["survey"])
    assert not await diverges(worlds["coaching"])


def test_every_handler_of_every_service_is_tried() -> None:
    folders = {path.parent.name for path in SERVICES.glob("*/handlers.py")}
    assert set(HANDLERS) == folders
    registered = {(name, event) for name in folders for event in HANDLERS[name].by_event}
    assert set(EVERY_HANDLER) == registered
    assert len(registered) > 20


def test_histories_tell_of_every_event_that_anybody_listens_to() -> None:
    told = {event for kind in TOLD for event in kind.events}
    assert {event for _, event in EVERY_HANDLER} <= told


@pytest.mark.parametrize("service", HANDLERS)
def test_what_is_called_history_or_chance_is_there_and_says_why(service: str) -> None:
    tables = living.tables_of(service).tables
    for name, nature in living.HISTORY[service].items():
        assert nature.columns <= set(tables[name].c.keys())
        assert nature.why.endswith(".")
    for name, columns in living.MADE_BY_CHANCE.get(service, {}).items():
        assert set(columns) <= set(tables[name].c.keys())


@pytest.mark.parametrize("service", ["coaching", "model", "campaign"])
async def test_histories_lead_to_something(worlds: dict[str, World], service: str) -> None:
    """Retractions must find something that stands on what they retract, or nothing is tested."""
    world = worlds[service]
    led_to = dict.fromkeys(living.tables_of(service).tables, 0)
    told = set[str]()
    runs = [lambda w=way: run(world, *w[1:]) for way in ways(world)]
    for one in (lambda: run_there_and_back(world), *runs):
        _, ended = await one()
        for name in led_to:
            led_to[name] += len(ended.get(name, []))
        async with world.database.transaction() as tx:
            told |= {row["type"] for row in await tx.all(select(outbox.c.type))}
    untouched = {name for name, rows in led_to.items() if not rows}
    assert untouched <= NEVER_FILLED[service]
    assert told == SAID[service]


# Tables that are empty at rest, or that no handler fills.
NEVER_FILLED = {
    "coaching": {"changes"},
    "model": {"stale"},
    # What partners are and read hangs on no handler; who follows the stream fills the history.
    "campaign": {
        "story_contacts",
        "partners",
        "webhooks",
        "webhook_deliveries",
        "public_events",
        "public_history",
        "export_digests",
        "contributions",
        "contribution_counts",
    },
}
SAID = {
    "coaching": {
        "latu.coaching.playbook_remade.v1",
        "latu.coaching.practice_published.v1",
        "latu.coaching.outcome_recorded.v1",
        "latu.coaching.organisation_coached.v1",
    },
    "model": {"latu.model.recommendation_revised.v1", "latu.model.version_published.v1"},
    "campaign": {"latu.campaign.post_published.v1", "latu.campaign.story_published.v1"},
}
