"""What staff see of partners and decide on what they sent, on pages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from services.campaign import commands, store, thresholds
from services.campaign.admin import partner_pages
from services.campaign.contributions import Contribution
from services.campaign.public import indicators
from services.campaign.timers.watching import PartnerMetrics
from services.campaign.webhooks import Wish as Hook
from shared.db import Database
from shared.events.contributed import Indicator as IndicatorSaid
from shared.progress import Progress
from tests.campaign.given import NOW
from tests.campaign.test_admin import as_
from tests.campaign.test_contributions import INDICATOR, PRACTICE, Desk, headers
from tests.campaign.test_sending import OTHER as INSIGHT
from tests.campaign.test_sending import publish
from tests.campaign.told import heard, keep, story

OPERATOR, EDITOR, COACH = (as_(role, accept="text/html") for role in ("operator", "editor", "coach"))
PARTNERS = ("/admin/partners", "/admin/partners/kemi")
REVIEWS = ("/admin/contributions", "/admin/contributions/kemi_practice_c1")


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await Desk(database).begin()


async def add_webhook(database: Database) -> str:
    async with database.transaction() as tx:
        await commands.change_partner(
            tx, "kemi", ("insight_released",), ("practice", "indicator"), "operator"
        )
        made = await commands.add_webhook(tx, "kemi", Hook("https://hook.example/latu"), "operator")
    return made.id


async def test_other_staff_see_neither_partners_nor_what_they_sent(
    site: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.hear(PRACTICE)
    for path in (*PARTNERS, *REVIEWS):
        assert (await site.get(path, headers=COACH)).status_code == 403
        assert (await site.get(path, headers={"accept": "application/json"})).status_code == 401
    for path in ("/admin/partners/kemi/suspend", "/admin/contributions/kemi_practice_c1/accept"):
        assert (await site.post(path, data={"revision": "1"}, headers=COACH)).status_code == 403
    known = await desk.known()
    assert known
    assert known.status == "waiting"


async def test_the_pages_say_how_far_a_partner_is_and_when_the_broker_is_silent(
    site: httpx.AsyncClient, database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_webhook(database)
    for path in PARTNERS:
        assert "Viestinvälittäjä ei nyt vastaa" in (await site.get(path, headers=OPERATOR)).text

    async def told(*_: object) -> dict[tuple[str, str], Progress]:
        return {("PUBLIC", "kemi"): Progress(7, 3, 40, 1, desk_time, desk_time)}

    async with database.transaction() as tx:
        desk_time = tx.now
    monkeypatch.setattr(partner_pages, "_progress", told)
    for path in PARTNERS:
        page = (await site.get(path, headers=OPERATOR)).text
        assert "7 odottaa, 3 toimitettu ja kuittaamatta." in page
        assert "Se lukee parhaillaan." in page


async def test_a_removed_partner_is_off_its_webhooks_are_gone_and_the_pages_say_so(
    site: httpx.AsyncClient, database: Database, desk: Desk
) -> None:
    hook = await add_webhook(database)
    await desk.hear(PRACTICE)
    async with database.transaction() as tx:
        await commands.ping_webhook(tx, hook, "operator")
        await commands.remove_partner(tx, "kemi", "operator")
        assert await store.list_webhooks(tx) == []
        assert await store.count_waiting(tx) == {}
        gone = "SELECT count(*) FROM audit WHERE action = 'webhook_removed' AND subject = :hook"
        assert await tx.value(text(gone), {"hook": hook}) == 1
    page = (await site.get(PARTNERS[1], headers=OPERATOR)).text
    assert "siltä ei enää oteta vastaan" in page
    assert "hook.example" not in page


async def test_the_webhooks_of_a_suspended_partner_are_off_and_its_page_says_so(
    site: httpx.AsyncClient, database: Database, desk: Desk
) -> None:
    hook = await add_webhook(database)
    async with database.transaction() as tx:
        await commands.suspend_partner(tx, "kemi", "operator")
    page = (await site.get(PARTNERS[1], headers=OPERATOR)).text
    assert "koska kumppanin tila on" in page
    assert f"/admin/webhooks/{hook}/enable" not in page


async def test_how_far_behind_a_webhook_is_is_counted_up_to_a_bound(
    site: httpx.AsyncClient, database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "WEBHOOK_BEHIND_COUNTED", 2)
    hook = await add_webhook(database)
    await publish(database, "e1", of=INSIGHT)
    assert "1 tapahtumaa jäljessä" in (await site.get(PARTNERS[1], headers=OPERATOR)).text
    await publish(database, "e2", "e3", of=INSIGHT)
    for path in PARTNERS:
        assert "vähintään 2 tapahtumaa jäljessä" in (await site.get(path, headers=OPERATOR)).text
    async with database.transaction() as tx:
        assert await store.count_behind(tx) == {hook: 2}


async def signed_in(site: httpx.AsyncClient, page: str) -> str:
    """Sign in as a person does; returns the token of the page's forms."""
    await site.post("/admin/sign-in", data={"name": "operator", "password": "salasana-jota-ei-arvaa"})
    token = re.search(r'name="csrf_token" value="([^"]+)"', (await site.get(page)).text)
    assert token
    return token[1]


async def test_an_operator_suspends_resumes_and_sends_again_by_the_forms_of_the_page(
    site: httpx.AsyncClient, database: Database, desk: Desk
) -> None:
    hook = await add_webhook(database)
    await publish(database, "e1", of=INSIGHT)
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE webhooks SET position = 1"))
    form = {"csrf_token": await signed_in(site, PARTNERS[1])}

    async def state() -> tuple[str, int]:
        async with database.transaction() as tx:
            partner = await store.find_partner(tx, "kemi")
            assert partner
            return partner.status, (await store.count_waiting(tx)).get(hook, 0)

    steps: tuple[tuple[str, dict[str, str], tuple[str, int]], ...] = (
        (f"/admin/webhooks/{hook}/replay", {"event": "e1"}, ("active", 1)),
        ("/admin/partners/kemi/suspend", {}, ("suspended", 1)),
        ("/admin/partners/kemi/resume", {}, ("active", 1)),
    )
    for path, fields, after in steps:
        before = await state()
        forged = await site.post(path, data={**fields, "csrf_token": "guessed"})
        assert (forged.status_code, await state()) == (403, before)
        answer = await site.post(path, data={**fields, **form})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/partners/kemi")
        assert await state() == after


async def test_an_operator_disables_a_webhook_and_enables_it_again(
    site: httpx.AsyncClient, database: Database, desk: Desk
) -> None:
    hook = await add_webhook(database)
    for action, status in (("disable", "disabled"), ("enable", "active")):
        answer = await site.post(f"/admin/webhooks/{hook}/{action}", headers=OPERATOR)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/partners/kemi")
        async with database.transaction() as tx:
            found = await store.load_webhook(tx, hook)
        assert found
        assert found.status == status
        assert (await site.get(PARTNERS[1], headers=OPERATOR)).status_code == 200


async def test_a_suspicious_contribution_is_shown_with_its_signs_and_accepted_with_a_reason(
    site: httpx.AsyncClient, desk: Desk
) -> None:
    said = {**PRACTICE, "source": "Soita 040 123 4567"}
    assert await desk.hear(said) == "quarantined"
    page = (await site.get(REVIEWS[1], headers=EDITOR)).text
    assert "puhelinnumero" in page
    assert "Kerrottu vain yhdellä kielellä." in page
    place = f"{REVIEWS[1]}/accept"
    assert (await site.post(place, data={"revision": "1"}, headers=EDITOR)).status_code == 422
    given = {"revision": "1", "note": "Vaihteen numero"}
    assert (await site.post(place, data=given, headers=EDITOR)).status_code == 303
    known = await desk.known()
    assert known
    assert (known.status, known.note) == ("accepted", "Vaihteen numero")
    assert "Kemi" in (await site.get(REVIEWS[0], headers=EDITOR)).text


async def test_a_contribution_that_was_refused_is_told_without_its_words(
    site: httpx.AsyncClient, desk: Desk
) -> None:
    await desk.hear(PRACTICE)
    given = {"revision": "1", "note": "Ei sovi"}
    assert (await site.post(f"{REVIEWS[1]}/refuse", data=given, headers=EDITOR)).status_code == 303
    page = (await site.get(REVIEWS[1], headers=EDITOR)).text
    assert "Sen sanat on poistettu." in page
    assert PRACTICE["title"]["fi"] not in page


async def test_an_accepted_indicator_is_shown_on_the_front_page_with_its_partners_name(
    site: httpx.AsyncClient, database: Database, desk: Desk
) -> None:
    assert "Kumppanien lukuja" not in (await site.get("/")).text
    await hear_indicator(desk)
    assert INDICATOR["name"]["fi"] not in (await site.get("/")).text
    async with database.transaction() as tx:
        await commands.accept_contribution(tx, "kemi_indicator_c1", 1, "", "editor")
    for language, place in (("fi", "Lähettäjä Kemi"), ("en", "From Kemi"), ("sv", "Från Kemi")):
        page = (await site.get(f"/?lang={language}")).text
        assert place in page
        assert INDICATOR["name"]["fi"] in page
        assert ("12.5 %" if language == "en" else "12,5 %") in page


async def accept_indicators(database: Database, count: int) -> list[str]:
    """So many accepted indicators of two partners, each accepted a second after the one before."""
    said = IndicatorSaid.model_validate_json(json.dumps(INDICATOR)).model_dump(mode="json")
    made = [
        Contribution(
            f"{partner}_indicator_k{number:04}",
            partner,
            "indicator",
            f"k{number:04}",
            1,
            "accepted",
            NOW - timedelta(seconds=number),  # whoever came first was accepted last
            said={**said, "key": f"k{number:04}"},
            decided_at=NOW + timedelta(seconds=number),
            state=1,
            heard=1,
        )
        for number in range(count)
        for partner in (("kemi", "oulu")[number % 2],)
    ]
    async with database.transaction() as tx:
        for one in made:
            await store.save_contribution(tx, one)
    return [one.key for one in made]


@pytest.mark.usefixtures("desk")
async def test_every_accepted_indicator_is_told_by_pages_and_the_newest_stand_on_the_front_page(
    site: httpx.AsyncClient, database: Database
) -> None:
    keys = await accept_indicators(database, 503)
    page = await site.get("/api/indicators")
    assert [one["indicator"] for one in page.json()] == keys[:500]
    assert page.headers["access-control-allow-origin"] == "*"
    rest = await site.get(page.links["next"]["url"])
    assert ([one["indicator"] for one in rest.json()], rest.links) == (keys[500:], {})
    end = await site.get("/api/indicators", params={"after": rest.headers["Latu-Cursor"]})
    assert (end.json(), end.headers["Latu-Cursor"]) == ([], rest.headers["Latu-Cursor"])
    known = await site.get("/api/indicators", headers={"If-None-Match": page.headers["etag"]})
    assert known.status_code == 304
    assert (await site.get("/api/indicators", params={"after": "nowhere"})).status_code == 422
    async with database.transaction() as tx:
        newest = await indicators.newest(tx, 20)
    assert [one["indicator"] for one in newest] == keys[:482:-1]


@pytest.mark.usefixtures("desk")
async def test_staff_page_through_what_was_sent_and_choose_by_partner_and_kind(
    site: httpx.AsyncClient, database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "CONTRIBUTIONS_ON_PAGE", 4)
    monkeypatch.setattr(thresholds, "CONTRIBUTIONS_AT_FIRST", 3)
    keys = await accept_indicators(database, 12)
    await desk.hear(PRACTICE)
    shown = re.compile(r'href="/admin/contributions/([\w-]+)"')
    first = (await site.get(REVIEWS[0], headers=EDITOR)).text
    assert shown.findall(first) == ["kemi_practice_c1", *keys[:8:-1]]
    assert "(12)" in first
    found, more = [], REVIEWS[0] + "?status=accepted&partner=oulu"
    while more:
        page = (await site.get(more, headers=EDITOR)).text
        found.append(shown.findall(page))
        after = re.search(r'href="(/admin/contributions\?[^"]*after=[^"]*)"', page)
        more = after.group(1).replace("&amp;", "&") if after else ""
    assert found == [keys[11:4:-2], keys[3::-2]]
    assert shown.findall((await site.get(REVIEWS[0] + "?kind=practice", headers=EDITOR)).text) == [
        "kemi_practice_c1"
    ]


@pytest.mark.usefixtures("desk")
async def test_programs_of_staff_choose_by_partner_too_and_page(
    site: httpx.AsyncClient, database: Database
) -> None:
    keys, listing = await accept_indicators(database, 6), "/admin/api/contributions"
    asked = {"status": "accepted", "partner": "kemi", "limit": "2"}
    page = await site.get(listing, params=asked, headers=as_("editor"))
    assert [one["key"] for one in page.json()] == [keys[4], keys[2]]
    page = await site.get(page.links["next"]["url"], headers=as_("editor"))
    assert ([one["key"] for one in page.json()], page.links) == ([keys[0]], {})


async def test_the_newest_events_are_a_page_for_people_in_three_languages(
    site: httpx.AsyncClient, database: Database
) -> None:
    assert "/newest" in (await site.get("/")).text
    await keep(database, [heard(1, story())])
    for language, heading in (
        ("fi", "Uusinta kaikesta"),
        ("en", "Newest of everything"),
        ("sv", "Det senaste"),
    ):
        page = (await site.get(f"/newest?lang={language}")).text
        assert heading in page
        assert f"/stories/s1?lang={language}" in page


async def test_metrics_are_told_of_registered_partners_only_and_by_words_of_our_own(
    database: Database, desk: Desk
) -> None:
    await add_webhook(database)
    await desk.hear(PRACTICE)
    await desk.hear(PRACTICE, partner="nobody-knows")
    async with database.transaction() as tx:
        await commands.remove_partner(tx, "oulu", "operator")
        found = await commands.count_partners(tx)
    metrics = PartnerMetrics(found, {("PUBLIC", "kemi"): Progress(7, 3, 40, 1, None, None)})
    lines = exposed(metrics)
    assert 'latu_partner_events_waiting{partner="kemi",stream="PUBLIC"} 7.0' in lines
    assert 'latu_partner_contributions{partner="kemi",status="waiting"} 1.0' in lines
    assert 'latu_partner_webhooks{partner="kemi",status="active"} 1.0' in lines
    assert not any("oulu" in line or "nobody" in line for line in lines)
    assert exposed(PartnerMetrics(replace(found, partners=()), {})) != []


def exposed(metrics: PartnerMetrics) -> list[str]:
    registry = CollectorRegistry()
    registry.register(metrics)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


async def hear_indicator(desk: Desk) -> str:
    told = headers(INDICATOR, type_name="latu.partner.indicator.v1")
    return await desk.raw(json.dumps(INDICATOR).encode(), told, kind="indicator")
