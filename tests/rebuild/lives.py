"""What happens in each service before it is rebuilt: events from others, and what its own people do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from services.campaign import commands as campaign_commands
from services.campaign import store as campaign_store
from services.model import store as model_store
from shared.events import (
    Event,
    OrganisationCoached,
    PracticeSuggestionWithdrawn,
    StoryWithdrawn,
    SurveyMarkWithdrawn,
)
from tests.campaign import given as campaign
from tests.coaching import acts
from tests.coaching import given as coaching
from tests.model import desk
from tests.model import given as model
from tests.rebuild.worlds import World
from tests.shared.given import story

Life = Callable[[World], Awaitable[None]]
NOW = coaching.NOW


def _coached(mark: str, revision: int, *topics: str) -> OrganisationCoached:
    since = [{"topic": topic, "since": "2026-11"} for topic in topics]
    return OrganisationCoached.model_validate(
        {"revision": revision, "occurred_at": NOW, "mark": mark, "topics": since}
    )


async def survey(world: World) -> None:
    """Stories are told, told again and taken back; organisations are coached."""
    await world.tell(
        story("s1", 1, "ensin"),
        story("s1", 2, "sitten"),
        story("s2", 1, "pois"),
        StoryWithdrawn(revision=2, occurred_at=NOW, story="s2"),
        _coached("m1", 1, "leadership"),
        _coached("m1", 2, "leadership", "wellbeing"),
        _coached("m2", 1, "wellbeing"),
        SurveyMarkWithdrawn(revision=2, occurred_at=NOW, mark="m2"),
    )


async def coaching_(world: World) -> None:
    """Findings come and go while two organisations have playbooks, and one acts on its own."""
    await acts.start(world.database, acts.organisation("o1"), acts.organisation("o2", size="1-9"))
    await world.tell(coaching.insight("i1"), coaching.indication("d1", topic="wellbeing"))
    agreed = await acts.agree(world.database, "p1")
    await world.rest()
    await acts.measure(world.database, agreed["p1"])
    await world.tell(
        coaching.insight("i1", 2, segment={"size": "1-9"}),
        coaching.insight("i2", rule="barrier"),
        coaching.recommendation("r", 1, status="proposed", practice="p2"),
        coaching.recommendation("r", 2, practice="p2"),
        coaching.retracted("i2", 2, "erased"),
        coaching.indication_retracted("d1", 2),
        coaching.indication("d1", 3, topic="wellbeing"),
        coaching.suggestion("s1"),
        coaching.suggestion("s2"),
        PracticeSuggestionWithdrawn(revision=2, occurred_at=NOW, suggestion="s2"),
    )


async def model_(world: World) -> None:
    """Evidence leads to proposals, experts adopt and publish, and some of the evidence falls."""
    await world.tell(
        model.insight("need", "need"),
        model.insight("works", "practice", practice="breaks"),
        model.insight("walks", "practice", practice="walks"),
        model.indication("perhaps"),
        model.practice("breaks"),
        model.practice("walks"),
        *model.outcomes(8),
    )
    async with world.database.transaction() as tx:
        keys = sorted(record.key for record in await model_store.list_records(tx, "proposed"))
    assert len(keys) > 1
    for key in keys[:-1]:
        await desk.decide(world.database, "adopt", key)
    await desk.publish(world.database)
    await world.tell(
        model.retraction("walks", 2),
        model.insight("works", "practice", practice="breaks", revision=2, certainty="low"),
        model.practice("walks", 2, status="withdrawn"),
        model.withdrawal("o01"),
    )


async def campaign_(world: World) -> None:
    """Themes are weighed, posts are published, and their evidence changes."""
    await world.tell(
        campaign.insight("i1"),
        campaign.insight("i2", topic="wellbeing", certainty="moderate"),
        campaign.insight("i3", certainty="low"),
        campaign.version(1, campaign.recommendation()),
        campaign.practice(),
    )
    async with world.database.transaction() as tx:
        await campaign_commands.draft_posts(tx)
        for post in await campaign_store.list_posts(tx, "draft"):
            await campaign_commands.approve_post(tx, post.key, "editor")
            await campaign_commands.publish_post(tx, post.key, "editor")
    await world.tell(
        campaign.insight("i1", 2, figure=campaign.figure(2.1, 2.5)),
        campaign.retracted("i2", 2, "wellbeing"),
        campaign.insight("i4", topic="community"),
        campaign.version(2, campaign.recommendation(under_review=True)),
        campaign.practice(revision=2, status="withdrawn"),
    )


LIVES: Mapping[str, Life] = {
    "survey": survey,
    "coaching": coaching_,
    "model": model_,
    "campaign": campaign_,
}

# Something that each service listens to, that it has not heard of yet.
NEWS: Mapping[str, Event] = {
    "survey": story("s9", 1, "uusi"),
    "coaching": coaching.insight("i9"),
    "model": model.insight("i9"),
    "campaign": campaign.insight("i9"),
}
