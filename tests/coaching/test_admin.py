"""Rules of the coach's desk, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from babel.messages.pofile import read_po
from fastapi import FastAPI

from services.coaching import app as coaching_app
from shared import auth
from shared.db import Database
from shared.web.pages import HERE as SHARED_WEB
from tests.coaching.acts import agree, measure, organisation, start
from tests.coaching.given import TODAY, indication, insight, recommendation, retracted, suggestion

Clients = Callable[[str], Awaitable[httpx.AsyncClient]]
PASSWORD = "correct horse"
FOLDER = Path(coaching_app.__file__).parent


@pytest.fixture
async def browser(app: FastAPI) -> Any:
    """Somebody who signed in with every role, as a browser would."""
    async with app.state.staff_database.transaction() as tx:
        await auth.add_account(tx, "ann", PASSWORD, auth.ROLES)
    transport = httpx.ASGITransport(app=app)
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url="http://coaching", headers=headers) as client:
        await client.post("/admin/sign-in", data={"name": "ann", "password": PASSWORD})
        yield client


async def submit(browser: httpx.AsyncClient, page: str, address: str, **fields: Any) -> httpx.Response:
    """Send a form with the token of the page that it is on."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', (await browser.get(page)).text)
    assert token
    return await browser.post(address, data={"csrf_token": token[1], **fields})


async def prepared(database: Database, play: Any) -> None:
    await start(
        database, organisation("o1", municipality="Rovaniemi", dims={"sector": "kolmas"}, synthetic=True)
    )
    await play(insight("i1", synthetic=True), indication("d1", topic="wellbeing"), recommendation("rec1"))
    await play(suggestion("s1", text="Ryhmässä <b>kävellään</b>"))


class TestJson:
    async def test_a_list_of_organisations_is_added_once(self, as_role: Clients) -> None:
        coach = await as_role("coach")
        given = [{"organisation": "a", "label": "A", "dims": {"size": "1-9"}}]
        assert (await coach.post("/admin/api/organisations", json=given)).json()["added"] == 1
        assert (await coach.post("/admin/api/organisations", json=given)).json()["same"] == 1
        (found,) = (await coach.get("/admin/api/organisations")).json()
        assert (found["organisation"], found["place"], found["stale"]) == ("a", {"size": "1-9"}, True)

    async def test_what_is_not_valid_is_named_and_never_repeated(self, as_role: Clients) -> None:
        coach = await as_role("coach")
        given = [{"organisation": "Möttönen Oy", "label": "x", "contact": "y" * 300}]
        answer = await coach.post("/admin/api/organisations", json=given)
        assert answer.status_code == 422
        assert {"body.0.organisation", "body.0.contact"} <= {e["where"] for e in answer.json()["errors"]}
        assert "Möttönen" not in answer.text

    async def test_an_unknown_municipality_is_a_clear_sentence(self, as_role: Clients) -> None:
        coach = await as_role("coach")
        given = [{"organisation": "a", "label": "A", "municipality": "Atlantis"}]
        answer = await coach.post("/admin/api/organisations", json=given)
        assert answer.status_code == 422
        assert "not a municipality of Lapland" in answer.json()["detail"]

    async def test_a_character_that_no_text_can_hold_is_refused(self, as_role: Clients) -> None:
        coach = await as_role("coach")
        for given in ({"label": "a\0b"}, {"label": "a", "dims": {"size": "\0"}}):
            answer = await coach.post("/admin/api/organisations", json=[{"organisation": "a", **given}])
            assert answer.status_code == 422
        for address in ("organisations?search=%00", "playbooks/%00", "trace/%00--p1"):
            assert (await coach.get(f"/admin/api/{address}")).status_code == 422
        assert (await coach.get("/admin/api/organisations")).json() == []

    async def test_a_visit_and_its_outcome_go_in_by_json(
        self, database: Database, play: Any, as_role: Clients
    ) -> None:
        await prepared(database, play)
        coach = await as_role("coach")
        visit = {"visited_on": str(TODAY), "actions": [{"practice": "p1", "who": "lähiesihenkilö"}]}
        made = await coach.post("/admin/api/organisations/o1/visits", json=visit)
        assert made.status_code == 201
        action = made.json()["actions"]["p1"]
        measured = {"before": 4, "after": 6.5, "kept": True, "measured_on": str(TODAY)}
        outcome = await coach.post(f"/admin/api/actions/{action}/outcome", json=measured)
        assert outcome.status_code == 201
        client = (await coach.get("/admin/api/organisations/o1")).json()
        assert client["actions"][0]["outcome"]["outcome"] == outcome.json()["outcome"]
        gone = await coach.delete(f"/admin/api/outcomes/{outcome.json()['outcome']}")
        assert gone.status_code == 204
        assert (await coach.get("/admin/api/organisations/o1")).json()["actions"][0]["outcome"] is None

    async def test_a_visit_sent_again_under_its_key_is_not_made_twice(
        self, database: Database, play: Any, as_role: Clients
    ) -> None:
        await prepared(database, play)
        coach = await as_role("coach")
        visit = {"visit": "v7", "visited_on": str(TODAY), "actions": [{"practice": "p1"}]}
        answers = [await coach.post("/admin/api/organisations/o1/visits", json=visit) for _ in range(2)]
        assert answers[0].json() == answers[1].json()

    async def test_a_visit_that_agrees_twice_on_one_practice_is_not_valid(
        self, database: Database, play: Any, as_role: Clients
    ) -> None:
        await prepared(database, play)
        visit = {"visited_on": str(TODAY), "actions": [{"practice": "p1"}, {"practice": "p1"}]}
        answer = await (await as_role("coach")).post("/admin/api/organisations/o1/visits", json=visit)
        assert answer.status_code == 422

    async def test_the_playbook_comes_with_grounds_and_reasons(
        self, database: Database, play: Any, as_role: Clients
    ) -> None:
        await prepared(database, play)
        items = (await (await as_role("coach")).get("/admin/api/playbooks/o1")).json()["items"]
        assert [item["practice"] for item in items] == ["p1", "p2"]
        ground = next(g for g in items[0]["grounds"] if g["role"] == "need")
        assert ground["figure"]["n_band"] == "50–99"
        assert ground["dated"] == "2026-11-20"
        assert items[0]["reasons"]

    async def test_counts_are_for_all_staff(self, database: Database, play: Any, as_role: Clients) -> None:
        await prepared(database, play)
        counts = (await (await as_role("analyst")).get("/admin/api/status")).json()
        assert counts == {
            "organisations": 1,
            "playbooks": 1,
            "playbooks_changed": 1,
            "items": 2,
            "suspended": 0,
            "stale": 0,
            "practices": 2,
            "outcomes": 0,
        }

    async def test_a_change_that_is_only_noted_counts_as_stale(
        self, database: Database, play: Any, as_role: Clients
    ) -> None:
        await prepared(database, play)
        await play(insight("i2"), remake=False)
        assert (await (await as_role("analyst")).get("/admin/api/status")).json()["stale"] == 1

    async def test_advice_and_outcomes_can_be_traced(
        self, database: Database, play: Any, as_role: Clients
    ) -> None:
        await prepared(database, play)
        outcome = await measure(database, (await agree(database, "p1"))["p1"])
        analyst = await as_role("analyst")
        item = (await analyst.get("/admin/api/trace/o1--p1")).json()
        assert {"kind": "insight", "key": "i1", "revision": 1} in item["evidence"]
        assert (item["kind"], item["synthetic"]) == ("playbook_item", True)
        found = (await analyst.get(f"/admin/api/trace/{outcome}")).json()
        assert {"kind": "recommendation", "key": "rec1", "revision": 1} in found["evidence"]
        for nothing in ("o1--p9", "o9--p1", "nothing"):
            assert (await analyst.get(f"/admin/api/trace/{nothing}")).status_code == 404

    async def test_an_item_is_traced_by_its_published_pseudonym_too(
        self, database: Database, play: Any, as_role: Clients
    ) -> None:
        await prepared(database, play)
        coach = await as_role("coach")
        book = (await coach.get("/admin/api/playbooks/o1")).json()
        assert (await coach.get(f"/admin/api/trace/{book['playbook']}--p1")).status_code == 200

    @pytest.mark.parametrize(
        ("role", "method", "address"),
        [
            ("editor", "GET", "/admin/api/organisations"),
            ("editor", "GET", "/admin/api/playbooks/o1"),
            ("analyst", "POST", "/admin/api/organisations"),
            ("coach", "POST", "/admin/api/practices"),
            ("coach", "DELETE", "/admin/api/practices/p1"),
            ("coach", "GET", "/admin/suggestions"),
        ],
    )
    async def test_each_role_does_its_own(
        self, as_role: Clients, role: str, method: str, address: str
    ) -> None:
        assert (await (await as_role(role)).request(method, address)).status_code == 403

    async def test_strangers_read_the_published_library_and_nothing_else(
        self, database: Database, app: FastAPI
    ) -> None:
        await start(database)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://coaching") as stranger:
            library = (await stranger.get("/api/practices")).json()
            assert [entry["practice"] for entry in library] == ["p1", "p2"]
            assert (await stranger.get("/api/practices/p1")).json()["title"]["en"] == "Title of p1"
            assert (await stranger.get("/api/practices/p9")).status_code == 404
            for address in ("organisations", "playbooks/o1", "status", "trace/o1--p1"):
                assert (await stranger.get(f"/admin/api/{address}")).status_code == 401

    async def test_editors_keep_the_library_by_json(self, database: Database, as_role: Clients) -> None:
        await start(database)
        editor = await as_role("editor")
        wording = (await editor.get("/api/practices/p1")).json()
        wording["title"]["en"] = "Walk together"
        made = await editor.post("/admin/api/practices", json=wording)
        assert (made.status_code, made.json()["practice"]) == (201, "walk-together")
        changed = await editor.put("/admin/api/practices/p1", json=wording)
        assert changed.json()["revision"] == 2
        assert (await editor.delete("/admin/api/practices/p1")).status_code == 204
        assert (await editor.get("/api/practices/p1")).status_code == 404


class TestPages:
    async def test_the_desk_lists_organisations_with_their_first_advice(
        self, database: Database, play: Any, browser: httpx.AsyncClient
    ) -> None:
        await prepared(database, play)
        page = (await browser.get("/admin")).text
        assert "Workplace o1" in page
        assert "Title of p1" in page
        assert "Synthetic data" in page
        assert "Workplace o1" not in (await browser.get("/admin?search=nobody")).text
        assert "Workplace o1" in (await browser.get("/admin?search=PLACE%20O1")).text

    async def test_every_figure_stands_with_its_interval_band_date_certainty_and_tier(
        self, database: Database, play: Any, browser: httpx.AsyncClient
    ) -> None:
        await prepared(database, play)
        page = (await browser.get("/admin/organisations/o1")).text
        for words in ("Sentence of i1", "2.4", "2.2–2.6", "50–99", "Nov 20, 2026", "Confirmed"):
            assert words in page
        assert "Indication, not confirmed" in page
        assert "certainty: moderate" in page
        assert "Only indications, nothing confirmed" in page

    async def test_a_coach_writes_a_visit_down_and_records_its_outcome(
        self, database: Database, play: Any, browser: httpx.AsyncClient
    ) -> None:
        await prepared(database, play)
        page = "/admin/organisations/o1"
        agreed = {"agree": ["p1"], "who-p1": "työsuojeluvaltuutettu", "due-p1": "2027-01-31"}
        made = await submit(
            browser, page, f"{page}/visits", visit="v1", visited_on=str(TODAY), note="Hyvin", **agreed
        )
        assert made.status_code == 303
        seen = (await browser.get(page)).text
        assert "työsuojeluvaltuutettu" in seen
        action = re.search(r"/actions/(\w+)/outcome", seen)
        assert action
        measured = {"before": "4", "after": "6.5", "kept": "true", "measured_on": str(TODAY)}
        done = await submit(browser, page, f"{page}/actions/{action[1]}/outcome", **measured)
        assert done.status_code == 303
        seen = (await browser.get(page)).text
        assert "4.0 → 6.5" in seen
        outcome = re.search(r"/outcomes/(\w+)/withdraw", seen)
        assert outcome
        await submit(browser, page, f"{page}/outcomes/{outcome[1]}/withdraw")
        await submit(browser, page, f"{page}/actions/{action[1]}/cancel")
        assert "Called off" in (await browser.get(page)).text

    async def test_a_visit_in_the_future_is_a_sentence_on_a_page(
        self, database: Database, play: Any, browser: httpx.AsyncClient
    ) -> None:
        await prepared(database, play)
        page = "/admin/organisations/o1"
        for day, words in (
            ("2027-01-01", "cannot be in the future"),
            ("yesterday", "look at the field visited_on"),
        ):
            answer = await submit(browser, page, f"{page}/visits", visit="v1", visited_on=day)
            assert answer.status_code == 422
            assert words in answer.text

    async def test_suspended_advice_says_why_and_is_marked_on_the_desk(
        self, database: Database, play: Any, browser: httpx.AsyncClient
    ) -> None:
        await start(database)
        await play(insight())
        await agree(database, "p1")
        await play(retracted())
        assert "Suspended advice" in (await browser.get("/admin")).text
        page = (await browser.get("/admin/organisations/o1")).text
        assert "The import of the answers was undone." in page

    async def test_an_organisation_is_added_and_removed_by_form(self, browser: httpx.AsyncClient) -> None:
        fields = {"organisation": "kahvila", "label": "Kahvila", "municipality": "698", "size": "1-9"}
        made = await submit(browser, "/admin/new-organisation", "/admin/organisations", **fields)
        assert made.headers["location"].startswith("/admin/organisations/kahvila")
        assert "Rovaniemi" in (await browser.get("/admin/organisations/kahvila")).text
        await submit(browser, "/admin/organisations/kahvila", "/admin/organisations/kahvila/remove")
        assert (await browser.get("/admin/organisations/kahvila")).status_code == 404

    async def test_an_editor_makes_a_practice_of_a_suggestion_in_own_words(
        self, database: Database, play: Any, browser: httpx.AsyncClient
    ) -> None:
        await prepared(database, play)
        listed = (await browser.get("/admin/suggestions")).text
        assert "Ryhmässä &lt;b&gt;kävellään" in listed
        form = {
            "title_fi": "Kävellen",
            "title_en": "Walking",
            "summary_fi": "Puhutaan kävellen.",
            "summary_en": "Talk while walking.",
            "steps_fi": "Lähde.\r\nKävele.",
            "steps_en": "Leave.\r\nWalk.",
            "topics": ["community"],
            "main_topic": "wellbeing",
            "effort": "low",
        }
        made = await submit(browser, "/admin/suggestions/s1", "/admin/suggestions/s1/accept", **form)
        assert made.headers["location"] == "/admin/practices/walking"
        assert "None is waiting" in (await browser.get("/admin/suggestions")).text
        edited = await submit(browser, "/admin/practices/walking", "/admin/practices/walking", **form)
        assert edited.status_code == 303
        practice = (await browser.get("/api/practices/walking")).json()
        assert practice["topics"] == ["wellbeing", "community"]
        assert len(practice["first_steps"]) == 2
        assert practice["revision"] == 1

    async def test_suggestions_are_merged_or_declined_by_form(
        self, database: Database, play: Any, browser: httpx.AsyncClient
    ) -> None:
        await prepared(database, play)
        await play(suggestion("s2"))
        await submit(browser, "/admin/suggestions", "/admin/suggestions/s1/merge", practice="p1")
        await submit(browser, "/admin/suggestions", "/admin/suggestions/s2/decline")
        assert "None is waiting" in (await browser.get("/admin/suggestions")).text

    async def test_a_practice_is_withdrawn_by_form(
        self, database: Database, browser: httpx.AsyncClient
    ) -> None:
        await start(database)
        await submit(browser, "/admin/practices/p1", "/admin/practices/p1/withdraw")
        assert "Withdrawn" in (await browser.get("/admin/practices")).text

    async def test_a_form_without_its_token_changes_nothing(
        self, database: Database, browser: httpx.AsyncClient
    ) -> None:
        await start(database)
        assert (await browser.post("/admin/practices/p1/withdraw")).status_code == 403
        assert "Withdrawn" not in (await browser.get("/admin/practices")).text

    async def test_the_rules_of_ranking_are_open_to_all_staff(self, browser: httpx.AsyncClient) -> None:
        page = (await browser.get("/admin/ranking")).text
        assert "up to 40 points for the heaviest finding" in page

    @pytest.mark.parametrize("language", ["fi", "en", "sv"])
    async def test_every_page_speaks_the_readers_language(
        self, database: Database, play: Any, browser: httpx.AsyncClient, language: str
    ) -> None:
        await prepared(database, play)
        await measure(database, (await agree(database, "p1"))["p1"])
        for page in (
            "",
            "/organisations/o1",
            "/new-organisation",
            "/practices",
            "/practices/p1",
            "/new-practice",
            "/suggestions",
            "/suggestions/s1",
            "/ranking",
        ):
            answer = await browser.get(f"/admin{page}?lang={language}")
            assert answer.status_code == 200, page
            assert f'<html lang="{language}">' in answer.text

    async def test_the_front_door_leads_to_the_desk(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin")


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_string_of_the_pages_is_translated(language: str) -> None:
    said = {
        found[2]
        for template in (FOLDER / "templates").glob("*.html")
        for found in re.finditer(r"""_\((["'])(.*?)\1[,)]""", template.read_text(encoding="utf-8"))
    }
    known: set[str] = set()
    for folder in (FOLDER, SHARED_WEB):
        with (folder / "locale" / f"{language}.po").open("rb") as file:
            known |= {str(message.id) for message in read_po(file) if message.string}
    assert said - known == set()
