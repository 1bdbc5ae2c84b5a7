"""What anybody sees: the newest version with its evidence, earlier ones, and marks at once."""

from __future__ import annotations

import re

import httpx
import pytest

from shared.db import Database
from tests.model.desk import arrive, decide, publish
from tests.model.given import insight, outcomes, practice, retraction, subject, text

KEY = subject().key
PAGE = {"Accept": "text/html"}


@pytest.fixture
async def published(database: Database) -> None:
    await arrive(database, insight("a"), insight("t", "trend"), practice(), *outcomes(12))
    await decide(database, "adopt")
    await publish(database)


async def page(site: httpx.AsyncClient, path: str, language: str = "en") -> str:
    answer = await site.get(path, params={"lang": language}, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def test_before_the_first_version_the_page_says_so(site: httpx.AsyncClient) -> None:
    assert "The first version has not been published yet." in await page(site, "/")
    answer = await site.get("/api/model")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no_version")


@pytest.mark.usefixtures("published")
async def test_the_model_is_read_by_topic_with_strength_and_certainty(site: httpx.AsyncClient) -> None:
    shown = await page(site, "/")
    assert "Wellbeing</h2>" in shown
    assert "Leadership</h2>" not in shown
    assert "Recommendation: strong" in shown
    assert "Certainty of evidence: high" in shown
    assert f'href="/recommendations/{KEY}"' in shown


@pytest.mark.usefixtures("published")
async def test_pages_are_finnish_first(site: httpx.AsyncClient) -> None:
    answer = await site.get("/", headers=PAGE)
    assert answer.headers["Content-Language"] == "fi"
    assert "Työnantajavetoinen etätyön malli" in answer.text
    assert "Ottakaa käyttöön" in answer.text


@pytest.mark.usefixtures("published")
async def test_a_recommendation_shows_every_figure_with_interval_n_band_and_date(
    site: httpx.AsyncClient,
) -> None:
    shown = await page(site, f"/recommendations/{KEY}")
    assert shown.count("(interval 1.9–2.3, answers 50–99, Mar 1, 2026)") == 2
    assert "<svg" in shown
    assert "10–19" in shown
    assert "There is no comparison group" in shown


@pytest.mark.usefixtures("published")
async def test_nothing_public_tells_which_outcomes_or_insights_stand_behind_in_secret(
    site: httpx.AsyncClient,
) -> None:
    for path in ("/", f"/recommendations/{KEY}", "/api/model", f"/api/recommendations/{KEY}"):
        assert "o00" not in (await site.get(path)).text


@pytest.mark.usefixtures("published")
async def test_a_retraction_marks_the_page_at_once(site: httpx.AsyncClient, database: Database) -> None:
    assert "Under review" not in await page(site, "/")
    await arrive(database, retraction("a", 2))
    for path in ("/", "/versions/1", f"/recommendations/{KEY}"):
        assert "Under review since Mar 2, 2026." in await page(site, path)
    (recommendation,) = (await site.get("/api/model")).json()["recommendations"]
    assert recommendation["under_review"]
    assert recommendation["now_since"] == "2026-03-02"


@pytest.mark.usefixtures("published")
async def test_what_was_retired_is_no_longer_recommended(site: httpx.AsyncClient, database: Database) -> None:
    await decide(database, "retire")
    assert "No longer recommended. </strong> Retired" in (await page(site, "/")).replace(
        "</strong>", " </strong>"
    )


@pytest.mark.usefixtures("published")
async def test_earlier_versions_stay_readable(site: httpx.AsyncClient, database: Database) -> None:
    await arrive(database, practice("walks"))
    await decide(database, "review")
    await decide(database, "adopt", subject("walks").key)
    await publish(database)
    assert "This is not the newest version." in await page(site, "/versions/1")
    assert "This is not the newest version." not in await page(site, "/versions/2")
    assert "The newest version no longer has this" in await page(site, f"/recommendations/{KEY}")
    listed = await page(site, "/versions")
    assert listed.index("Version 2") < listed.index("Version 1")
    assert [v["number"] for v in (await site.get("/api/versions")).json()] == [1, 2]
    assert (await site.get("/api/versions/1")).json()["recommendations"][0]["key"] == KEY


@pytest.mark.usefixtures("published")
async def test_a_recommendation_is_worded_as_in_the_newest_version(
    site: httpx.AsyncClient, database: Database
) -> None:
    await decide(database, "review")
    await decide(database, "adopt", text=text("Better words"))
    await publish(database)
    assert "Better words" in await page(site, f"/recommendations/{KEY}")
    assert (await site.get(f"/api/recommendations/{KEY}")).json()["text"]["en"] == "Better words"


@pytest.mark.parametrize(
    "path", ["/versions/7", "/versions/0", "/versions/99999999999999999999", "/recommendations/none"]
)
async def test_what_does_not_exist_is_not_found(site: httpx.AsyncClient, path: str) -> None:
    for prefix in ("", "/api"):
        assert (await site.get(prefix + path)).status_code == 404


async def test_a_draft_is_not_public(site: httpx.AsyncClient, database: Database) -> None:
    await arrive(database, insight("a"), practice())
    assert (await site.get(f"/recommendations/{KEY}")).status_code == 404
    assert (await site.get(f"/api/recommendations/{KEY}")).status_code == 404


async def test_synthetic_evidence_is_labelled_wherever_it_is_shown(
    site: httpx.AsyncClient, database: Database
) -> None:
    await arrive(database, insight("a", synthetic=True), practice())
    await decide(database, "adopt")
    await publish(database)
    for path in ("/", "/versions", "/versions/1", f"/recommendations/{KEY}"):
        assert "Synthetic data" in await page(site, path)
    assert (await site.get("/api/model")).json()["synthetic"]


async def test_the_rules_are_published_with_their_numbers(site: httpx.AsyncClient) -> None:
    shown = await page(site, "/rules")
    assert "at least 2 rounds" in shown
    assert "fewer than 5 follow-ups" in shown
    assert "at most moderate" in shown
