"""Reading public events without NATS: pages, one event, files by day, and what other sites may do."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat

from services.campaign import commands
from shared.db import POOL_SECONDS, Database
from shared.events import InsightReleased, StoryPublished
from shared.following import Heard
from tests.campaign.given import NOW, retracted
from tests.campaign.told import findings, heard, keep, story, story_withdrawn

APART = timedelta(hours=5)
FINDINGS = 32


def a_week() -> list[Heard]:
    """Seven days of findings, a few a day, one retracted, and a story that is taken back in the end."""
    found = findings(FINDINGS, each=APART)
    story_at = NOW + 9 * APART
    found.insert(10, heard(90, story(), at=story_at))
    found.append(heard(91, retracted("i3"), at=found[-1].at))
    found.append(heard(92, story_withdrawn(), at=found[-1].at))
    return found


async def read_all(site: httpx.AsyncClient, limit: int = 7, **more: str) -> list[dict[str, Any]]:
    """Everything by pages, as a program does: follow `next`, and begin again at the cursor until nothing comes."""
    found: list[dict[str, Any]] = []
    page = await site.get("/api/events", params={"limit": str(limit), **more})
    while True:
        assert page.status_code == 200
        found += page.json()
        if "next" not in page.links:
            return found
        page = await site.get(page.links["next"]["url"])


async def read_files(site: httpx.AsyncClient, database: Database) -> list[dict[str, Any]]:
    await digested(database)
    index = (await site.get("/api/export")).json()
    found: list[dict[str, Any]] = []
    for day in index["days"]:
        body = (await site.get(f"/api/export/{day['day']}.ndjson")).text
        finished = day is not index["days"][-1]
        assert day["sha256"] == (hashlib.sha256(body.encode()).hexdigest() if finished else None)
        lines = [json.loads(line) for line in body.splitlines()]
        assert len(lines) == day["events"]
        found += lines
    return found


async def digested(database: Database) -> None:
    """Every finished day has its digest, as after a few minutes."""
    more = True
    while more:
        async with database.transaction() as tx:
            more = await commands.digest_export(tx)


def state(told: list[dict[str, Any]]) -> dict[str, tuple[int, str]]:
    """What a reader has who keeps the highest revision of each thing."""
    kept: dict[str, tuple[int, str]] = {}
    for event in told:
        thing = f"{event['type'].split('_')[0]}/{event['subject']}"
        if event["revision"] > kept.get(thing, (0, ""))[0]:
            kept[thing] = (event["revision"], event["id"])
    return kept


@pytest.fixture
async def week(database: Database) -> list[Heard]:
    told = a_week()
    await keep(database, told)
    return told


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 7, 33, 34, 35, 1000])
    async def test_pages_of_any_length_hold_every_event_once_in_order(
        self, site: httpx.AsyncClient, week: list[Heard], limit: int
    ) -> None:
        ids = [event["id"] for event in await read_all(site, limit)]
        assert ids == [one.headers["ce-id"] for one in week if one.subject.split(".")[3] != "story_published"]

    async def test_a_reader_goes_on_from_every_cursor_there_is(
        self, site: httpx.AsyncClient, week: list[Heard]
    ) -> None:
        told = [event["id"] for event in await read_all(site, 1000)]
        for number, cursor in enumerate(told, start=1):
            rest = await read_all(site, 1000, after=cursor)
            assert [event["id"] for event in rest] == told[number:]
        withdrawn = week[10].headers["ce-id"]
        assert [event["id"] for event in await read_all(site, 1000, after=withdrawn)] == told[10:]

    async def test_what_comes_while_somebody_reads_changes_no_page_that_was_read(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        await keep(database, findings(5))
        first = await site.get("/api/events", params={"limit": 3})
        await keep(database, findings(5, start=6))
        again = await site.get("/api/events", params={"limit": 3})
        assert again.content == first.content
        rest = await site.get(first.links["next"]["url"])
        assert [event["subject"] for event in rest.json()] == ["i4", "i5", "i6"]

    async def test_who_is_at_the_end_stays_there_until_something_comes(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        await keep(database, findings(2))
        end = (await site.get("/api/events")).headers["Latu-Cursor"]
        page = await site.get("/api/events", params={"after": end})
        assert (page.json(), page.headers["Latu-Cursor"], page.links) == ([], end, {})
        await keep(database, findings(1, start=3))
        page = await site.get("/api/events", params={"after": end})
        assert [event["subject"] for event in page.json()] == ["i3"]

    async def test_before_the_first_event_there_is_an_empty_page(self, site: httpx.AsyncClient) -> None:
        page = await site.get("/api/events")
        assert (page.json(), page.headers["Latu-Cursor"]) == ([], "beginning")

    async def test_a_reader_of_few_types_passes_the_rest(
        self, site: httpx.AsyncClient, week: list[Heard]
    ) -> None:
        page = await site.get("/api/events", params={"types": "story_withdrawn", "limit": 5})
        assert [event["type"] for event in page.json()] == ["latu.campaign.story_withdrawn.v1"]
        assert page.headers["Latu-Cursor"] == week[-1].headers["ce-id"]

    async def test_who_asks_for_findings_is_also_told_of_their_retraction(
        self, site: httpx.AsyncClient, week: list[Heard]
    ) -> None:
        found = {event["type"] for event in await read_all(site, types="insight_released")}
        assert found == {"latu.survey.insight_released.v1", "latu.survey.insight_retracted.v1"}
        assert len(week) > len(found)

    async def test_a_page_is_bounded_by_its_size_too(
        self, site: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.campaign.store.telling.LARGEST_PAGE", 2500)
        await keep(database, findings(6))
        first = await site.get("/api/events")
        assert 1 <= len(first.json()) < 6
        assert [event["subject"] for event in await read_all(site, 100)] == [f"i{n}" for n in range(1, 7)]

    @pytest.mark.parametrize(
        ("query", "slug"),
        [
            ({"after": "nobody"}, "unknown_cursor"),
            ({"types": "gossip"}, "no_such_event"),
            ({"limit": "0"}, "not_valid"),
        ],
    )
    async def test_a_question_that_cannot_be_answered_is_refused_in_a_sentence(
        self, site: httpx.AsyncClient, query: dict[str, str], slug: str
    ) -> None:
        answer = await site.get("/api/events", params=query)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert "nobody" not in answer.text
        assert slug in answer.text or slug == "no_such_event"


class TestOneEvent:
    async def test_an_event_is_found_by_its_id(self, site: httpx.AsyncClient, week: list[Heard]) -> None:
        answer = await site.get("/api/events/insight_released-i1-1")
        assert answer.headers["content-type"] == "application/cloudevents+json"
        assert answer.json()["data"]["insight"] == "i1"
        assert (await site.get("/api/events/none")).status_code == 404
        assert week

    async def test_a_withdrawn_story_is_gone_everywhere(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        words = "Sanat jotka otettiin pois"
        await keep(database, [*findings(1), heard(2, story("s1", words))])
        told = [
            "/api/events",
            "/api/events/story_published-s1-1",
            "/api/export/2026-11-24.ndjson",
            "/events.xml",
        ]
        before = {address: await site.get(address) for address in told}
        assert all(words in answer.text for answer in before.values())
        async with database.transaction() as tx:
            await commands.forget_public_events(tx, StoryPublished, "s1")
        for address, answer in before.items():
            now = await site.get(address, headers={"If-None-Match": answer.headers["etag"]})
            assert now.status_code in (200, 410)
            assert words not in now.text


class TestFiles:
    async def test_the_files_one_after_another_are_the_history(
        self, site: httpx.AsyncClient, database: Database, week: list[Heard]
    ) -> None:
        assert await read_files(site, database) == await read_all(site)
        assert len((await site.get("/api/export")).json()["days"]) == 7
        assert week

    async def test_a_file_is_asked_for_again_by_its_etag_until_something_in_it_changes(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        await keep(database, [*findings(2), heard(3, story())])
        file = "/api/export/2026-11-24.ndjson"
        index = (await site.get("/api/export")).json()["days"][0]
        known = (await site.get(file, headers={"Accept-Encoding": "identity"})).headers["etag"]
        packed = await site.get(file, headers={"Accept-Encoding": "gzip"})
        assert known == index["etag"] == packed.headers["etag"]
        ask = {"If-None-Match": known, "Accept-Encoding": "identity"}
        assert (await site.get(file, headers=ask)).status_code == 304
        async with database.transaction() as tx:
            await commands.forget_public_events(tx, StoryPublished, "s1")
        changed = await site.get(file, headers=ask)
        assert (changed.status_code, len(changed.text.splitlines())) == (200, 2)
        await keep(database, findings(1, start=4))
        assert (await site.get(file, headers=ask)).headers["etag"] not in (known, changed.headers["etag"])

    async def test_a_file_is_packed_for_who_takes_that(
        self, site: httpx.AsyncClient, week: list[Heard]
    ) -> None:
        file = "/api/export/2026-11-25.ndjson"
        plain = await site.get(file, headers={"Accept-Encoding": "identity"})
        async with site.stream("GET", file, headers={"Accept-Encoding": "gzip"}) as answer:
            packed = b"".join([part async for part in answer.aiter_raw()])
        assert gzip.decompress(packed) == plain.content
        assert len(packed) < len(plain.content) / 2
        assert week

    async def test_a_file_longer_than_one_part_is_whole(
        self, site: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.campaign.store.ROWS_OF_DAY", 3)
        await keep(database, findings(10))
        assert len((await site.get("/api/export/2026-11-24.ndjson")).text.splitlines()) == 10

    async def test_many_who_ask_for_the_index_at_once_hold_up_nothing(
        self, site: httpx.AsyncClient, database: Database, week: list[Heard]
    ) -> None:
        """After a start, when no digest is known: more of them than there are connections to the database."""
        async with asyncio.timeout(POOL_SECONDS):
            answers = await asyncio.gather(
                *(site.get("/api/export") for _ in range(4 * database.connections))
            )
        assert {answer.status_code for answer in answers} == {200}
        assert week

    async def test_a_digest_is_worked_out_once_for_each_state_of_a_finished_day(
        self, site: httpx.AsyncClient, database: Database, week: list[Heard]
    ) -> None:
        async def told() -> list[str | None]:
            return [day["sha256"] for day in (await site.get("/api/export")).json()["days"]]

        assert await told() == [None] * 7
        await digested(database)
        before = await told()
        assert [digest is None for digest in before] == [*[False] * 6, True]
        async with database.transaction() as tx:
            assert not await commands.digest_export(tx)
            gone = json.loads(week[0].body)["insight"]
            await commands.forget_public_events(tx, InsightReleased, gone)
        assert [*map(bool, await told())] == [False, *[True] * 5, False]
        await digested(database)
        assert [one == other for one, other in zip(before, await told(), strict=True)][:2] == [False, True]

    async def test_a_day_without_events_has_no_file(self, site: httpx.AsyncClient) -> None:
        assert (await site.get("/api/export/2020-01-01.ndjson")).status_code == 404
        assert (await site.get("/api/export/tomorrow.ndjson")).status_code == 422


async def test_who_was_away_for_a_week_ends_equal_to_who_never_was(
    site: httpx.AsyncClient, database: Database
) -> None:
    """One reads after every event, one comes at the end by pages, one takes the files and goes on from there."""
    week = a_week()
    always: list[dict[str, Any]] = []
    cursor = "beginning"
    for message in week:
        await keep(database, [message])
        page = await site.get("/api/events", params={"after": cursor})
        always += page.json()
        cursor = page.headers["Latu-Cursor"]
    files = await read_files(site, database)
    rest = await read_all(site, after=files[-1]["id"])
    assert state(always) == state(await read_all(site)) == state(files + rest)
    assert len(state(always)) == FINDINGS + 1


async def test_the_cloudevents_sdk_reads_every_event(site: httpx.AsyncClient, week: list[Heard]) -> None:
    read = 0
    for document in await read_all(site):
        one = await site.get(f"/api/events/{document['id']}")
        message = HTTPMessage(headers=dict(one.headers), body=one.content)
        event = from_structured_event(message, JSONFormat())
        assert (event.get_id(), event.get_type()) == (document["id"], document["type"])
        assert event.get_data() == document["data"]
        assert event.get_extension("revision") == document["revision"]
        read += 1
    assert read == len(week) - 1


@pytest.mark.parametrize("address", ["/api/events", "/api/export", "/events.xml", "/feed.xml"])
async def test_a_page_of_any_other_site_may_read_it(
    site: httpx.AsyncClient, database: Database, address: str
) -> None:
    await keep(database, findings(1))
    answer = await site.get(address, headers={"Origin": "https://kunta.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    again = await site.get(address, headers={"If-None-Match": f"W/{answer.headers['etag']}"})
    assert (again.status_code, again.content) == (304, b"")


async def test_another_site_may_resume_a_stream_and_do_nothing_else(site: httpx.AsyncClient) -> None:
    asked = await site.options("/api/events/stream", headers={"Origin": "https://kunta.example"})
    assert "Last-Event-ID" in asked.headers["access-control-allow-headers"]
    assert asked.headers["access-control-allow-methods"] == "GET"
    assert "access-control-allow-origin" not in (await site.get("/admin/sign-in")).headers
