"""The day on which a public event gets a second version: nobody's choice of events is broken by it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import ClassVar

import httpx
import pytest
from nats.js.errors import NotFoundError

from services.campaign import access, commands, partners, store, tidings
from services.campaign import webhooks as hooks
from services.campaign.partners import Partner, Wish
from services.campaign.timers.access import settle_durables
from shared.db import Database
from shared.events import ALL, Event, InsightReleased, Key
from shared.streams import connect, ensure_streams
from tests.campaign.given import NOW, insight, retracted
from tests.campaign.test_tidings import SITES
from tests.campaign.told import findings, heard, keep

OF_BEFORE = ("latu.survey.insight_released.v1", "latu.survey.insight_retracted.v1")
NOW_ALL = (OF_BEFORE[0], "latu.survey.insight_released.v2", OF_BEFORE[1])


class InsightAgain(Event):
    """A second version of a finding."""

    SUBJECT: ClassVar[str] = "latu.public.survey.insight_released.v2.<insight>"
    EARLIER: ClassVar = {1: lambda old: {**old, "words": old["sentence"]["en"]}}
    insight: Key
    words: str


SECOND = InsightAgain(revision=1, occurred_at=NOW, insight="i9", words="New")


def partner(**more: tuple[str, ...]) -> Partner:
    """One that was taken in when there was one version, and so is kept with that."""
    return partners.add(Wish("Kemi", **{"reads": OF_BEFORE, **more}), "", NOW)  # type: ignore[arg-type]


@pytest.fixture
async def kept(database: Database) -> None:
    """A partner of before, with a webhook for findings, and a history of before."""
    async with database.transaction() as tx:
        await commands.add_partner(tx, Wish("Kemi", reads=OF_BEFORE), "", "operator")
        await commands.add_webhook(tx, "kemi", hooks.Wish("https://kemi.example/", OF_BEFORE), "operator")
    await keep(database, [*findings(2), heard(3, retracted("i1"))])


@pytest.fixture
def second(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on there is a second version."""
    events = [InsightAgain if event is InsightReleased else event for event in ALL]
    for module in (partners, tidings):
        monkeypatch.setattr(module, "PUBLIC", partners.public_types(events))


@pytest.mark.parametrize("chosen", ["insight_released", *NOW_ALL, "InsightAgain"])
@pytest.mark.usefixtures("second")
async def test_a_choice_of_types_finds_what_was_told_in_every_version(
    site: httpx.AsyncClient, database: Database, chosen: str
) -> None:
    await keep(database, [heard(4, SECOND)])
    told = (await site.get("/api/events", params={"types": chosen})).json()
    assert [event["type"].split(".", 2)[2] for event in told] == [
        "insight_released.v1",
        "insight_released.v1",
        "insight_retracted.v1",
        "insight_released.v2",
    ]


@pytest.mark.usefixtures("second")
async def test_a_partner_of_before_reads_both_versions_from_the_next_start_on(database: Database) -> None:
    async with database.transaction() as tx:
        await commands.follow_versions(tx)
    async with database.transaction() as tx:
        (one,) = await store.list_partners(tx)
        (endpoint,) = await store.list_webhooks(tx)
        behind = await store.count_behind(tx)
    assert (one.reads, endpoint.events, behind[endpoint.id]) == (NOW_ALL, NOW_ALL, 3)
    assert not one.in_effect
    assert hooks.wanted(["insight_released"], one) == NOW_ALL
    await keep(database, [heard(4, SECOND)])
    async with database.transaction() as tx:
        assert await store.count_behind(tx) == {endpoint.id: 4}


@pytest.mark.usefixtures("kept")
async def test_a_start_without_a_new_version_changes_no_partner(database: Database) -> None:
    async with database.transaction() as tx:
        before = await store.list_partners(tx)
        await commands.follow_versions(tx)
    async with database.transaction() as tx:
        assert await store.list_partners(tx) == before


@pytest.mark.usefixtures("second")
def test_what_is_read_of_the_stream_holds_every_version_whichever_was_chosen() -> None:
    both = {f"latu.public.survey.insight_released.v{number}.*" for number in (1, 2)}
    for one in NOW_ALL[:2]:
        assert both <= set(partners.subjects([one]))


async def test_a_partner_whose_events_are_all_gone_never_gets_the_whole_stream(nats_url: str) -> None:
    await ensure_streams(nats_url)
    ours = await connect(nats_url, "test")
    try:
        await settle_durables(nats_url, [partner()])
        before = await ours.jetstream().consumer_info(access.STREAM, "kemi")
        gone = replace(partner(), reads=("latu.survey.gossip.v1",))
        await settle_durables(nats_url, [gone])
        after = await ours.jetstream().consumer_info(access.STREAM, "kemi")
        assert after.config.filter_subjects == before.config.filter_subjects
        await ours.jetstream().delete_consumer(access.STREAM, "kemi")
        await settle_durables(nats_url, [gone])
        with pytest.raises(NotFoundError):
            await ours.jetstream().consumer_info(access.STREAM, "kemi")
    finally:
        await ours.close()


@pytest.mark.usefixtures("second")
def test_a_finding_of_before_is_still_told_to_people_and_a_copy_is_not_told_twice() -> None:
    document = {"id": "e1", "type": OF_BEFORE[0], "data": insight("i1").model_dump(mode="json")}
    told = tidings.newest_of_each([json.dumps(document)], SITES)
    assert [one.thing for one in told] == ["survey/insight/i1"]
    assert tidings.tiding({**document, "id": "e1.v1"}, SITES) is None
