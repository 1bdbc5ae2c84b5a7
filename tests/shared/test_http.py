"""The edge of every service: errors that say what and where and repeat nothing, limits, health, sign-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Form
from pydantic import BaseModel, Field
from sqlalchemy import text

from shared import auth
from shared.auth import Account, staff
from shared.bodies import LARGEST_BODY
from shared.db import Database
from shared.errors import Invalid
from shared.events import StoryPublished, Text
from shared.http import Service, Tx, keep_up, make_app, serve
from shared.messaging import Handlers
from shared.messaging import Tx as EventTx
from shared.settings import Settings
from shared.streams import ensure_streams

router = APIRouter()
events = Handlers("coaching")


class Answer(BaseModel):
    value: Annotated[float, Field(allow_inf_nan=False)]


@events.on(StoryPublished)
async def on_story_published(event: StoryPublished, tx: EventTx) -> None: ...


@router.post("/api/answers", status_code=201)
async def answer(body: Answer) -> dict[str, float]:
    return {"value": body.value}


@router.get("/api/refused")
async def refused() -> None:
    raise Invalid("wrong_place", "The municipality is not known.")


@router.get("/api/bug")
async def bug(word: str = "") -> None:
    raise ValueError(word)


@router.post("/api/broken-commit", status_code=201)
async def broken_commit(tx: Tx) -> dict[str, str]:
    await tx.execute(
        text("CREATE TEMPORARY TABLE IF NOT EXISTS pairs (a int, UNIQUE (a) DEFERRABLE INITIALLY DEFERRED)")
    )
    await tx.execute(text("INSERT INTO pairs VALUES (1), (1)"))
    return {"status": "created"}


@router.post("/admin/thing")
async def thing(account: Annotated[Account, staff("editor")], word: Annotated[str, Form()]) -> dict[str, str]:
    return {"by": account.name, "word": word}


@pytest.fixture
async def site(fresh_database, nats_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        database_url=await fresh_database("coaching"),
        staff_database_url=await fresh_database("staff"),
        nats_url=nats_url,
    )
    title = Text(fi="Koe", en="Trial")
    app = make_app(Service("coaching", title, Path(__file__).parent, events, [router]), settings)
    await ensure_streams(nats_url)
    staff_database: Database = app.state.staff_database
    async with staff_database.transaction() as tx:
        await auth.add_account(tx, "editor", "correct horse", ("editor",))
        await auth.add_account(tx, "coach", "correct horse", ("coach",))
        await auth.add_token(tx, "editor", "test", "a-token")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://latu.test") as client,
    ):
        yield client


async def sign_in(site: httpx.AsyncClient, name: str) -> httpx.Response:
    return await site.post("/admin/sign-in", data={"name": name, "password": "correct horse"})


async def form_token(site: httpx.AsyncClient) -> str:
    page = (await site.get("/admin/sign-in")).text
    database: Database = site._transport.app.state.staff_database
    async with database.transaction() as tx:
        assert "csrf" not in page
        return str(await tx.value(auth.sessions.select().with_only_columns(auth.sessions.c.csrf)))


async def test_a_service_that_works_says_so(site: httpx.AsyncClient) -> None:
    assert (await site.get("/health/live")).json() == {"status": "live"}
    told = (await site.get("/health/ready")).json()
    assert (told["status"], told["database"], told["broker"]) == ("ready", True, True)


async def test_the_events_that_it_listens_to_are_in_its_asyncapi_document(site: httpx.AsyncClient) -> None:
    document = (await site.get("/asyncapi")).json()
    assert document["asyncapi"] == "3.0.0"
    assert "latu.public.campaign.story_published.v1.*" in str(document["channels"])


async def test_metrics_count_requests_by_route_and_not_by_address(site: httpx.AsyncClient) -> None:
    await site.get("/api/refused?name=secret")
    metrics = (await site.get("/metrics")).text
    assert 'route="/api/refused",status="422"' in metrics
    assert "secret" not in metrics


async def test_a_refusal_is_a_problem_with_its_own_sentence(site: httpx.AsyncClient) -> None:
    got = await site.get("/api/refused")
    assert got.status_code == 422
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json()["detail"] == "The municipality is not known."


@pytest.mark.parametrize(
    "body", ['{"value": "my secret"}', '{"value": NaN}', '{"value": "\\ud800"}', "not json: my secret"]
)
async def test_bad_input_is_refused_by_place_and_never_repeated(site: httpx.AsyncClient, body: str) -> None:
    got = await site.post("/api/answers", content=body, headers={"content-type": "application/json"})
    assert got.status_code == 422
    assert got.json()["errors"]
    assert "secret" not in got.text


async def test_a_bug_says_nothing_of_what_was_sent(
    site: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    got = await site.get("/api/bug?word=secret")
    assert (got.status_code, got.json()["type"]) == (500, "/problems/failed")
    assert "secret" not in got.text + caplog.text


async def test_no_created_answer_precedes_a_failed_commit(site: httpx.AsyncClient) -> None:
    assert (await site.post("/api/broken-commit")).status_code == 500


async def test_a_body_over_the_limit_is_refused(site: httpx.AsyncClient) -> None:
    assert (await site.post("/api/answers", content=b"x" * (LARGEST_BODY + 1))).status_code == 413


async def test_a_body_that_hides_its_length_is_refused_as_well(site: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * (LARGEST_BODY // 2)

    assert (await site.post("/api/answers", content=pieces())).status_code == 413


async def test_a_person_sees_a_page_in_the_language_asked_for(site: httpx.AsyncClient) -> None:
    got = await site.get("/nowhere", headers={"accept": "text/html"})
    assert (got.status_code, got.headers["content-language"]) == (404, "fi")
    assert "Sivua ei ole." in got.text
    assert (
        "There is no such page." in (await site.get("/nowhere?lang=en", headers={"accept": "text/html"})).text
    )


async def test_nobody_gets_in_without_signing_in(site: httpx.AsyncClient) -> None:
    assert (await site.post("/admin/thing", data={"word": "x"})).status_code == 401
    page = await site.get("/admin/audit", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/admin/sign-in?next=/admin/audit")


async def test_a_wrong_password_shows_the_form_again(site: httpx.AsyncClient) -> None:
    got = await site.post(
        "/admin/sign-in", data={"name": "editor", "password": "wrong"}, headers={"accept": "text/html"}
    )
    assert got.status_code == 401
    assert "Nimi tai salasana on väärin." in got.text
    assert auth.COOKIE not in got.cookies


async def test_a_signed_in_editor_with_the_forms_token_may_change_things(site: httpx.AsyncClient) -> None:
    assert (await sign_in(site, "editor")).status_code == 303
    token = await form_token(site)
    got = await site.post("/admin/thing", data={"word": "x", "csrf_token": token})
    assert got.json() == {"by": "editor", "word": "x"}


@pytest.mark.parametrize("token", ["", "forged"])
async def test_a_form_without_the_sessions_token_changes_nothing(site: httpx.AsyncClient, token: str) -> None:
    await sign_in(site, "editor")
    got = await site.post("/admin/thing", data={"word": "x", "csrf_token": token})
    assert (got.status_code, got.json()["type"]) == (403, "/problems/forged_form")


async def test_another_role_may_not(site: httpx.AsyncClient) -> None:
    await sign_in(site, "coach")
    assert (await site.post("/admin/thing", data={"word": "x"})).json()["type"] == "/problems/not_your_role"


async def test_a_program_with_a_token_needs_no_form(site: httpx.AsyncClient) -> None:
    got = await site.post("/admin/thing", data={"word": "x"}, headers={"authorization": "Bearer a-token"})
    assert got.json() == {"by": "editor", "word": "x"}
    bad = await site.post("/admin/thing", data={"word": "x"}, headers={"authorization": "Bearer other"})
    assert bad.status_code == 401


async def test_signing_in_never_leads_to_another_site(site: httpx.AsyncClient) -> None:
    data = {"name": "editor", "password": "correct horse", "next": "//evil.test/"}
    assert (await site.post("/admin/sign-in", data=data)).headers["location"] == "/admin"


async def test_every_answer_carries_the_security_headers(site: httpx.AsyncClient) -> None:
    for path in ("/nowhere", "/api/bug", "/health/live"):
        headers = (await site.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_what_works_beside_the_requests_outlives_what_nobody_foresaw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.http.AGAIN_SECONDS", 0.01)
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise LookupError

    async with asyncio.timeout(10):
        await keep_up(work)
    assert len(tries) == 3


def test_a_service_without_its_secret_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATU_SECRET_FILE", str(tmp_path / "nothing"))
    with pytest.raises(SystemExit, match="LATU_SECRET_FILE cannot be read"):
        serve(Service("coaching", Text(fi="Koe", en="Trial"), tmp_path, events, []))
