"""Staff see a frame, try another from files, and keep it; what does not fit is said where."""

from __future__ import annotations

import json

import httpx
import pytest
import yaml
from lxml import html

from shared.db import Database
from tests.survey.acts import HEADER, MAPPING, bring_in, create
from tests.survey.asked import FRAME, QUESTIONNAIRE, round_
from tests.survey.conftest import PASSWORD
from tests.survey.counts import JOINT, as_csv, as_json, pxweb

SIZES = as_csv(("size", "count"), ("1-9", 90), ("10-49", 10))
PLACE = "/admin/rounds/r1/frame"
API = "/admin/api/rounds/r1/frame"
Files = list[tuple[str, tuple[str, bytes]]]


@pytest.fixture
async def desk(site: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser in which an analyst is signed in."""
    await site.post("/admin/sign-in", data={"name": "analyst", "password": PASSWORD})
    return site


def sent(data: bytes, name: str = "sizes.csv") -> Files:
    return [("files", (name, data))]


def page_of(answer: httpx.Response) -> html.HtmlElement:
    return html.fromstring(answer.text)


async def token(desk: httpx.AsyncClient) -> dict[str, str]:
    shown = page_of(await desk.get(PLACE))
    return {"csrf_token": str(shown.xpath("//main//input[@name='csrf_token']/@value")[0])}


async def test_a_frame_is_shown_as_bars_with_its_counts_and_assumptions(
    desk: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    shown = page_of(await desk.get(PLACE))
    rows = [
        [" ".join(cell.text_content().split()) for cell in row] for row in shown.xpath("//main//tbody/tr")
    ]
    assert rows[0] == ["rovaniemi suomeksi", "60 %", "60", "0"]
    assert [bar.get("width") for bar in shown.xpath("//main//tbody//rect[not(@class)]")] == [
        "60.00", "40.00", "70.00", "30.00",
    ]  # fmt: skip
    assert "assumed suomeksi" in shown.text_content()
    assert "Kehikko" in shown.xpath("//h1")[0].text_content()


async def test_files_are_shown_before_they_are_kept(desk: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    tried = await desk.post(PLACE, data=await token(desk), files=sent(SIZES))
    shown = page_of(tried)
    assert "Mitään ei ole vielä tallennettu" in shown.text_content()
    last = [" ".join(cell.text_content().split()) for cell in shown.xpath("//main//tbody/tr")[-1]]
    assert last == ["10-49 suomeksi", "10 %", "10", "30", "0"]
    assert "10-49 suomeksi 30" in " ".join(page_of(await desk.get(PLACE)).text_content().split()).replace(
        " 30 % ", " "
    )
    (document,) = shown.xpath("//main//input[@name='frame']/@value")
    kept = await desk.post(f"{PLACE}/save", data={**await token(desk), "frame": document})
    assert "Kehikko on korjattu" in kept.text
    rows = page_of(await desk.get(PLACE)).xpath("//main//tbody/tr")
    assert " ".join(rows[-1].text_content().split()) == "10-49 suomeksi 10 % 10 0"


async def test_on_the_page_what_does_not_fit_is_said_and_nothing_is_kept(
    desk: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    for files, said in (
        (sent(SIZES.replace(b"10-49", b"9999")), "row 3, column “size”"),
        (sent(b"", ""), "Valitse kehikon tiedostot"),
        (sent(b""), "was not sent, or is empty"),
        ([*sent(SIZES), *sent(SIZES)], "Kahdella tiedostolla on sama nimi"),
        (
            [*sent(SIZES), ("mapping", ("m.yaml", b"files: [{file: other.csv}]"))],
            "needs the file “other.csv”",
        ),
        ([*sent(SIZES), ("mapping", ("m.yaml", b"[1"))], "The mapping file is not valid YAML"),
    ):
        refused = await desk.post(PLACE, data=await token(desk), files=files)
        assert (refused.status_code, said in refused.text) == (422, True), said
    for document in ("", "{}", "[1", json.dumps({"dimensions": []})):
        refused = await desk.post(f"{PLACE}/save", data={**await token(desk), "frame": document})
        assert (refused.status_code, "is not valid" in refused.text) == (422, True)
    assert (await desk.get("/admin/rounds/nowhere/frame")).status_code == 404


async def test_a_program_corrects_a_frame_from_files(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    await create(database)
    tried = await site.post(API, files=sent(SIZES), data={"dry_run": "true"}, headers=analyst)
    assert (tried.json()["dry_run"], tried.json()["size"]) == (True, 100)
    assert (await site.get(API, headers=analyst)).json()["frame"] == FRAME.model_dump(mode="json")
    done = (await site.post(API, files=sent(SIZES), headers=analyst)).json()
    assert (done["release"], done["former_size"], done["units"], done["efficiency"]) == ("", 100, 0, None)
    now = (await site.get(API, headers=analyst)).json()
    assert [c["count"] for c in now["frame"]["dimensions"][1]["categories"]] == [90, 10]
    assert now["frame"]["sources"][0]["name"] == "sizes.csv"


async def test_a_program_sends_a_table_of_a_statistics_office_with_its_mapping(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    await create(database)
    mapping = yaml.safe_dump({"files": [JOINT]}, allow_unicode=True).encode()
    files = [*sent(as_json(pxweb()), "joint.json"), ("mapping", ("m.yaml", mapping))]
    done = await site.post(API, files=files, headers=analyst)
    assert done.status_code == 200
    counts = [[c["count"] for c in d["categories"]] for d in done.json()["frame"]["dimensions"]]
    assert counts == [[60, 40], [72, 28]]


async def test_a_program_writes_a_frame_out_and_mistakes_are_named_by_their_place(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    await create(database)
    written = FRAME.model_dump(mode="json")
    written["dimensions"][1]["categories"][0]["count"] = 69
    refused = await site.put(API, json=written, headers=analyst)
    assert (refused.status_code, "sub-region counts 100, size counts 99" in refused.text) == (422, True)
    written["dimensions"][1]["categories"][0]["count"] = -70
    refused = await site.put(API, json=written, headers=analyst)
    assert (refused.status_code, "greater than 0" in refused.text) == (422, True)
    refused = await site.put(API, content=json.dumps(written).replace("-70", "NaN"), headers=analyst)
    assert (
        "dimensions → 1 → categories → 0 → count: Input should be a finite number" in refused.json()["detail"]
    )
    written["dimensions"][1]["categories"][0]["count"] = 70
    written["assumptions"] = []
    assert (await site.put(API, json=written, headers=analyst)).json()["assumptions"] == []


async def test_margins_that_do_not_add_up_are_refused_with_both_totals_or_scaled_and_stated(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    await create(database)
    more = sent(as_csv(("size", "count"), ("1-9", 150), ("10-49", 50)))
    refused = await site.post(API, files=more, headers=analyst)
    assert refused.status_code == 422
    assert "“sizes.csv” counts 200 (size); the frame as it was counts 100" in refused.json()["detail"]
    scaled = await site.post(API, files=more, data={"rescale": "true"}, headers=analyst)
    assert scaled.json()["size"] == 200
    assert "100 in all, are scaled to the frame's total of 200" in str(scaled.json()["assumptions"])


async def test_only_analysts_and_operators_correct_a_frame(
    site: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    coach = {"Authorization": "Bearer token-of-coach"}
    assert (await site.get(API, headers=coach)).status_code == 200
    for headers, status in ((coach, 403), ({}, 401)):
        assert (await site.post(API, files=sent(SIZES), headers=headers)).status_code == status
        assert (await site.put(API, json={}, headers=headers)).status_code == status
        assert (await site.post(PLACE, files=sent(SIZES), headers=headers)).status_code == status
        assert (await site.post(f"{PLACE}/save", data={"frame": "{}"}, headers=headers)).status_code == status


async def test_how_well_the_answers_stand_for_the_frame_is_told(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    rows = [f"Rovaniemi,{'1-9' if n < 2 else '10-49'},4,,firma-{n}" for n in range(30)]
    rows += [f"Inari,1-9,4,,yhtio-{n}" for n in range(3)]
    await bring_in(database, *rows)
    told = (await site.get("/admin/api/rounds/imported/frame", headers=analyst)).json()
    assert (told["units"], told["poor"], told["refusal"]) == (33, True, "")
    assert told["efficiency"] < 0.4
    assert "represent the population poorly" in str(told["assumptions"])
    await site.post("/admin/sign-in", data={"name": "analyst", "password": PASSWORD})
    shown = page_of(await site.get("/admin/rounds/imported/frame"))
    rows_shown = [" ".join(row.text_content().split()) for row in shown.xpath("//main//tbody/tr")]
    assert rows_shown[1].endswith("<5")
    assert "edustavat perusjoukkoa heikosti" in shown.text_content()


async def test_a_round_is_created_and_imported_into_with_the_files_that_its_frame_names(
    desk: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    joint = as_csv(("sub-region", "size", "count"), ("rovaniemi", "1-9", 50), ("rovaniemi", "10-49", 10),
                   ("pohjois-lappi", "1-9", 20), ("pohjois-lappi", "10-49", 20))  # fmt: skip
    named = {
        **round_("r1", status="planned").model_dump(mode="json"),
        "frame": {"files": [{"file": "f.csv"}]},
    }
    document = yaml.safe_dump(
        {"round": named, "questionnaire": QUESTIONNAIRE.model_dump(mode="json")}
    ).encode()
    csrf = {
        "csrf_token": str(
            page_of(await desk.get("/admin")).xpath("//main//input[@name='csrf_token']/@value")[0]
        )
    }
    files = [("file", ("round.yaml", document)), ("frame", ("f.csv", joint))]
    assert (await desk.post("/admin/rounds", data=csrf, files=files[:1])).status_code == 422
    assert (await desk.post("/admin/rounds", data=csrf, files=files)).status_code == 303
    assert (await desk.get(API, headers=analyst)).json()["size"] == 100

    mapping = {**MAPPING, "round": {**named, "round": "imported", "status": "closed"}}
    answers = f"{HEADER}\nInari,1-9,4,,\n".encode()
    upload = [("file", ("a.csv", answers)), ("mapping", ("m.yaml", yaml.safe_dump(mapping).encode()))]
    missing = await desk.post("/admin/api/imports", files=upload, headers=analyst)
    assert "The frame needs the file “f.csv”" in missing.json()["detail"]
    done = await desk.post(
        "/admin/api/imports", files=[*upload, ("frame", ("f.csv", joint))], headers=analyst
    )
    assert done.json()["kept"] == 1
