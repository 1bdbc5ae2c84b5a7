"""Staff create rounds, import files and erase; others do not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import yaml
from lxml import html

from shared.db import Database
from tests.survey.acts import MAPPING, answer, count, create, csv_file
from tests.survey.asked import QUESTIONNAIRE, round_
from tests.survey.conftest import PASSWORD

ROUND = yaml.safe_dump(
    {
        "round": round_("r7", status="planned").model_dump(mode="json"),
        "questionnaire": QUESTIONNAIRE.model_dump(mode="json"),
    }
).encode()


def upload(*rows: str, mapping: object = MAPPING) -> dict[str, tuple[str, bytes]]:
    written = mapping if isinstance(mapping, bytes) else yaml.safe_dump(mapping, allow_unicode=True).encode()
    return {"file": ("answers.csv", csv_file(*rows)), "mapping": ("mapping.yaml", written)}


ROWS = ("Inari,1-9,4,,", "Ranua,10-49,2,,")


@pytest.fixture
async def desk(site: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which an analyst is signed in."""
    await site.post("/admin/sign-in", data={"name": "analyst", "password": PASSWORD})
    return site


async def form_token(desk: httpx.AsyncClient, place: str) -> dict[str, str]:
    shown = html.fromstring((await desk.get(place)).text)
    return {"csrf_token": str(shown.xpath("//main//input[@name='csrf_token']/@value")[0])}


async def test_a_program_imports_a_file(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    tried = await site.post(
        "/admin/api/imports", files=upload(*ROWS), data={"dry_run": "true"}, headers=analyst
    )
    assert (tried.json()["import_id"], tried.json()["kept"], await count(database, "answers")) == ("", 2, 0)
    done = await site.post("/admin/api/imports", files=upload(*ROWS), headers=analyst)
    assert done.status_code == 201
    report = done.json()
    assert (report["round"], report["new_round"], report["read"], report["kept"]) == ("imported", True, 2, 2)
    assert await count(database, "answers") == 2
    (listed,) = (await site.get("/admin/api/imports", headers=analyst)).json()
    assert (listed["import_id"], listed["imported_by"], listed["undone_at"]) == (
        report["import_id"],
        "analyst",
        None,
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"file": ("a.csv", b"x")}, "Choose the mapping file"),
        ({"mapping": ("m.yaml", b"mapping: a\nround: r1")}, "Choose the file of answers"),
        (upload(*ROWS, mapping=b"a: 1\nb: [1\nc: 2"), "The mapping file is not valid YAML: look at line 3"),
        (upload(*ROWS, mapping=b"\xff\xfe\xff"), "The mapping file is not valid YAML"),
        (upload(*ROWS, mapping=b"[" * 5000), "The mapping file is not valid YAML"),
        (upload(*ROWS, mapping={"mapping": "x"}), "The mapping file is not valid. round: Field required"),
        (upload("Inari,1-9"), "Row 2 has 2 cells, but the header has 5"),
        (upload("Oulu,1-9,4,,"), "Row 2, column “Kunta”: This is not a municipality of Lapland"),
        (
            upload(*ROWS, mapping={**MAPPING, "values": {"energy": {"column": "Voima"}}}),
            "Nearest in the file: “Voimat”",
        ),
    ],
)
async def test_bad_input_is_a_clear_sentence_and_nothing_is_half_done(
    site: httpx.AsyncClient,
    database: Database,
    analyst: dict[str, str],
    files: dict[str, tuple[str, bytes]],
    said: str,
) -> None:
    answer_ = await site.post("/admin/api/imports", files=files, headers=analyst)
    assert answer_.status_code == 422
    assert said in answer_.json()["detail"]
    for table in ("answers", "rounds", "questionnaires", "imports"):
        assert await count(database, table) == 0


async def test_only_analysts_and_operators_may(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    coach = {"Authorization": "Bearer token-of-coach"}
    for place in ("/admin/api/imports", "/admin/api/rounds", "/admin/api/rounds/r1/close"):
        assert (await site.post(place, files=upload(*ROWS), headers=coach)).status_code == 403
        assert (await site.post(place, files=upload(*ROWS))).status_code == 401
    erasure = {"kind": "organisation", "value": "firma"}
    assert (await site.post("/admin/api/erasures", json=erasure, headers=coach)).status_code == 403
    assert (await site.get("/admin/api/erasures", headers=coach)).status_code == 403
    assert len((await site.get("/admin/api/rounds", headers=coach)).json()) == 1


async def test_a_program_creates_opens_and_closes_a_round(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    made = await site.post("/admin/api/rounds", content=ROUND, headers=analyst)
    assert (made.status_code, made.json()) == (201, {"round": "r7"})
    assert (await site.post("/admin/api/rounds/r7/open", headers=analyst)).status_code == 204
    assert [r["round"] for r in (await site.get("/api/rounds")).json()] == ["r7"]
    assert (await site.post("/admin/api/rounds/r7/close", headers=analyst)).status_code == 204
    assert (await site.post("/admin/api/rounds/r7/open", headers=analyst)).status_code == 409
    assert (await site.post("/admin/api/rounds/nowhere/open", headers=analyst)).status_code == 404


async def test_a_round_of_unknown_places_is_refused(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    answer_ = await site.post(
        "/admin/api/rounds", content=ROUND.replace(b"rovaniemi", b"atlantis"), headers=analyst
    )
    assert answer_.status_code == 422
    assert "places that Lapland does not have: atlantis" in answer_.json()["detail"]
    assert await count(database, "rounds") == 0
    broken = await site.post("/admin/api/rounds", content=b"round: {round: x}", headers=analyst)
    assert "The round is not valid. questionnaire: Field required" in broken.json()["detail"]
    empty = await site.post("/admin/api/rounds", content=b"{}", headers=analyst)
    assert "must have a part `round`" in empty.json()["detail"]


async def test_answers_are_erased_by_organisation_over_the_api(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    await create(database)
    sent = {
        "background": {"municipality": "698", "size": "1-9"},
        "values": {"energy": 4},
        "organisation": "firma-1",
    }
    await site.post("/api/rounds/r1/answers", json=sent, headers={"Idempotency-Key": "k" * 20})
    done = await site.post(
        "/admin/api/erasures", json={"kind": "organisation", "value": "FIRMA 1"}, headers=analyst
    )
    assert (done.json()["answers"], done.json()["judged"]) == (1, "at_the_next_safe_release")
    (listed,) = (await site.get("/admin/api/erasures", headers=analyst)).json()
    assert (listed["kind"], listed["answers"], listed["erased_by"]) == ("organisation", 1, "analyst")
    assert "firma" not in str(listed).lower()
    assert await count(database, "answers") == 0


async def test_an_analyst_creates_and_opens_a_round_on_the_page(
    desk: httpx.AsyncClient, database: Database
) -> None:
    token = await form_token(desk, "/admin")
    made = await desk.post("/admin/rounds", data=token, files={"file": ("round.yaml", ROUND)})
    assert made.status_code == 303
    again = await desk.post("/admin/rounds", data=token, files={"file": ("round.yaml", ROUND)})
    assert again.status_code == 409
    assert "On jo kierros" in again.text or "There is a round" in again.text
    assert (await desk.post("/admin/rounds/r7/open", data=token)).status_code == 303
    assert "/answer/r7" in (await desk.get("/admin")).text
    assert (await desk.post("/admin/rounds/r7/close", data=token)).status_code == 303
    assert (await desk.post("/admin/rounds/r7/close", data={})).status_code == 403


async def test_an_analyst_tries_imports_and_undoes_on_the_page(
    desk: httpx.AsyncClient, database: Database
) -> None:
    token = await form_token(desk, "/admin/imports")
    tried = await desk.post("/admin/imports", data={**token, "dry_run": "true"}, files=upload(*ROWS))
    assert "mitään ei muutettu" in tried.text
    assert await count(database, "answers") == 0
    wrong = await desk.post("/admin/imports", data=token, files=upload("Oulu,1-9,4,,"))
    assert (wrong.status_code, "Row 2, column “Kunta”" in wrong.text) == (422, True)
    done = await desk.post("/admin/imports", data=token, files=upload(*ROWS))
    assert "Tuotu kierrokseen imported" in done.text
    assert await count(database, "answers") == 2


async def test_an_analyst_erases_on_the_page(desk: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    receipt = (await answer(database)).receipt
    token = await form_token(desk, "/admin/erasures")
    wrong = await desk.post("/admin/erasures", data={**token, "kind": "receipt", "value": "x"})
    assert wrong.status_code == 422
    done = await desk.post("/admin/erasures", data={**token, "kind": "receipt", "value": receipt})
    assert "Vastauksia poistettu: 1" in done.text
    assert await count(database, "answers") == 0


async def test_pages_for_staff_lead_to_the_sign_in(site: httpx.AsyncClient) -> None:
    for place in ("/admin", "/admin/imports", "/admin/erasures"):
        answer_ = await site.get(place, headers={"accept": "text/html"})
        assert (answer_.status_code, answer_.headers["location"]) == (303, f"/admin/sign-in?next={place}")
