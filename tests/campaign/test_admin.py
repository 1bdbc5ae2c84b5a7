"""What staff see and can do over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from services.campaign import commands
from shared.db import Database
from tests.campaign.conftest import TOKENS, Clock
from tests.campaign.given import figure, insight, retracted, telling
from tests.campaign.test_commands import do, emitted, given_draft, given_post, post

PAGES = {"accept": "text/html"}


def as_(role: str, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {TOKENS[role]}", **more}


EDITOR, COACH = as_("editor"), as_("coach")
ACTIONS = ("approve", "schedule", "publish", "hold", "withdraw", "edit", "redraft")


@pytest.mark.parametrize("action", ACTIONS)
async def test_only_an_editor_changes_a_post(
    site: httpx.AsyncClient, database: Database, action: str
) -> None:
    key = await given_draft(database)
    for path in (f"/admin/api/posts/{key}/{action}", f"/admin/posts/{key}/{action}"):
        assert (await site.post(path)).status_code == 401
        assert (await site.post(path, headers=COACH)).status_code == 403
    assert (await post(database, key)).status == "draft"


async def test_other_staff_read_the_desk_but_not_the_stories(site: httpx.AsyncClient) -> None:
    assert (await site.get("/admin", headers=as_("coach", **PAGES))).status_code == 200
    for path in ("/admin/stories", "/admin/api/stories"):
        assert (await site.get(path, headers=COACH)).status_code == 403
        assert (await site.get(path)).status_code == 401


async def test_a_program_takes_a_post_from_draft_to_withdrawn(
    site: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    key = await given_draft(database)
    at = (clock.now + timedelta(days=1)).isoformat()
    steps = [
        ("approve", None, "approved"),
        ("schedule", {"at": at}, "scheduled"),
        ("publish", None, "published"),
        ("hold", {"note": {"fi": "Tarkistamme", "en": "Checking"}}, "held"),
        ("publish", {"note": {"fi": "Tarkistettu", "en": "Checked"}}, "corrected"),
        ("withdraw", None, "withdrawn"),
    ]
    for action, body, status in steps:
        answer = await site.post(f"/admin/api/posts/{key}/{action}", json=body, headers=EDITOR)
        assert (answer.status_code, answer.json().get("status")) == (200, status)
    assert [event.revision for event in await emitted(database)] == [1, 2, 3, 4]


async def test_an_editor_rewords_a_post_and_cannot_type_a_figure(
    site: httpx.AsyncClient, database: Database
) -> None:
    key = await given_draft(database)
    good = {"title": {"fi": "Otsikko", "en": "Title"}, "body": {"fi": "Näin. {1}", "en": "So. {1}"}}
    answer = await site.post(f"/admin/api/posts/{key}/edit", json=good, headers=EDITOR)
    assert answer.json()["body"]["fi"] == f"Näin. {insight().sentence.fi}"
    bad = {**good, "body": {"fi": "Jopa 90 %", "en": "Up to 90%"}}
    refused = await site.post(f"/admin/api/posts/{key}/edit", json=bad, headers=EDITOR)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/post_figure_typed")
    assert "90" not in refused.text


async def test_the_pages_do_the_same(site: httpx.AsyncClient, database: Database) -> None:
    key = await given_draft(database)
    form = {
        "title_fi": "O",
        "title_en": "T",
        "title_sv": "",
        "body_fi": "A\r\n\r\n{1}",
        "body_en": "B {1}",
        "body_sv": "",
    }
    steps = [
        ("edit", form, "draft"),
        ("redraft", {}, "draft"),
        ("approve", {}, "approved"),
        ("schedule", {"at": "2027-01-02T09:30"}, "scheduled"),
        ("publish", {"note_fi": "", "note_en": ""}, "published"),
        ("hold", {"note_fi": "Tarkistamme", "note_en": "Checking"}, "held"),
        ("publish", {}, "corrected"),
        ("withdraw", {}, "withdrawn"),
    ]
    for action, data, status in steps:
        answer = await site.post(f"/admin/posts/{key}/{action}", data=data, headers=as_("editor", **PAGES))
        assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/posts/{key}")
        assert (await post(database, key)).status == status
        page = await site.get(f"/admin/posts/{key}", headers=as_("editor", **PAGES))
        assert page.status_code == 200


async def test_a_time_without_an_offset_is_the_regions(site: httpx.AsyncClient, database: Database) -> None:
    key = await given_draft(database)
    await do(database, commands.approve_post, key, "editor")
    await site.post(f"/admin/posts/{key}/schedule", data={"at": "2027-01-02T09:30"}, headers=EDITOR)
    assert (await post(database, key)).scheduled_for.isoformat() == "2027-01-02T07:30:00+00:00"
    wrong = await site.post(f"/admin/posts/{key}/schedule", data={"at": "soon"}, headers=EDITOR)
    assert wrong.status_code == 422


async def test_a_note_in_one_language_only_is_refused(site: httpx.AsyncClient, database: Database) -> None:
    key = await given_post(database)
    answer = await site.post(f"/admin/posts/{key}/hold", data={"note_fi": "Tarkistamme"}, headers=EDITOR)
    assert answer.status_code == 422


async def test_the_desk_shows_themes_with_their_points_and_posts_by_state(
    site: httpx.AsyncClient, database: Database
) -> None:
    key = await given_draft(database)
    page = (await site.get("/admin", headers=as_("editor", **PAGES))).text
    assert f"/admin/posts/{key}" in page
    assert "Johtaminen" in page
    theme = (await site.get("/admin/api/themes", headers=EDITOR)).json()[0]
    assert theme["score"] == round(sum(theme["points"].values()), 1)


async def test_the_status_counts_everything_once(site: httpx.AsyncClient, database: Database) -> None:
    await given_post(database)
    await given_draft(database, insight("i2", topic="community"))
    await do(database, commands.submit_story, telling())
    found = (await site.get("/admin/api/status", headers=COACH)).json()
    counted = {name: found[name] for name in ("themes", "drafts", "scheduled", "posts", "held", "stories")}
    assert counted == {"themes": 2, "drafts": 1, "scheduled": 0, "posts": 1, "held": 0, "stories": 0}
    assert found["stories_waiting"] == 1


async def test_themes_and_posts_are_traced_to_insight_revisions(
    site: httpx.AsyncClient, database: Database
) -> None:
    key = await given_post(database)
    await do(database, commands.keep_insight, insight("i1", 2, figure=figure(2.1, 2.5)))
    for thing, kind in ((key, "post"), ("leadership", "theme")):
        found = (await site.get(f"/admin/api/trace/{thing}", headers=COACH)).json()
        assert (found["kind"], found["key"]) == (kind, thing)
        assert found["evidence"] == [{"kind": "insight", "key": "i1", "revision": 2}]
        assert set(found["title"]) == {"fi", "en", "sv"}
    assert (await site.get("/admin/api/trace/nothing", headers=COACH)).status_code == 404


async def test_a_post_on_hold_is_still_traced_to_what_it_was_written_on(
    site: httpx.AsyncClient, database: Database
) -> None:
    key = await given_post(database)
    await do(database, commands.keep_insight, retracted())
    found = (await site.get(f"/admin/api/trace/{key}", headers=COACH)).json()
    assert (found["status"], found["evidence"]) == ("held", [])
    assert found["written_on"] == [{"kind": "insight", "key": "i1", "revision": 1}]


async def test_a_moderator_sees_what_may_be_personal_and_how_to_ask(
    site: httpx.AsyncClient, database: Database
) -> None:
    sent = telling(text="Soita minulle 040 123 4567, niin kerron lisää.", email="kertoja@example.org")
    receipt = await do(database, commands.submit_story, sent)
    queue = (await site.get("/admin/stories", headers=as_("editor", **PAGES))).text
    assert "puhelinnumero" in queue
    assert "kertoja@" not in queue
    assert (
        "kertoja@example.org"
        in (await site.get(f"/admin/stories/{receipt.story}", headers=as_("editor", **PAGES))).text
    )
    (listed,) = (await site.get("/admin/api/stories", headers=EDITOR)).json()
    assert (listed["story"], listed["hints"]) == (receipt.story, ["phone"])
    assert "kertoja@" not in str(listed)


async def test_stories_are_published_turned_down_and_removed_by_page_and_by_program(
    site: httpx.AsyncClient, database: Database
) -> None:
    keys = [(await do(database, commands.submit_story, telling())).story for _ in range(4)]
    by_page, by_program = as_("editor", **PAGES), EDITOR
    shown = {"title": "Otsikko", "text": "Teksti ilman nimiä."}
    assert (
        await site.post(f"/admin/stories/{keys[0]}/publish", data=shown, headers=by_page)
    ).status_code == 303
    assert (await site.post(f"/admin/api/stories/{keys[1]}/publish", headers=by_program)).json()[
        "edited"
    ] is False
    no = {"reason": "mainos"}
    assert (await site.post(f"/admin/stories/{keys[2]}/reject", data=no, headers=by_page)).status_code == 303
    assert (
        await site.post(f"/admin/api/stories/{keys[3]}/reject", json=no, headers=by_program)
    ).status_code == 200
    assert (await site.post(f"/admin/stories/{keys[0]}/remove", data=no, headers=by_page)).status_code == 303
    assert (
        await site.post(f"/admin/api/stories/{keys[1]}/remove", json=no, headers=by_program)
    ).status_code == 200
    status = (await site.get("/admin/api/status", headers=EDITOR)).json()
    assert (status["stories"], status["stories_waiting"]) == (0, 0)
    assert [type(event).__name__ for event in await emitted(database)] == ["StoryWithdrawn"] * 2
    for key in keys:
        page = await site.get(f"/admin/stories/{key}", headers=by_page)
        assert (page.status_code, telling().text in page.text) == (200, False)
