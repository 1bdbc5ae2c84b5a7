"""What people do in a browser: answer, read, tell, and each service's one main action of its staff."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial

import nats
import pytest
import yaml
from playwright.async_api import Browser, FilePayload, async_playwright, expect

from deploy.demo.generator import demo_answers, demo_mapping
from shared.db import now_in_utc
from shared.schemas.records import SENT
from tests.system.browser import FLAGS, NARROW, Person, person
from tests.system.conftest import DemoStack

pytestmark = [pytest.mark.browser, pytest.mark.system]
ROUND = "lappi-2026"
PARTNER_KEY = "UB3JFQ5NGVALXAB4AIFTV3TGZWEIOERSGTVAY3TRIPAK3VZ76QY632XP"


@pytest.fixture(scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def reader(browser: Browser, demo_stack: DemoStack, axe_script: str) -> AsyncIterator[Person]:
    """Somebody at an ordinary screen."""
    async with person(browser, demo_stack.stack, axe_script) as somebody:
        yield somebody


@pytest.fixture
async def walker(browser: Browser, demo_stack: DemoStack, axe_script: str) -> AsyncIterator[Person]:
    """Somebody with the narrowest telephone."""
    async with person(browser, demo_stack.stack, axe_script, NARROW) as somebody:
        yield somebody


async def test_a_person_answers_on_a_narrow_screen_and_can_take_it_back(walker: Person) -> None:
    page = walker.page
    await walker.visit("survey", "/answer")
    assert page.url.endswith(f"/answer/{ROUND}"), "the only open round is opened at once"
    for chosen in await page.locator("main select").all():
        await chosen.select_option(index=1)
    scales = await page.locator("fieldset.scale").all()
    for scale in scales:
        await scale.locator("input[value='4']").check()
    await page.locator("fieldset.multi input").first.check()
    await walker.click("form button")
    receipt = await page.inner_text("#receipt")
    assert len(scales) > 5
    assert receipt
    await walker.visit("survey", "/withdraw")
    await page.fill("main input[name=receipt]", receipt)
    await walker.click("form button")
    assert await page.locator("main .notice.good").count() == 1


async def test_a_form_that_is_not_filled_says_what_is_missing(walker: Person) -> None:
    await walker.visit("survey", f"/answer/{ROUND}")
    await walker.page.evaluate("document.querySelector('#form').noValidate = true")
    await walker.click("form button")
    summary = walker.page.locator("[role=alert] a")
    assert await summary.count() == 3
    for link in await summary.all():
        assert await walker.page.locator(str(await link.get_attribute("href"))).count() == 1


async def test_a_story_is_told_and_its_code_is_shown_once(walker: Person) -> None:
    page = walker.page
    await walker.visit("campaign", "/stories/new")
    await page.fill("#title", "Yhteinen aamukahvi")
    await page.fill("#text", "Synteettinen tarina: juomme aamukahvit yhdessä myös etänä, ja se on auttanut.")
    await page.select_option("#topic", index=1)
    await page.check("#consent")
    await walker.click("form button")
    assert await page.inner_text("#code")


@pytest.mark.parametrize(
    ("service", "paths"),
    [
        ("survey", ("/", f"/rounds/{ROUND}", f"/rounds/{ROUND}?by=size", "/methods", "/mark")),
        ("model", ("/", "/versions", "/rules")),
        (
            "campaign",
            (
                "/",
                "/stories",
                "/rules",
                "/newest",
                "/catalogue",
                "/catalogue/latu.survey.insight_released.v1",
                "/catalogue/latu.partner.indicator.v1",
            ),
        ),
    ],
)
async def test_public_pages_can_be_read_by_everybody(
    reader: Person, service: str, paths: tuple[str, ...]
) -> None:
    for path in paths:
        await reader.visit(service, path)


async def test_recommendations_and_posts_lie_one_step_from_the_start(reader: Person) -> None:
    await reader.visit("model", "/")
    await reader.click("h3 a")
    await reader.visit("campaign", "/")
    await reader.click("a[href^='/posts/']")


async def test_an_analyst_tries_an_import_that_changes_nothing(reader: Person, demo_stack: DemoStack) -> None:
    before = demo_stack.services.get("survey", "/admin/api/imports")
    rows = demo_answers().splitlines(keepends=True)[:51]
    mapping = yaml.safe_dump(demo_mapping(now_in_utc().date()), allow_unicode=True).encode()
    await reader.sign_in("survey")
    await reader.visit("survey", "/admin/releases")
    await reader.visit("survey", "/admin/imports")
    await _attach(reader, "#file", "rows.csv", b"".join(rows))
    await _attach(reader, "#mapping", "rows.yaml", mapping)
    await reader.page.check("[name=dry_run]")
    await reader.click("form button")
    assert "50" in await reader.page.inner_text("main .notice.good")
    assert demo_stack.services.get("survey", "/admin/api/imports") == before


async def test_an_analyst_tries_another_frame_before_it_is_kept(
    reader: Person, demo_stack: DemoStack
) -> None:
    await reader.sign_in("survey")
    before = demo_stack.services.get("survey", f"/admin/api/rounds/{ROUND}/frame")
    await reader.visit("survey", f"/admin/rounds/{ROUND}/frame")
    sizes = "koko;lukumäärä\n1-9;1 250\n10-49;540\n50-249;165\n250plus;45\n".encode()
    await _attach(reader, "#files", "koot.csv", sizes)
    await reader.click("form.card button")
    assert "Mitään ei ole vielä tallennettu" in await reader.page.inner_text("main")
    assert demo_stack.services.get("survey", f"/admin/api/rounds/{ROUND}/frame") == before


async def test_an_analyst_reads_why_a_finding_was_told_and_why_a_rule_was_silent(reader: Person) -> None:
    page = reader.page
    await reader.sign_in("survey")
    await reader.visit("survey", f"/admin/releases/{ROUND}-1")
    await reader.click("a[href*='/rules?reason=too_uncertain']")
    assert await page.locator("tbody tr").count() > 0
    await page.select_option("#reason", "")
    await page.select_option("#rule", "need")
    await page.select_option("#segment", "region")
    await reader.click("form button")
    assert 0 < await page.locator("tbody tr").count() < 100
    await reader.visit("survey", f"/admin/releases/{ROUND}-1")
    await reader.click("a[href^='/admin/insights/']")
    assert await page.locator("h3[id^=step-]").count() == 13


async def test_a_coach_writes_down_a_visit_and_what_was_agreed(reader: Person) -> None:
    page = reader.page
    await reader.sign_in("coaching")
    await reader.click(".cards li:last-child h2 a")
    agreed = page.locator("input[name=agree]").first
    practice = await agreed.get_attribute("value")
    await agreed.check()
    await page.fill("#note", "Synteettinen käynti selaimella.")
    await reader.click("form[action$='/visits'] > button")
    assert await page.locator("article[aria-labelledby^='action-']").count() == 1
    assert "Synteettinen käynti selaimella." in await page.inner_text("main")
    await reader.visit("coaching", f"/admin/practices/{practice}")


async def test_an_expert_adopts_a_proposed_recommendation(reader: Person, demo_stack: DemoStack) -> None:
    page = reader.page
    await reader.sign_in("model")
    await reader.click("section[aria-labelledby=group-proposed] h3 a")
    key = page.url.rsplit("/", 1)[1]
    await reader.click("button[formaction$='/adopt']")
    adopted = demo_stack.services.get("model", "/admin/api/recommendations", status="adopted")
    assert key in {one["key"] for one in adopted}
    assert await page.locator("[role=status]").count() == 1


async def test_an_editor_approves_and_publishes_a_post(reader: Person) -> None:
    page = reader.page
    await reader.sign_in("campaign")
    await reader.click("h2#draft + ul a")
    key = page.url.rsplit("/", 1)[1]
    await reader.click("form[action$='/approve'] button")
    await reader.click("form[action$='/publish'] button")
    await reader.visit("campaign", f"/posts/{key}")


async def test_staff_see_a_partner_and_accept_its_figure_which_everybody_then_reads(
    reader: Person, demo_stack: DemoStack
) -> None:
    wanted = {"name": "Kemi", "reads": ["insight_released"], "contributes": ["indicator"]}
    partner = {**wanted, "public_key": PARTNER_KEY}
    demo_stack.services.post("campaign", "/admin/api/partners", json=partner)
    hook = {"partner": "kemi", "url": "https://hook.example/latu"}
    demo_stack.services.post("campaign", "/admin/api/webhooks", json=hook)
    await send_figure(demo_stack)
    await reader.sign_in("campaign")
    await reader.visit("campaign", "/admin/partners")
    await reader.click("a[href='/admin/partners/kemi']")
    assert "hook.example" in (await reader.page.inner_text("main")).replace("\u200b", "")
    await reader.visit("campaign", "/admin/contributions")
    await reader.click("h2#waiting + ul a")
    await reader.click("form[action$='/accept'] button")
    await reader.visit("campaign", "/")
    assert "Avoimet työpaikat" in await reader.page.inner_text("main")


async def send_figure(demo_stack: DemoStack) -> None:
    """The recorded example of an indicator, as its partner would send it."""
    body = (SENT / "latu.partner.indicator.v1.golden.jsonl").read_text(encoding="utf-8").splitlines()[0]
    said = json.loads(body)
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "figure-1",
        "ce-type": "latu.partner.indicator.v1",
        "ce-subject": said["key"],
        "ce-revision": str(said["revision"]),
    }
    client = await nats.connect(demo_stack.stack.nats_url)
    await client.jetstream().publish("latu.partner.kemi.indicator", body.encode(), headers=headers)
    await client.close()
    waiting = partial(demo_stack.services.get, "campaign", "/admin/api/contributions")
    async with asyncio.timeout(30):
        while not waiting(status="waiting"):
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("service", ["survey", "coaching", "model", "campaign"])
async def test_an_operator_sees_how_a_service_does(reader: Person, service: str) -> None:
    await reader.sign_in(service)
    await reader.visit(service, "/admin/status")
    assert await reader.page.locator(".figures li").count() >= 12
    arrived = {"survey": 0}.get(service, 1)
    await expect(reader.page.get_by_text("Kaikki ovat tulleet perille.")).to_have_count(arrived)
    assert await reader.page.locator(".figures polyline").count() > 5
    assert "MB" in await reader.page.inner_text(".figures li:last-child")


async def test_one_sign_in_serves_all_four_services(reader: Person) -> None:
    await reader.visit("coaching", "/admin/sign-in")
    await reader.sign_in("coaching")
    for service in ("survey", "model", "campaign"):
        await reader.open(service, "/admin")
        assert await reader.page.locator("form[action='/admin/sign-out']").count() == 1


async def _attach(somebody: Person, field: str, name: str, content: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    await somebody.page.set_input_files(field, file)
