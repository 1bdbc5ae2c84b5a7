"""What people do between the two parts of a history: always the same on the same state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from services.campaign import commands as campaign
from services.campaign import store as posts
from services.campaign.posts import Post
from services.campaign.stories import Telling
from services.campaign.wordings import Wording
from services.coaching import commands as coaching
from services.coaching.organisations import Organisation
from services.coaching.outcomes import Measurement
from services.coaching.practices import Practice
from services.coaching.store import facts, playbooks
from services.coaching.visits import Intent, Visit
from services.model import commands as model
from services.model import store as records
from services.model.decisions import Wish
from services.model.records import Record
from shared.auth import Account
from shared.db import Transaction
from shared.errors import Refused
from tests.convergence import said
from tests.convergence.worlds import World

TODAY = said.START.date()
EXPERT = Account("expert", frozenset({"expert"}))
REASON = "The group discussed it on Tuesday."
CLIENTS = (
    Organisation(organisation="a", label="Workplace a", size="1-9", sub_region="rovaniemi"),
    Organisation(organisation="b", label="Workplace b", size="10-49"),
)


async def open_desk(world: World) -> None:
    """What is there before anything is heard: coaching has a library and clients."""
    if world.service != "coaching":
        return
    library = [
        Practice(
            practice=key,
            topics=topics,
            title=said.text(key),
            summary=said.text(f"How to do {key}"),
            first_steps=(said.text("Begin"),),
            effort="low",
        )
        for key, topics in zip(
            said.PRACTICES, (said.TOPICS[:1], said.TOPICS[:2], said.TOPICS[1:]), strict=True
        )
    ]
    async with world.database.transaction() as tx:
        await coaching.seed_library(tx, library)
        await coaching.add_organisations(tx, "coach", CLIENTS)
    await world.rest()


async def act(world: World) -> None:
    """People look at what there is and decide."""
    await world.at(day=1)
    await DESKS.get(world.service, _nothing)(world)
    await world.rest()
    await world.at(day=2)


async def _nothing(_: World) -> None:
    return


async def _coach(world: World) -> None:
    """Each client agrees on what it is advised first and follows it up; one lends its survey mark."""
    async with world.database.transaction() as tx:
        await coaching.give_mark(tx, "coach", "a", "ABCD-EFGH-JKMN")
    for client in CLIENTS:
        key = client.organisation
        async with world.database.transaction() as tx:
            book = await playbooks.load_playbook(tx, key)
            chosen = tuple(Intent(practice=item.practice) for item in book.items[:2])
            visit = Visit(visit=f"visit-{key}", visited_on=TODAY, note="…", actions=chosen)
            agreed = await coaching.record_visit(tx, "coach", key, visit)
        if agreed:
            first = agreed[min(agreed)]
            measured = Measurement(before=4, after=7, kept=key == "b", measured_on=date(2026, 3, 3))
            async with world.database.transaction() as tx:
                await coaching.record_outcome(tx, "coach", first, measured)
    async with world.database.transaction() as tx:
        for row in (await facts.list_suggestions(tx))[:1]:
            await coaching.decline_suggestion(tx, "editor", row["key"])


async def _experts(world: World) -> None:
    """They adopt most of what is proposed, ask to look again at one, retire one, and publish a version."""
    async with world.database.transaction() as tx:
        keys = sorted(record.key for record in await records.list_records(tx, "proposed"))
    for number, key in enumerate(keys):
        await _decide(world, "retire" if number == 0 else "adopt", key)
    if len(keys) > 2:
        await _decide(world, "review", keys[1])
    try:
        async with world.database.transaction() as tx:
            await model.publish_version(tx, EXPERT)
    except Refused:
        return


async def _decide(world: World, kind: str, key: str) -> Record:
    async with world.database.transaction() as tx:
        record = await records.load_existing(tx, key)
        wish = Wish.model_validate({"kind": kind, "revision": record.revision, "reason": REASON})
        return await model.decide_on(tx, EXPERT, key, wish)


async def _editors(world: World) -> None:
    """Drafts are published, scheduled, approved or edited, each always the same way; a story is told."""
    async with world.database.transaction() as tx:
        drafts = sorted(post.key for post in await posts.list_posts(tx, "draft"))
        story = await campaign.submit_story(
            tx, Telling("Title", "Words " * 10, "community", "fi", consent=True), "t1"
        )
    async with world.database.transaction() as tx:
        await campaign.publish_story(tx, story.story, "editor", "Title", "Words " * 10)
    for key in drafts:
        async with world.database.transaction() as tx:
            await WAYS[sum(key.encode()) % len(WAYS)](tx, key)


async def _publish(tx: Transaction, key: str) -> None:
    await campaign.approve_post(tx, key, "editor")
    await campaign.publish_post(tx, key, "editor")


async def _schedule(tx: Transaction, key: str) -> None:
    await campaign.approve_post(tx, key, "editor")
    await campaign.schedule_post(tx, key, tx.now + timedelta(days=400), "editor")


async def _approve(tx: Transaction, key: str) -> None:
    await campaign.approve_post(tx, key, "editor")


async def _edit(tx: Transaction, key: str) -> None:
    post = await posts.load_post(tx, key)
    assert isinstance(post, Post)
    title = said.text("A title of our own")
    await campaign.edit_post(tx, key, "editor", Wording(title, post.wording.body))


WAYS: tuple[Callable[[Transaction, str], Awaitable[None]], ...] = (_publish, _schedule, _approve, _edit)
DESKS: dict[str, Callable[[World], Awaitable[None]]] = {
    "coaching": _coach,
    "model": _experts,
    "campaign": _editors,
}
