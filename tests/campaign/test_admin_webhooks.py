"""Operators add webhooks, see what comes of them, and nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.campaign import commands, signatures
from services.campaign.app import service
from services.campaign.partners import Wish
from shared import auth
from shared.db import Database
from shared.http import make_app
from shared.settings import Settings
from tests.campaign.conftest import TOKENS
from tests.campaign.test_commands import actions

PLACE = "/admin/api/webhooks"
OPERATOR = {"Authorization": f"Bearer {TOKENS['operator']}"}
EDITOR = {"Authorization": f"Bearer {TOKENS['editor']}"}
URL = "https://hook.example/latu"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    secret = tmp_path / "key"
    secret.write_text("a secret of the tests")
    return Settings(secret_file=secret)


@pytest.fixture
async def desk(fresh_database, database: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The JSON API over the tests' database, with one partner."""
    here = {"database_url": database.engine.url.render_as_string(hide_password=False)}
    app = make_app(
        service, settings.model_copy(update=here | {"staff_database_url": await fresh_database("staff")})
    )
    await app.state.database.close()
    app.state.database = database
    async with app.state.staff_database.transaction() as tx:
        for role, token in TOKENS.items():
            await auth.add_account(tx, role, "salasana-jota-ei-arvaa", (role,))
            await auth.add_token(tx, role, "test", token)
    async with database.transaction() as tx:
        await commands.add_partner(tx, Wish("Kemi", ("post_published",), id="kemi"), "", "operator")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://kampanja.example", headers=OPERATOR
    ) as client:
        yield client
    await app.state.staff_database.close()


async def add(desk: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await desk.post(PLACE, json={"partner": "kemi", "url": URL, **more})


async def test_the_secret_is_told_when_it_is_made_and_never_again(
    desk: httpx.AsyncClient, settings: Settings
) -> None:
    made = (await add(desk)).json()
    assert made["secret"] == signatures.derived(settings.key_for("webhooks"), made["webhook"], 1).secret
    assert made["public_key"].startswith("whpk_")
    one, listed = await desk.get(f"{PLACE}/{made['webhook']}"), await desk.get(PLACE)
    assert "secret" not in one.json()
    assert [row["webhook"] for row in listed.json()] == [made["webhook"]]
    assert made["secret"] not in listed.text + one.text


async def test_a_rotation_tells_the_new_secret_and_both_live(desk: httpx.AsyncClient) -> None:
    made = (await add(desk)).json()
    rotated = (await desk.post(f"{PLACE}/{made['webhook']}/rotate", json={})).json()
    assert rotated["secret"] != made["secret"]
    assert [one["until"] is None for one in rotated["secrets"]] == [False, True]


@pytest.mark.parametrize(
    "more",
    [
        {"url": "http://hook.example/"},
        {"url": "https://169.254.169.254/"},
        {"url": "https://user:salasana@hook.example/"},
        {"events": ["insight_released"]},
        {"events": ["no_such_event"]},
        {"description": "x" * 201},
    ],
)
async def test_what_may_not_be_is_refused_without_repeating_it(
    desk: httpx.AsyncClient, more: dict[str, Any]
) -> None:
    answer = await add(desk, **more)
    assert answer.status_code == 422
    assert "salasana" not in answer.text
    assert (await desk.get(PLACE)).json() == []


async def test_an_unknown_partner_or_webhook_is_not_found(desk: httpx.AsyncClient) -> None:
    assert (await add(desk, partner="tornio")).status_code == 404
    for path in ("", "/deliveries"):
        assert (await desk.get(f"{PLACE}/none{path}")).status_code == 404
    for order in ("disable", "enable", "remove", "ping"):
        assert (await desk.post(f"{PLACE}/none/{order}")).status_code == 404


async def test_orders_are_followed(desk: httpx.AsyncClient) -> None:
    webhook = (await add(desk, events=["post_published"])).json()["webhook"]
    place = f"{PLACE}/{webhook}"
    assert (await desk.post(f"{place}/disable")).json()["reason"] == "staff"
    assert (await desk.post(f"{place}/ping")).status_code == 409
    assert (await desk.post(f"{place}/enable")).json()["status"] == "active"
    event = (await desk.post(f"{place}/ping")).json()["event"]
    lines = (await desk.get(f"{place}/deliveries", params={"status": "waiting"})).json()
    assert [line["event"] for line in lines] == [event]
    assert (await desk.post(f"{place}/replay", json={})).status_code == 422
    assert (await desk.post(f"{place}/replay", json={"since": "2026-01-01T00:00:00Z"})).json() == {
        "events": 0,
        "rest_since": None,
    }
    assert (await desk.post(f"{place}/remove")).status_code == 204
    assert (await desk.get(place)).status_code == 404


async def test_the_events_of_a_webhook_are_changed_and_the_change_is_audited(
    desk: httpx.AsyncClient, database: Database
) -> None:
    made = (await add(desk)).json()
    place = f"{PLACE}/{made['webhook']}"
    changed = (await desk.post(f"{place}/change", json={"events": ["post_published"]})).json()
    assert changed["events"] == ["latu.campaign.post_published.v1", "latu.campaign.post_withdrawn.v1"]
    assert (changed["position"], changed["secrets"]) == (made["position"], made["secrets"])
    assert (await desk.post(f"{place}/change", json={"events": ["practice_published"]})).status_code == 422
    assert (await desk.get(place)).json()["events"] == changed["events"]
    assert (await desk.post(f"{place}/change", json={})).json()["events"] == []
    assert ("operator", "webhook_changed") in await actions(database, made["webhook"])


async def test_only_operators_see_or_order_anything(desk: httpx.AsyncClient) -> None:
    webhook = (await add(desk)).json()["webhook"]
    for headers, status in ((EDITOR, 403), ({"Authorization": ""}, 401)):
        assert (await desk.get(PLACE, headers=headers)).status_code == status
        assert (await desk.get(f"{PLACE}/{webhook}/deliveries", headers=headers)).status_code == status
        for order in ("disable", "enable", "remove", "ping", "change"):
            assert (await desk.post(f"{PLACE}/{webhook}/{order}", headers=headers)).status_code == status


async def test_a_partner_has_at_most_twenty_webhooks(desk: httpx.AsyncClient) -> None:
    for _ in range(20):
        assert (await add(desk)).status_code == 201
    assert (await add(desk)).status_code == 409
