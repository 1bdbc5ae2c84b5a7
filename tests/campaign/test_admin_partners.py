"""What an operator does with partners over HTTP."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import select

from services.campaign import commands
from services.campaign.partners import Wish
from shared.backbone import audit
from shared.db import Database
from shared.errors import Refused
from tests.campaign.conftest import Clock
from tests.campaign.test_admin import EDITOR, as_
from tests.campaign.test_commands import actions
from tests.campaign.test_partners import KEYS

OPERATOR = as_("operator")
PLACE = "/admin/api/partners"
KEMI = {"name": "Kemi", "reads": ["insight_released"], "public_key": KEYS[0], "contact": "it@example.org"}


async def given_partner(site: httpx.AsyncClient, **more: object) -> str:
    answer = await site.post(PLACE, json={**KEMI, **more}, headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["partner"])


@pytest.mark.parametrize(
    "path", ["", "/kemi", "/kemi/rotate", "/kemi/suspend", "/kemi/resume", "/kemi/remove", "/kemi/change"]
)
async def test_only_an_operator_sees_and_changes_partners(site: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST"):
        assert (await site.request(method, PLACE + path)).status_code in (401, 405)
        assert (await site.request(method, PLACE + path, headers=EDITOR)).status_code in (403, 405)


async def test_a_partner_lives_from_add_to_remove_and_every_step_is_audited(
    site: httpx.AsyncClient, database: Database
) -> None:
    key = await given_partner(site)
    steps = [
        ("rotate", {"public_key": KEYS[1], "overlap_seconds": 60}, "active", 2),
        ("change", {"reads": ["all"], "contributes": ["practice"]}, "active", 2),
        ("suspend", None, "suspended", 0),
        ("resume", None, "active", 2),
        ("remove", None, "removed", 0),
    ]
    for action, body, status, keys in steps:
        told = (await site.post(f"{PLACE}/{key}/{action}", json=body, headers=OPERATOR)).json()
        assert (told["status"], len(told["keys"])) == (status, keys)
    assert [action for _, action in await actions(database, key)] == [
        "partner_added",
        "partner_key_rotated",
        "partner_changed",
        "partner_suspended",
        "partner_resumed",
        "partner_removed",
    ]
    async with database.transaction() as tx:
        assert "example.org" not in str(await tx.all(select(audit)))


async def test_an_id_is_never_given_twice(site: httpx.AsyncClient) -> None:
    key = await given_partner(site)
    await site.post(f"{PLACE}/{key}/remove", headers=OPERATOR)
    again = await site.post(PLACE, json=KEMI, headers=OPERATOR)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/partner_id_taken")
    assert await given_partner(site, id="kemi-2") == "kemi-2"


async def test_a_partner_without_a_key_can_be_added(site: httpx.AsyncClient) -> None:
    key = await given_partner(site, public_key="")
    told = (await site.get(f"{PLACE}/{key}", headers=OPERATOR)).json()
    assert (told["keys"], told["in_effect"]) == ([], False)


async def test_bad_input_changes_nothing_and_is_not_echoed(site: httpx.AsyncClient) -> None:
    for wrong in ({"reads": ["salaisuus"]}, {"public_key": "SALAISUUS"}, {"id": "Salaisuus"}, {"name": ""}):
        answer = await site.post(PLACE, json={**KEMI, **wrong}, headers=OPERATOR)
        assert answer.status_code == 422
        assert "alaisuus" not in answer.text.lower()
    assert (await site.get(PLACE, headers=OPERATOR)).json() == []
    assert (await site.post(f"{PLACE}/kemi/suspend", headers=OPERATOR)).status_code == 404


async def test_a_key_of_one_partner_is_given_to_no_other_while_it_may_let_that_one_in(
    site: httpx.AsyncClient, clock: Clock
) -> None:
    """The broker takes nobody's accounts while one key stands in two of them."""
    await given_partner(site)
    await given_partner(site, name="Tornio", public_key=KEYS[1])
    tries = {"": {**KEMI, "name": "Oulu"}, "/tornio/rotate": {"public_key": KEYS[0]}}

    async def refused() -> list[str]:
        answers = [await site.post(PLACE + path, json=body, headers=OPERATOR) for path, body in tries.items()]
        return [answer.json().get("type", "").rpartition("/")[2] for answer in answers]

    assert await refused() == ["partner_key_taken"] * 2
    await site.post(f"{PLACE}/kemi/suspend", headers=OPERATOR)
    assert await refused() == ["partner_key_taken"] * 2
    assert len((await site.get(PLACE, headers=OPERATOR)).json()) == 2
    await site.post(f"{PLACE}/kemi/remove", headers=OPERATOR)
    assert (
        await site.post(f"{PLACE}/tornio/rotate", json=tries["/tornio/rotate"], headers=OPERATOR)
    ).is_success


async def test_a_key_can_be_given_to_another_once_it_has_ended(site: httpx.AsyncClient, clock: Clock) -> None:
    await given_partner(site)
    new = {"public_key": KEYS[1], "overlap_seconds": 60}
    await site.post(f"{PLACE}/kemi/rotate", json=new, headers=OPERATOR)
    wanted = {**KEMI, "name": "Oulu"}
    assert (await site.post(PLACE, json=wanted, headers=OPERATOR)).status_code == 409
    clock.move(seconds=60)
    assert (await site.post(PLACE, json=wanted, headers=OPERATOR)).status_code == 201


async def test_of_two_who_give_one_key_at_once_one_is_refused(database: Database) -> None:
    async def add(name: str) -> None:
        async with database.transaction() as tx:
            await commands.add_partner(tx, Wish(name, ("all",)), KEYS[0], "operator")
            await asyncio.sleep(0.2)

    came = await asyncio.gather(add("Kemi"), add("Oulu"), return_exceptions=True)
    assert [type(one) for one in came if one is not None] == [Refused]
