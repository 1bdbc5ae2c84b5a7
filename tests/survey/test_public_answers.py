"""The JSON API by which programs answer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shared.db import Database
from tests.survey.acts import count, create
from tests.survey.asked import raw

KEY = {"Idempotency-Key": "0b8f2c9e-5d5e-4f0e-9d53-9f4c1e6a7b11"}


async def test_a_program_reads_what_a_round_asks(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    await create(database, "later", status="planned")
    assert [r["round"] for r in (await site.get("/api/rounds")).json()] == ["r1"]
    asked = (await site.get("/api/rounds/r1")).json()
    assert [q["code"] for q in asked["questionnaire"]["questions"]][:2] == ["energy", "share"]
    assert {"code": "698", "text": {"fi": "Rovaniemi", "en": "Rovaniemi", "sv": "Rovaniemi"}} in asked[
        "background"
    ][0]["choices"]
    assert asked["round"]["frame"]["dimensions"][0]["categories"][0]["count"] == 60
    for missing in ("later", "nowhere"):
        assert (await site.get(f"/api/rounds/{missing}")).status_code == 404


async def test_an_answer_is_taken_once_for_each_key(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    first = await site.post("/api/rounds/r1/answers", json=raw(organisation="1234567-8"), headers=KEY)
    second = await site.post("/api/rounds/r1/answers", json=raw(organisation="1234567-8"), headers=KEY)
    assert (first.status_code, first.json()["status"]) == (201, "taken")
    assert (second.status_code, second.json()["status"]) == (200, "repeated")
    assert first.json()["receipt"] == second.json()["receipt"]
    other = await site.post("/api/rounds/r1/answers", json=raw(values={"energy": 1}), headers=KEY)
    assert (other.status_code, "receipt" in other.json()) == (409, False)
    assert await count(database, "answers WHERE source = 'api'") == 1


async def test_faults_come_by_field_and_repeat_nothing(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    sent = raw(background={"municipality": "Salakylä", "size": "1-9"}, values={"energy": 77})
    answer = await site.post("/api/rounds/r1/answers", json=sent, headers=KEY)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert [(e["field"], e["code"]) for e in told["errors"]] == [
        ("municipality", "unknown_municipality"),
        ("energy", "out_of_range"),
    ]
    assert "Salakylä" not in answer.text
    assert "77" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1, 2]",
        b'{"values": {"energy": NaN}}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"organisation": {"a": 1}}',
    ],
)
async def test_what_is_no_json_object_is_refused(
    site: httpx.AsyncClient, database: Database, body: bytes
) -> None:
    await create(database)
    answer = await site.post("/api/rounds/r1/answers", content=body, headers=KEY)
    assert answer.status_code == 422
    assert len(answer.content) < 500


async def test_text_that_the_database_cannot_hold_does_not_break_it(
    site: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    body = b'{"background": {"municipality": "698", "size": "1-9"}, "open": {"learned": "a\\ud800\\u0000b"}}'
    answer = await site.post("/api/rounds/r1/answers", content=body, headers=KEY)
    assert answer.status_code == 201
    assert await count(database, "open_answers WHERE text = 'ab'") == 1


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "1"}])
async def test_an_answer_needs_a_key_that_is_hard_to_guess(
    site: httpx.AsyncClient, database: Database, key: dict[str, str]
) -> None:
    await create(database)
    answer = await site.post("/api/rounds/r1/answers", json=raw(), headers=key)
    assert (answer.status_code, "hard to guess" in answer.json()["detail"]) == (422, True)


async def test_a_closed_round_refuses(site: httpx.AsyncClient, database: Database) -> None:
    await create(database, status="closed")
    answer = await site.post("/api/rounds/r1/answers", json=raw(), headers=KEY)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/closed")


async def test_a_program_can_take_an_answer_back(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    receipt = (await site.post("/api/rounds/r1/answers", json=raw(), headers=KEY)).json()["receipt"]
    assert (await site.post("/api/withdrawals", json={"receipt": receipt})).json() == {"erased": 1}
    assert (await site.post("/api/withdrawals", json={"receipt": receipt})).status_code == 404
    assert (await site.post("/api/withdrawals", json={"receipt": "x"})).status_code == 422
    assert await count(database, "answers") == 0
    again = await site.post("/api/rounds/r1/answers", json=raw(), headers=KEY)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/withdrawn")


async def test_the_contract_of_the_api_is_published(site: httpx.AsyncClient) -> None:
    document: dict[str, Any] = (await site.get("/api/openapi.json")).json()
    operation = document["paths"]["/api/rounds/{code}/answers"]["post"]
    assert [p["name"] for p in operation["parameters"] if p["in"] == "header"] == ["Idempotency-Key"]
    assert "municipality" in str(operation["requestBody"])
    assert {"/admin/api/imports", "/admin/api/erasures", "/api/withdrawals"} <= set(document["paths"])
