"""What operators do over the admin pages and their JSON: decide over dead letters, publish again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from shared import auth, dead_letters
from shared.backbone import audit
from shared.db import Database
from shared.dead_letters import Letter
from shared.errors import Refused
from shared.events import StoryPublished, Text
from shared.http import Service, make_app
from shared.messaging import Handlers
from shared.messaging import Tx as EventTx
from shared.settings import Settings
from shared.streams import Durable, ensure_streams
from tests.shared.given import story, until

events = Handlers("coaching")
refused: set[str] = set()
DURABLE = Durable("coaching", StoryPublished)
HTML = {"accept": "text/html"}
REASON = "refused: not_yet"
GROUP = dead_letters.fingerprint(DURABLE.name, REASON)
PLACE = "/admin/api/dead-letters"


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: EventTx) -> None:
    if event.story in refused:
        raise Refused("not_yet", "Not yet.")


@pytest.fixture
async def app(fresh_database, nats_url: str) -> AsyncIterator[FastAPI]:
    refused.clear()
    settings = Settings(
        database_url=await fresh_database("coaching"),
        staff_database_url=await fresh_database("staff"),
        nats_url=nats_url,
    )
    made = make_app(
        Service("coaching", Text(fi="Koe", en="Trial"), Path(__file__).parent, events, []), settings
    )
    await ensure_streams(nats_url)
    staff: Database = made.state.staff_database
    async with staff.transaction() as tx:
        for role in ("operator", "coach"):
            await auth.add_account(tx, role, "correct horse", (role,))
            await auth.add_token(tx, role, "test", f"token-of-{role}")
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def operator(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": "Bearer token-of-operator"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://latu.test", headers=headers) as client:
        yield client


@pytest.fixture
async def letters(app: FastAPI) -> None:
    """Three letters of two failures."""
    database: Database = app.state.database
    for key, reason in (("s1", REASON), ("s2", REASON), ("s3", "KeyError")):
        headers = {"ce-id": f"e-{key}", "ce-type": StoryPublished.type_name(), "ce-revision": "1"}
        event = story(key, text="<b>yksityistä</b>")
        letter = Letter.of(DURABLE, headers, event.subject, event.model_dump_json().encode())
        async with database.transaction() as tx:
            await dead_letters.save(tx, letter, reason, 3)


async def test_letters_are_listed_by_group_one_by_one_and_whole(
    operator: httpx.AsyncClient, letters: None
) -> None:
    listed = (await operator.get(PLACE)).json()
    assert listed["waiting"] == 3
    first = listed["groups"][0]
    assert (first["fingerprint"], first["letters"], first["tries"]) == (GROUP, 2, 6)
    group = (await operator.get(f"{PLACE}/letters", params={"fingerprint": GROUP})).json()
    assert sorted(one["key"] for one in group) == ["s1", "s2"]
    assert "yksityistä" not in str(group)
    whole = (await operator.get(f"{PLACE}/letter", params={"event_id": "e-s1"})).json()
    assert "yksityistä" in whole["body"]
    assert whole["headers"]["ce-id"] == "e-s1"


async def test_a_letter_a_group_and_all_are_redriven_over_json(
    operator: httpx.AsyncClient, letters: None
) -> None:
    refused.add("s2")
    one = await operator.post(f"{PLACE}/redrive", json={"event_id": "e-s1"})
    assert (one.json()["handled"], one.json()["failed"]) == (1, [])
    again = {"handler": DURABLE.name, "event_id": "e-s2", "reason": REASON}
    group = (await operator.post(f"{PLACE}/redrive", json={"fingerprint": GROUP})).json()
    assert (group["handled"], group["failed"], group["left"]) == (0, [again], 0)
    rest = (await operator.post(f"{PLACE}/redrive", json={"all": True})).json()
    assert (rest["handled"], rest["failed"]) == (1, [again])
    refused.clear()
    assert (await operator.post(f"{PLACE}/redrive", json={"all": True})).json()["handled"] == 1
    assert (await operator.get(PLACE)).json() == {"waiting": 0, "groups": []}


async def test_letters_are_given_up_over_json_for_a_reason(
    operator: httpx.AsyncClient, letters: None, app: FastAPI
) -> None:
    nothing = await operator.post(f"{PLACE}/discard", json={"fingerprint": GROUP, "reason": ""})
    assert (nothing.status_code, nothing.json()["type"]) == (422, "/problems/no_reason")
    done = await operator.post(f"{PLACE}/discard", json={"fingerprint": GROUP, "reason": "a test"})
    assert done.json() == {"discarded": 2}
    assert (await operator.get(PLACE)).json()["waiting"] == 1
    gone = (await operator.get(f"{PLACE}/letters", params={"status": "discarded"})).json()
    assert sorted(one["key"] for one in gone) == ["s1", "s2"]


@pytest.mark.parametrize(
    "choice", [{}, {"all": True, "event_id": "e"}, {"fingerprint": "f", "event_id": "e"}]
)
async def test_exactly_one_choice_is_made(operator: httpx.AsyncClient, choice: dict[str, Any]) -> None:
    assert (await operator.post(f"{PLACE}/redrive", json=choice)).status_code == 422


async def test_only_operators_see_and_decide(operator: httpx.AsyncClient, letters: None) -> None:
    coach = {"authorization": "Bearer token-of-coach"}
    for path in (PLACE, f"{PLACE}/letters", f"{PLACE}/letter?event_id=e-s1", "/admin/dead-letters"):
        assert (await operator.get(path, headers=coach)).status_code == 403
    for path in (f"{PLACE}/redrive", f"{PLACE}/discard", "/admin/api/outbox/republish"):
        body = {"all": True, "reason": "x"}
        assert (await operator.post(path, json=body, headers=coach)).status_code == 403


async def test_the_pages_lead_from_the_failures_to_a_letter_and_say_nothing_of_it_before(
    operator: httpx.AsyncClient, letters: None, app: FastAPI
) -> None:
    first = (await operator.get("/admin/dead-letters", headers=HTML)).text
    assert REASON in first
    assert f"/admin/dead-letters/group/{GROUP}" in first
    group = (await operator.get(f"/admin/dead-letters/group/{GROUP}", headers=HTML)).text
    assert "/admin/dead-letters/letter?event_id=e-s1" in group
    assert "yksityistä" not in first + group
    whole = (await operator.get("/admin/dead-letters/letter?event_id=e-s1", headers=HTML)).text
    assert "&lt;b&gt;yksityistä" in whole
    assert "<b>yksityistä" not in whole
    async with app.state.database.transaction() as tx:
        read = select(func.count()).select_from(audit).where(audit.c.action == "dead_letter_read")
        assert await tx.value(read) == 1


async def test_a_group_is_decided_on_the_page_and_what_fails_again_is_told(
    operator: httpx.AsyncClient, letters: None
) -> None:
    refused.add("s2")
    form = {"fingerprint": GROUP, "decision": "redrive"}
    told = await operator.post("/admin/dead-letters", data=form, headers=HTML)
    assert told.status_code == 200
    assert "letter?event_id=e-s2" in told.text
    form = {"all": "true", "decision": "discard", "reason": "a test"}
    done = await operator.post("/admin/dead-letters", data=form, headers=HTML)
    assert done.status_code == 303
    assert (await operator.get(PLACE)).json()["waiting"] == 0


async def test_a_form_that_chooses_nothing_decides_nothing(
    operator: httpx.AsyncClient, letters: None
) -> None:
    got = await operator.post("/admin/dead-letters", data={"decision": "discard", "reason": "x"})
    assert got.status_code == 422
    assert (await operator.get(PLACE)).json()["waiting"] == 3


async def test_the_outbox_is_published_again_over_json(operator: httpx.AsyncClient, app: FastAPI) -> None:
    database: Database = app.state.database
    async with database.transaction() as tx:
        tx.emit(story("s1"))
        tx.emit(story("s2"))

    async def at_rest() -> bool:
        return bool((await operator.get("/admin/api/backbone")).json()["outbox_waiting"] == 0)

    await until(at_rest)
    done = await operator.post("/admin/api/outbox/republish", json={})
    assert done.json() == {"events": 2, "purges": 0}
    await until(at_rest)
    later = {"since": "2999-01-01T00:00:00Z"}
    assert (await operator.post("/admin/api/outbox/republish", json=later)).json()["events"] == 0
    assert (await operator.post("/admin/api/outbox/republish", json={"since": "soon"})).status_code == 422


async def test_what_was_told_of_a_thing_is_shown_to_staff_alone(
    app: FastAPI, operator: httpx.AsyncClient
) -> None:
    assert (await operator.get("/admin/api/events/s1")).json() == []
    stranger = await operator.get("/admin/api/events/s1", headers={"authorization": "Bearer none"})
    assert stranger.status_code == 401
