"""What staff see and do, by pages and by programs."""

from __future__ import annotations

import httpx
import pytest

from shared.db import Database
from tests.model.desk import arrive, bearer, decide, publish, record, send, sign_in, statuses
from tests.model.given import REASON, indication, insight, outcomes, practice, retraction, subject

KEY = subject().key
CASE = f"/admin/recommendations/{KEY}"


@pytest.fixture
async def proposed(database: Database) -> None:
    await arrive(
        database, insight("a"), insight("g", "practice", practice="breaks", question="q2"), practice()
    )


@pytest.mark.parametrize("path", ["/admin", CASE])
async def test_strangers_are_asked_to_sign_in(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/sign-in?next={path}")


@pytest.mark.parametrize("path", ["recommendations", "status", f"trace/{KEY}", f"recommendations/{KEY}"])
async def test_programs_without_a_token_get_nothing(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(f"/admin/api/{path}")).status_code == 401


@pytest.mark.usefixtures("proposed")
async def test_a_coach_may_look_but_not_decide(site: httpx.AsyncClient, database: Database) -> None:
    await sign_in(site, "coach")
    shown = await site.get("/admin", params={"lang": "en"})
    assert "Title breaks" in shown.text
    assert "Adopt<" not in shown.text
    assert (await send(site, "/admin", f"{CASE}/adopt", revision="1")).status_code == 403
    adopted = await site.post(
        f"/admin/api/recommendations/{KEY}/adopt", json={"revision": 1}, headers=bearer("coach")
    )
    assert (adopted.status_code, await statuses(database)) == (403, {"breaks": "proposed"})


@pytest.mark.usefixtures("proposed")
async def test_an_expert_adopts_with_one_button(site: httpx.AsyncClient, database: Database) -> None:
    await sign_in(site, "expert")
    answer = await send(site, "/admin", f"{CASE}/adopt")
    assert answer.status_code == 303
    assert await statuses(database) == {"breaks": "adopted"}
    shown = await site.get(answer.headers["Location"] + "&lang=en")
    assert "Saved: adopted." in shown.text


@pytest.mark.usefixtures("proposed")
async def test_a_form_of_another_site_does_nothing(site: httpx.AsyncClient, database: Database) -> None:
    await sign_in(site, "expert")
    answer = await site.post(f"{CASE}/adopt", data={"revision": "1", "csrf_token": "guessed"})
    assert (answer.status_code, await statuses(database)) == (403, {"breaks": "proposed"})


@pytest.mark.usefixtures("proposed")
async def test_the_form_overrides_the_rules_with_a_reason(
    site: httpx.AsyncClient, database: Database
) -> None:
    await sign_in(site, "expert")
    fields = {"strength": "conditional", "certainty": "low", "reason": REASON}
    words = {"text_fi": "Omat sanat", "text_en": "Our words", "text_sv": ""}
    await send(site, CASE, f"{CASE}/adopt", **fields, **words)
    standing = (await record(database)).standing
    assert (standing.strength, standing.certainty, standing.text.fi) == ("conditional", "low", "Omat sanat")
    shown = (await site.get(CASE, params={"lang": "en"})).text
    assert REASON in shown


@pytest.mark.usefixtures("proposed")
async def test_a_refusal_is_a_sentence_in_the_readers_language(site: httpx.AsyncClient) -> None:
    await sign_in(site, "expert")
    answer = await send(site, CASE, f"{CASE}/retire", reason="ei")
    assert answer.status_code == 422
    assert "Kerro syy vähintään 10 merkillä." in answer.text


@pytest.mark.usefixtures("proposed")
async def test_the_text_alone_is_saved(site: httpx.AsyncClient, database: Database) -> None:
    await sign_in(site, "expert")
    await send(site, CASE, f"{CASE}/text", text_fi="Omat sanat", text_en="Our\r\nwords")
    standing = (await record(database)).standing
    assert (standing.status, standing.text.en) == ("proposed", "Our\nwords")


@pytest.mark.usefixtures("proposed")
async def test_indications_are_shown_as_background_and_labelled(
    site: httpx.AsyncClient, database: Database
) -> None:
    await arrive(database, indication("hint"))
    await sign_in(site, "expert")
    shown = (await site.get(CASE, params={"lang": "en"})).text
    assert "Not confirmed. They never count as evidence." in shown
    assert "need hint" in shown


@pytest.mark.usefixtures("proposed")
async def test_a_version_is_published_from_the_desk(site: httpx.AsyncClient, database: Database) -> None:
    await sign_in(site, "expert")
    assert "Publish a version" not in (await site.get("/admin", params={"lang": "en"})).text
    await decide(database, "adopt")
    assert "New: Title breaks." in (await site.get("/admin", params={"lang": "en"})).text
    answer = await send(site, "/admin", "/admin/versions")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/versions/1")


async def test_the_desk_points_out_what_changed(site: httpx.AsyncClient, database: Database) -> None:
    await arrive(database, insight("a"), practice("breaks"), practice("walks"))
    await decide(database, "adopt", subject("breaks").key)
    await decide(database, "adopt", subject("walks").key)
    await arrive(database, *outcomes(12))
    await sign_in(site, "expert")
    shown = (await site.get("/admin", params={"lang": "en"})).text
    assert "the rules would now say more" in shown
    await arrive(database, retraction("a", 2))
    shown = (await site.get("/admin", params={"lang": "en"})).text
    assert "Under review (2)" in shown
    assert "no longer holds" in shown


@pytest.mark.usefixtures("proposed")
async def test_programs_adopt_review_retire_and_take_up_again(site: httpx.AsyncClient) -> None:
    (found,) = (await site.get("/admin/api/recommendations?status=proposed", headers=bearer("expert"))).json()
    for kind, status in [
        ("adopt", "adopted"),
        ("review", "under_review"),
        ("retire", "retired"),
        ("reopen", "proposed"),
    ]:
        answer = await site.post(
            f"/admin/api/recommendations/{KEY}/{kind}",
            json={"revision": found["revision"], "reason": REASON},
            headers=bearer("expert"),
        )
        found = answer.json()
        assert (answer.status_code, found["status"]) == (200, status)


@pytest.mark.usefixtures("proposed")
async def test_a_program_can_reword_a_recommendation(site: httpx.AsyncClient) -> None:
    answer = await site.post(
        f"/admin/api/recommendations/{KEY}/text",
        json={"revision": 1, "text": {"fi": "Omat", "en": "Ours"}},
        headers=bearer("expert"),
    )
    assert answer.json()["text"]["fi"] == "Omat"


@pytest.mark.usefixtures("proposed")
async def test_a_decision_on_an_old_revision_is_refused(site: httpx.AsyncClient) -> None:
    answer = await site.post(
        f"/admin/api/recommendations/{KEY}/adopt", json={"revision": 9}, headers=bearer("expert")
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/changed_meanwhile")


async def test_an_unknown_decision_is_not_valid(site: httpx.AsyncClient) -> None:
    answer = await site.post(
        f"/admin/api/recommendations/{KEY}/burn", json={"revision": 1}, headers=bearer("expert")
    )
    assert answer.status_code == 422


@pytest.mark.usefixtures("proposed")
async def test_programs_publish_versions_and_count(site: httpx.AsyncClient, database: Database) -> None:
    empty = await site.post("/admin/api/versions", headers=bearer("expert"))
    assert (empty.status_code, empty.json()["type"]) == (409, "/problems/nothing_adopted")
    await decide(database, "adopt")
    answer = await site.post("/admin/api/versions", headers=bearer("expert"))
    assert (answer.status_code, answer.json()["number"]) == (201, 1)
    counts = (await site.get("/admin/api/status", headers=bearer("coach"))).json()
    assert counts == {
        "proposed": 0,
        "adopted": 1,
        "under_review": 0,
        "retired": 0,
        "versions": 1,
        "waiting": 0,
    }


@pytest.mark.usefixtures("proposed")
async def test_a_recommendation_is_traced_to_its_insights_and_outcomes(
    site: httpx.AsyncClient, database: Database
) -> None:
    await arrive(database, *outcomes(2))
    trace = (await site.get(f"/admin/api/trace/{KEY}", headers=bearer("coach"))).json()
    assert (trace["kind"], trace["key"], trace["revision"]) == ("recommendation", KEY, 2)
    assert [(e["kind"], e["key"]) for e in trace["evidence"]] == [
        ("insight", "a"),
        ("insight", "g"),
        ("outcome", "o00"),
        ("outcome", "o01"),
    ]


@pytest.mark.usefixtures("proposed")
async def test_a_version_is_traced_to_its_recommendations(
    site: httpx.AsyncClient, database: Database
) -> None:
    await decide(database, "adopt")
    await publish(database)
    trace = (await site.get("/admin/api/trace/version-1", headers=bearer("coach"))).json()
    assert trace["evidence"] == [{"kind": "recommendation", "key": KEY, "revision": 2}]
    assert (trace["kind"], trace["status"]) == ("version", "published")


@pytest.mark.parametrize(
    "thing", ["nothing", "version-2", "version-", "version-99999999999999", "version-²", "7"]
)
async def test_a_thing_that_the_model_does_not_have_is_not_found(site: httpx.AsyncClient, thing: str) -> None:
    answer = await site.get(f"/admin/api/trace/{thing}", headers=bearer("coach"))
    assert answer.status_code == 404
