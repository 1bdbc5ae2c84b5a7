"""Bad input meets a clear sentence, and data that say nothing a clear “cannot say”: through commands and HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import yaml

from services.survey.commands.evidence import estimate
from services.survey.commands.explanations import explain_release
from services.survey.commands.releases import release_round
from services.survey.explaining import Asked
from services.survey.releases import Release
from services.survey.rounds import Frame, Trim
from services.survey.store.insights import list_live
from shared.db import Database
from shared.errors import Refused
from tests.survey.acts import MAPPING, bring_in, count, create, csv_file
from tests.survey.asked import QUESTIONNAIRE, dimension, round_

PLACES = (("Rovaniemi", "1-9"), ("Rovaniemi", "10-49"), ("Inari", "1-9"), ("Inari", "10-49"))
ESTIMATES = "/admin/api/rounds/imported/estimates"
RELEASES = "/admin/api/rounds/imported/releases"


def rows(energies: list[object]) -> list[str]:
    """One organisation for each, in every cell of the frame by turns."""
    return [
        f"{','.join(PLACES[n % 4])},{energy},Sovitaan yhdessä.,firma-{n}" for n, energy in enumerate(energies)
    ]


async def released(database: Database) -> tuple[Release, set[str]]:
    """The release of the imported round, and why the rules on the question of energy did not fire."""
    async with database.transaction() as tx:
        release = await release_round(tx, "imported", "analyst")
        explained = await explain_release(tx, release.release, Asked(question="energy"))
        assert await list_live(tx, "imported") == []
    return release, set(explained.counts)


async def test_a_question_that_nobody_answered_has_no_figure_and_no_finding(database: Database) -> None:
    await bring_in(database, *rows([""] * 60))
    release, reasons = await released(database)
    assert release.cells == ()
    assert reasons <= {"too_few", "suppressed", "cannot_say"}
    async with database.transaction() as tx:
        readout = await estimate(tx, "imported", item="energy")
    assert {(one.estimate, one.se, one.n) for one in readout.estimates} == {(None, None, None)}
    assert readout.units == 60


async def test_one_organisation_alone_has_no_figure_and_no_finding(database: Database) -> None:
    await bring_in(database, *rows([4]))
    release, reasons = await released(database)
    assert release.cells == ()
    assert release.n_band == "<5"
    assert reasons <= {"too_few", "suppressed"}
    async with database.transaction() as tx:
        readout = await estimate(tx, "imported", segment="all")
    assert {(one.estimate, one.se, one.n, one.efficiency) for one in readout.estimates} == {(None,) * 4}


async def test_answers_that_are_all_equal_tell_no_figure_and_no_finding(database: Database) -> None:
    await bring_in(database, *rows([2] * 60))
    release, reasons = await released(database)
    assert release.cells == ()
    assert reasons <= {"too_few", "suppressed", "cannot_say", "not_tested"}
    async with database.transaction() as tx:
        (mean, *levels) = (await estimate(tx, "imported", item="energy")).estimates
    assert mean.estimate == pytest.approx(2)
    assert mean.se == pytest.approx(0, abs=1e-6)
    assert [one.estimate for one in levels] == pytest.approx([0, 100, 0, 0, 0])


async def test_before_anybody_answers_there_is_nothing_to_release_or_to_read(database: Database) -> None:
    await create(database, status="closed")
    async with database.transaction() as tx:
        with pytest.raises(Refused):
            await release_round(tx, "r1", "analyst")
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="Nobody has answered"):
            await estimate(tx, "r1")


@pytest.mark.parametrize("energies", [[""] * 60, [4], [2] * 60])
async def test_over_http_data_that_say_nothing_make_an_empty_release_and_pages_that_open(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str], energies: list[object]
) -> None:
    await bring_in(database, *rows(energies))
    made = await site.post(RELEASES, headers=analyst)
    assert (made.status_code, made.json()["figures"], made.json()["insights"]) == (201, 0, 0)
    key = made.json()["release"]
    for place in (ESTIMATES, "/admin/api/rounds/imported/frame", f"/admin/api/releases/{key}/verify"):
        assert (await site.get(place, headers=analyst)).status_code == 200, place
    for place in ("/rounds/imported", "/api/rounds/imported/figures.csv", f"/api/releases/{key}"):
        assert (await site.get(place)).status_code == 200, place
    for place in (f"/admin/releases/{key}", "/admin/rounds/imported/frame"):
        assert (await site.get(place, headers=analyst)).status_code == 200, place


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Inari,1-9,nan,,", "Row 2, column “Voimat”"),
        ("Inari,1-9,inf,,", "Row 2, column “Voimat”"),
        ("Inari,1-9,6,,", "Row 2, column “Voimat”"),
        ("Inari,1-9,-1,,", "Row 2, column “Voimat”"),
        ("Inari,5000,4,,", "Row 2, column “Koko”"),
        ("Oulu,1-9,4,,", "Row 2, column “Kunta”"),
    ],
)
async def test_answers_that_cannot_be_are_refused_by_row_and_column(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str], row: str, said: str
) -> None:
    mapping = yaml.safe_dump(MAPPING, allow_unicode=True).encode()
    files = {"file": ("a.csv", csv_file(row)), "mapping": ("m.yaml", mapping)}
    refused = await site.post("/admin/api/imports", files=files, headers=analyst)
    assert (refused.status_code, said in refused.json()["detail"]) == (422, True)
    assert await count(database, "answers") == 0


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", '"x"', "4.5", "0", "true", "[]"])
async def test_a_program_cannot_answer_with_what_is_no_number(
    site: httpx.AsyncClient, database: Database, value: str
) -> None:
    await create(database)
    place = '{"municipality": "698", "size": "1-9"}'
    body = f'{{"background": {place}, "values": {{"energy": {value}}}}}'
    headers = {"Idempotency-Key": "k" * 20, "content-type": "application/json"}
    refused = await site.post("/api/rounds/r1/answers", content=body, headers=headers)
    assert refused.status_code == 422
    assert await count(database, "answers") == 0


def document(**category: object) -> bytes:
    written = round_("r9").model_dump(mode="json")
    written["frame"]["dimensions"][0]["categories"][0] |= category
    return yaml.safe_dump({"round": written, "questionnaire": QUESTIONNAIRE.model_dump(mode="json")}).encode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"count": -60}, "categories → 0 → count: Input should be greater than 0"),
        ({"count": 0}, "categories → 0 → count: Input should be greater than 0"),
        ({"count": float("nan")}, "categories → 0 → count: Input should be a finite number"),
        ({"count": float("inf")}, "categories → 0 → count: Input should be a finite number"),
        ({"count": "many"}, "categories → 0 → count: Input should be a valid number"),
        (
            {"count": 61},
            "the margins do not add up to the same total: sub-region counts 101, size counts 100",
        ),
        ({"count": None}, "the dimension sub-region has no count for rovaniemi"),
        ({"code": "pohjois-lappi"}, "names pohjois-lappi more than once"),
        ({"code": "atlantis"}, "places that Lapland does not have: atlantis"),
    ],
)
async def test_a_frame_that_cannot_be_true_makes_no_round(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str], changes: dict[str, Any], said: str
) -> None:
    refused = await site.post("/admin/api/rounds", content=document(**changes), headers=analyst)
    assert (refused.status_code, said in refused.json()["detail"]) == (422, True), refused.json()["detail"]
    assert await count(database, "rounds") == 0


async def test_a_frame_that_the_answers_cannot_meet_refuses_every_act_by_the_category(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    crossed = [f"{','.join(PLACES[0])},{n % 5 + 1},,firma-{n}" for n in range(8)]
    crossed += [f"{','.join(PLACES[3])},{n % 5 + 1},,yhtio-{n}" for n in range(8)]
    await bring_in(database, *crossed)
    for answer in (await site.post(RELEASES, headers=analyst), await site.get(ESTIMATES, headers=analyst)):
        assert answer.status_code == 409
        assert "can stand only for" in answer.json()["detail"]
    shown = (await site.get("/admin/api/rounds/imported/frame", headers=analyst)).json()
    assert "can stand only for" in shown["refusal"]


async def test_poor_weights_are_warned_of_on_every_page_and_trimmed_ones_stated(
    site: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    given = [f"{','.join(PLACES[0])},{n % 5 + 1},,pieni-{n}" for n in range(6)]
    given += [f"{','.join(PLACES[3])},{n % 5 + 1},,suuri-{n}" for n in range(60)]
    given += [f"{','.join(PLACES[1])},{n % 5 + 1},,muu-{n}" for n in range(6)]
    sizes = dimension("size", {"1-9": 900, "10-49": 100})
    frame = Frame(dimensions=(dimension("sub-region", {"rovaniemi": 930, "pohjois-lappi": 70}), sizes))
    uneven = round_("imported", status="closed", frame=frame)
    await bring_in(database, *given, round=uneven.model_dump(mode="json"))
    made = (await site.post(RELEASES, headers=analyst)).json()
    assert made["figures"] > 0
    for place in ("/rounds/imported?lang=en", f"/admin/releases/{made['release']}?lang=en"):
        assert "these represent the region poorly" in (await site.get(place, headers=analyst)).text
    told = (await site.get(ESTIMATES, headers=analyst)).json()
    assert (told["poor"], told["estimates"][0]["poor"]) == (True, True)
    held = uneven.model_copy(update={"round": "held", "trim": Trim(upper=2)})
    await bring_in(database, *given, round=held.model_dump(mode="json"))
    made = (await site.post("/admin/api/rounds/held/releases", headers=analyst)).json()
    released_ = (await site.get(f"/api/releases/{made['release']}")).json()["release"]
    assert any("held to at most 2 times" in sentence["en"] for sentence in released_["assumptions"])
    checked = (await site.get(f"/admin/api/releases/{made['release']}/verify", headers=analyst)).json()
    assert (checked["agree"], checked["differ"]) == (checked["figures"], [])
