"""What strangers see and can do over HTTP."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import httpx
import pytest

from services.campaign import commands, store, thresholds
from shared.db import Database
from tests.campaign.given import figure, insight, retracted, telling, text
from tests.campaign.test_commands import do, given_draft, given_post

PAGES = {"accept": "text/html"}
FORM = {
    "form_key": "a" * 32,
    "title": "Viikkopalaveri kävellen",
    "text": "Pidämme viikkopalaverin kävellen, ja se toimii.",
    "topic": "community",
    "language": "fi",
    "consent": "yes",
    "email": "",
    "website": "",
}


class TestPosts:
    async def test_only_published_posts_are_on_the_campaign_page(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        draft = await given_draft(database)
        assert draft not in (await site.get("/", headers=PAGES)).text
        await given_post(database)
        assert f"/posts/{draft}" in (await site.get("/", headers=PAGES)).text

    async def test_a_post_shows_each_figure_with_interval_n_band_date_and_source(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        key = await given_post(database)
        page = (await site.get(f"/posts/{key}", headers=PAGES)).text
        for shown in ("2,2", "2,0–2,4", "50–99", "20.11.2026", "<svg", "i1", "https://kysely.example/"):
            assert shown in page

    async def test_a_correction_and_a_hold_are_told_on_the_page(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        key = await given_post(database)
        await do(database, commands.keep_insight, insight("i1", 2, figure=figure(2.1, 2.5)))
        assert "Korjattu: luvut" in (await site.get(f"/posts/{key}", headers=PAGES)).text
        await do(database, commands.keep_insight, retracted("i1", 3))
        page = (await site.get(f"/posts/{key}", headers=PAGES)).text
        assert "tauolla" in page
        assert "2,3" not in page

    async def test_a_withdrawn_post_is_gone_and_says_why(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        key = await given_post(database)
        await do(database, commands.withdraw_post, key, "editor", text("Väärä kohderyhmä"))
        answer = await site.get(f"/posts/{key}", headers=PAGES)
        assert (answer.status_code, "Väärä kohderyhmä fi" in answer.text) == (410, True)
        assert key not in (await site.get("/feed.xml")).text
        assert (await site.get(f"/api/posts/{key}")).status_code == 404

    async def test_a_draft_is_not_found_by_strangers(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        key = await given_draft(database)
        assert (await site.get(f"/posts/{key}", headers=PAGES)).status_code == 404
        assert (await site.get(f"/api/posts/{key}")).status_code == 404

    async def test_synthetic_evidence_is_labelled_wherever_it_is_shown(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        key = await given_post(database, insight(synthetic=True))
        for page in ("/", f"/posts/{key}"):
            assert "Synteettinen" in (await site.get(page, headers=PAGES)).text
        assert "[synteettinen]" in (await site.get("/feed.xml")).text
        assert (await site.get("/api/posts")).json()[0]["synthetic"] is True

    @pytest.mark.parametrize(("path", "language"), [("/feed.xml", "fi"), ("/feed.en.xml", "en")])
    async def test_the_feeds_are_atom_in_their_language(
        self, site: httpx.AsyncClient, database: Database, path: str, language: str
    ) -> None:
        await given_post(database)
        answer = await site.get(path)
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed = ET.fromstring(answer.text)  # noqa: S314 - our own
        assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1

    async def test_the_api_gives_the_state_that_was_announced(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        key = await given_post(database)
        (found,) = (await site.get("/api/posts")).json()
        assert (found["post"], found["status"], found["revision"]) == (key, "published", 1)
        assert found["figures"][0]["evidence"] == {"kind": "insight", "key": "i1", "revision": 1}
        assert found["address"] == f"https://kampanja.example/posts/{key}"
        assert (await site.get(f"/api/posts/{key}")).json() == found

    @pytest.mark.parametrize("language", ["fi", "en", "sv"])
    async def test_every_page_renders_in_every_language(
        self, site: httpx.AsyncClient, database: Database, language: str
    ) -> None:
        key = await given_post(database)
        for page in ("/", f"/posts/{key}", "/rules", "/stories", "/stories/new", "/stories/withdraw"):
            answer = await site.get(page, params={"lang": language}, headers=PAGES)
            assert (answer.status_code, answer.headers["content-language"]) == (200, language)

    async def test_the_published_rules_are_those_in_force(self, site: httpx.AsyncClient) -> None:
        page = (await site.get("/rules", headers=PAGES)).text
        for points in (thresholds.EFFECT_POINTS, thresholds.NOVELTY_POINTS, thresholds.RECOMMENDATION_POINTS):
            assert f"<td>{points:.0f}</td>" in page
        assert f" {thresholds.DRAFTED_FROM:.0f} " in page


class TestStories:
    async def test_the_receipt_has_the_code_that_takes_the_story_back(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        receipt = await site.post("/stories/new", data=FORM, headers=PAGES)
        assert receipt.status_code == 201
        code = re.search(r'id="code">([^<]+)<', receipt.text).group(1)
        assert await do(database, store.count_stories) == {"submitted": 1}
        taken = await site.post("/stories/withdraw", data={"code": code}, headers=PAGES)
        assert taken.status_code == 200
        assert await do(database, store.count_stories) == {"withdrawn": 1}

    async def test_every_form_has_a_key_of_its_own(self, site: httpx.AsyncClient) -> None:
        keys = {
            re.search(
                r'name="form_key" value="([0-9a-f]{32})"',
                (await site.get("/stories/new", headers=PAGES)).text,
            )[1]
            for _ in range(3)
        }
        assert len(keys) == 3

    async def test_a_form_that_is_wrong_comes_back_with_what_was_written(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        answer = await site.post("/stories/new", data={**FORM, "consent": ""}, headers=PAGES)
        assert answer.status_code == 422
        assert "Tarvitsemme suostumuksesi" in answer.text
        assert FORM["text"] in answer.text
        assert await do(database, store.count_stories) == {}

    async def test_a_program_that_fills_the_trap_sends_nothing(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        answer = await site.post(
            "/stories/new", data={**FORM, "website": "https://spam.example"}, headers=PAGES
        )
        assert answer.status_code == 422
        assert await do(database, store.count_stories) == {}

    async def test_too_long_a_story_is_refused_without_being_repeated_by_the_api(
        self, site: httpx.AsyncClient
    ) -> None:
        sent = {
            "title": "t",
            "text": "salaisuus " * 500,
            "topic": "community",
            "language": "fi",
            "consent": True,
        }
        answer = await site.post("/api/stories", json=sent)
        assert answer.status_code == 422
        assert "salaisuus" not in answer.text

    async def test_a_program_submits_a_story_with_consent_only(self, site: httpx.AsyncClient) -> None:
        sent = {"title": "t", "text": FORM["text"], "topic": "community", "language": "fi", "consent": True}
        taken = await site.post("/api/stories", json=sent)
        assert (taken.status_code, sorted(taken.json())) == (201, ["code", "story"])
        assert (await site.post("/api/stories", json={**sent, "consent": False})).status_code == 422

    async def test_only_published_stories_are_shown_and_their_tellers_never(
        self, site: httpx.AsyncClient, database: Database
    ) -> None:
        receipt = await do(database, commands.submit_story, telling(email="kertoja@example.org"))
        assert (await site.get(f"/stories/{receipt.story}", headers=PAGES)).status_code == 404
        assert (await site.get("/api/stories")).json() == []
        await do(database, commands.publish_story, receipt.story, "editor", telling().title, telling().text)
        for page in ("/", "/stories", f"/stories/{receipt.story}"):
            shown = (await site.get(page, headers=PAGES)).text
            assert telling().title in shown
            assert "kertoja@" not in shown
        assert [one["story"] for one in (await site.get("/api/stories")).json()] == [receipt.story]

    async def test_a_story_taken_back_is_gone(self, site: httpx.AsyncClient, database: Database) -> None:
        receipt = await do(database, commands.submit_story, telling())
        await do(database, commands.publish_story, receipt.story, "editor", "Otsikko", telling().text)
        await do(database, commands.withdraw_story, receipt.code)
        answer = await site.get(f"/stories/{receipt.story}", headers=PAGES)
        assert answer.status_code == 410
        assert "Otsikko" not in answer.text

    async def test_a_wrong_code_is_told_and_not_repeated(self, site: httpx.AsyncClient) -> None:
        answer = await site.post("/stories/withdraw", data={"code": "AAAA-BBBB"}, headers=PAGES)
        assert answer.status_code == 404
        assert "Millään tarinalla ei ole tätä koodia" in answer.text
        assert "AAAA-BBBB" not in answer.text

    async def test_markup_in_a_story_stays_text(self, site: httpx.AsyncClient, database: Database) -> None:
        receipt = await do(database, commands.submit_story, telling())
        words = "<script>alert(1)</script> ja muuta tekstiä"
        await do(database, commands.publish_story, receipt.story, "editor", "Otsikko", words)
        assert "<script>alert" not in (await site.get(f"/stories/{receipt.story}", headers=PAGES)).text
