"""Staff read why a finding was told and why rules did not fire; exact numbers only analysts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from lxml import html

from services.survey.commands.releases import release_round
from shared.db import Database
from shared.events import InsightReleased
from tests.survey.acts import bring_in, emitted
from tests.survey.conftest import PASSWORD

COACH = {"Authorization": "Bearer token-of-coach"}
RULES = "/admin/releases/imported-1/rules"
NEED = "imported--energy--need--region"


@pytest.fixture
async def desk(site: httpx.AsyncClient, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which an analyst is signed in, after a release."""
    made = [
        f"{'698' if n % 3 else '148'},{'1-9' if n % 4 else '10-49'},{1 + n % 3},,yritys{n}" for n in range(60)
    ]
    await bring_in(database, *made)
    async with database.transaction() as tx:
        await release_round(tx, "imported", "analyst")
    await site.post("/admin/sign-in", data={"name": "analyst", "password": PASSWORD})
    return site


async def test_a_release_counts_its_reasons_and_each_leads_to_its_verdicts(desk: httpx.AsyncClient) -> None:
    page = html.fromstring((await desk.get("/admin/releases/imported-1?lang=en")).text)
    links = page.xpath("//main//a[contains(@href, '/rules?reason=')]")
    assert links
    for link in links:
        count = int(link.text.rpartition("(")[2].rstrip(")"))
        shown = html.fromstring((await desk.get(link.get("href"))).text)
        assert len(shown.xpath("//main//tbody/tr")) == count


async def test_verdicts_are_found_by_filters_of_the_page(desk: httpx.AsyncClient) -> None:
    asked = {
        "question=energy&rule=need&segment=region": 1,
        "segment=size%3D1-9": 5,
        "rule=practice": 0,
        "reason=nonsense": 0,
    }
    for query, rows in asked.items():
        page = html.fromstring((await desk.get(f"{RULES}?{query}")).text)
        assert (query, len(page.xpath("//main//tbody/tr"))) == (query, rows)


async def test_the_page_gives_reasons_in_the_readers_language(desk: httpx.AsyncClient) -> None:
    spoken = {
        "fi": "luku ei yllä säännön rajaan",
        "en": "the figure does not reach the bound",
        "sv": "siffran når inte regelns gräns",
    }
    for language, words in spoken.items():
        page = html.fromstring((await desk.get(f"{RULES}?lang={language}&reason=not_found")).text)
        assert words in page.xpath("string(//main//tbody/tr[1])")


async def test_long_lists_come_in_pages(desk: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.survey.admin.explanations.PAGE", 4)
    first = html.fromstring((await desk.get(f"{RULES}?question=energy")).text)
    (after,) = first.xpath("//main//a[@rel='next']/@href")
    second = html.fromstring((await desk.get(RULES + after)).text)
    shown = [[row.text_content() for row in page.xpath("//main//tbody/tr")] for page in (first, second)]
    assert [len(rows) for rows in shown] == [4, 4]
    assert not set(shown[0]) & set(shown[1])
    assert second.xpath("//main//a[@rel='prev']")


async def test_a_program_reads_the_verdicts_of_a_round_s_newest_release(
    desk: httpx.AsyncClient, analyst: dict[str, str]
) -> None:
    asked = {"rule": "need", "segment": "region"}
    found = await desk.get("/admin/api/rounds/imported/verdicts", params=asked, headers=analyst)
    (need,) = found.json()
    assert need["reasons"] == ["confirmed"]
    same = await desk.get("/admin/api/releases/imported-1/verdicts", params=asked, headers=analyst)
    assert same.json() == [need]


async def test_what_was_never_released_or_told_is_not_found(
    site: httpx.AsyncClient, analyst: dict[str, str]
) -> None:
    places = ("rounds/nothing/verdicts", "releases/nothing-1/verdicts", "insights/nothing/explain")
    for place in (*(f"api/{place}" for place in places), "insights/nothing", "releases/nothing-1/rules"):
        assert (await site.get(f"/admin/{place}", headers=analyst)).status_code == 404


async def test_exact_numbers_are_for_analysts(
    site: httpx.AsyncClient, desk: httpx.AsyncClient, analyst: dict[str, str]
) -> None:
    site.cookies.clear()
    for place in ("releases/imported-1", "rounds/imported"):
        refused = await site.get(f"/admin/api/{place}/verdicts", headers=COACH)
        assert refused.status_code == 403
    assert (await site.get(RULES, headers=COACH)).status_code == 200
    place = f"/admin/api/insights/{NEED}/explain"
    full, less = [(await site.get(place, headers=who)).json()["steps"] for who in (analyst, COACH)]
    assert {"tallies", "errors", "looks"} <= {step["step"] for step in full}
    assert {"tallies", "errors", "looks", "interval", "estimate"}.isdisjoint(step["step"] for step in less)


async def test_the_account_of_a_finding_carries_what_was_published(
    desk: httpx.AsyncClient, database: Database, analyst: dict[str, str]
) -> None:
    told = next(e for e in await emitted(database) if isinstance(e, InsightReleased) and e.insight == NEED)
    made = (await desk.get(f"/admin/api/insights/{NEED}/explain", headers=analyst)).json()
    assert made["figure"] == told.figure.model_dump(mode="json")
    numbers = {step["step"]: step["numbers"] for step in made["steps"]}
    assert numbers["answers"]["hash"] == told.answers_hash
    assert numbers["weights"]["units"] == 60
    assert abs(numbers["estimate"]["value"] - told.figure.estimate) <= 0.05


async def test_the_page_of_a_finding_shows_each_step_with_its_heading(desk: httpx.AsyncClient) -> None:
    page = html.fromstring((await desk.get(f"/admin/insights/{NEED}?lang=fi")).text)
    headings = [heading.text_content() for heading in page.xpath("//main//h3")]
    assert headings[:3] == ["1. Kysymys", "2. Vastaukset", "3. Summat soluittain"]
    assert headings[-1] == "13. Versiot"
