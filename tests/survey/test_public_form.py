"""The form on the web: Finnish first, usable without a script, forgiving, and counted once."""

from __future__ import annotations

import re
from typing import Any

import httpx
from lxml import html

from shared.db import Database
from tests.survey.acts import count, create
from tests.survey.asked import text

GOOD = {
    "b-municipality": "698",
    "b-size": "1-9",
    "q-energy": "4",
    "q-learned": "Opimme paljon.",
    "language": "fi",
}


def page(answer: httpx.Response) -> Any:
    return html.fromstring(answer.text)


def words(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", page(answer).text_content())


async def nonce(site: httpx.AsyncClient) -> str:
    shown = page(await site.get("/answer/r1"))
    return str(shown.xpath("//input[@name='nonce']/@value")[0])


async def test_the_only_open_round_is_shown_at_once(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    answer = await site.get("/answer?org=LAPPI-7&lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/answer/r1?org=LAPPI-7&lang=en")
    await create(database, "r2")
    listed = page(await site.get("/answer"))
    assert set(listed.xpath("//main//a/@href")) == {"/answer/r1", "/answer/r2"}


async def test_without_an_open_round_the_page_says_so(site: httpx.AsyncClient, database: Database) -> None:
    await create(database, status="closed")
    assert "Mikään kysely ei ole nyt avoinna" in words(await site.get("/answer"))
    answer = await site.get("/answer/r1", headers={"accept": "text/html"})
    assert answer.status_code == 409
    assert "Tämä kierros ei ota nyt vastauksia" in words(answer)
    assert (await site.get("/answer/nowhere", headers={"accept": "text/html"})).status_code == 404


async def test_every_question_is_there_with_its_label(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    answer = await site.get("/answer/r1?org=lappi-7")
    shown = page(answer)
    assert "no-store" in answer.headers["cache-control"]
    legends = [legend.text_content() for legend in shown.xpath("//fieldset/legend")]
    assert legends == [text(code).fi for code in ("energy", "place", "barriers")]
    for name in ("b-municipality", "b-size", "q-share", "q-worked", "q-learned", "organisation"):
        (field,) = shown.xpath(f"//*[@name='{name}']")
        assert shown.xpath(f"//label[@for='{field.get('id')}']")
    assert shown.xpath("//input[@name='organisation']/@value") == ["lappi-7"]
    assert shown.xpath("//input[@name='q-energy']/@value") == ["1", "2", "3", "4", "5", ""]
    assert len(shown.xpath("//select[@id='b-municipality']/option")) == 6
    assert not shown.xpath("//script")


async def test_the_form_speaks_english_and_swedish_too(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    english, swedish = await site.get("/answer/r1?lang=en"), await site.get("/answer/r1?lang=sv")
    assert "Send my answer" in words(english)
    assert text("energy").en in words(english)
    assert "Skicka mitt svar" in words(swedish)
    assert text("energy").sv in words(swedish)


async def test_an_answer_gets_a_receipt_and_a_second_send_the_same_one(
    site: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    sent = {**GOOD, "nonce": await nonce(site), "q-barriers": "net", "organisation": " lappi-7 "}
    first = await site.post("/answer/r1", data=sent)
    second = await site.post("/answer/r1", data={**sent, "q-energy": "1"})
    receipts = [page(answer).xpath("string(//*[@id='receipt'])") for answer in (first, second)]
    assert (first.status_code, second.status_code) == (200, 200)
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", receipts[0])
    assert receipts[0] == receipts[1]
    assert await count(database, "answers WHERE source = 'form' AND organisation IS NOT NULL") == 1
    assert "no-store" in first.headers["cache-control"]


async def test_a_faulty_answer_is_shown_again_with_links_to_its_faults(
    site: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    sent = {
        **GOOD,
        "nonce": await nonce(site),
        "b-municipality": "",
        "q-share": "120",
        "organisation": "lappi-7",
    }
    answer = await site.post("/answer/r1", data=sent)
    shown = page(answer)
    assert answer.status_code == 422
    links = shown.xpath("//*[@role='alert']//a/@href")
    assert sorted(links) == ["#b-municipality", "#q-share"]
    for link in links:
        (field,) = shown.xpath(f"//*[@id='{link[1:]}']")
        assert field.get("aria-invalid") == "true"
        assert f"{link[1:]}-error" in field.get("aria-describedby")
    assert shown.xpath("//input[@name='q-energy'][@checked]/@value") == ["4"]
    assert shown.xpath("//input[@name='q-share']/@value") == ["120"]
    assert shown.xpath("string(//textarea[@name='q-learned'])").strip() == "Opimme paljon."
    assert shown.xpath("//input[@name='nonce']/@value") == [sent["nonce"]]
    assert await count(database, "answers") == 0


async def test_a_wrong_organisation_code_is_told_beside_its_field(
    site: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    answer = await site.post("/answer/r1", data={**GOOD, "nonce": await nonce(site), "organisation": "?!"})
    assert answer.status_code == 422
    assert page(answer).xpath("//*[@role='alert']//a/@href") == ["#organisation"]
    assert "Jätä kohta tyhjäksi" in words(answer)


async def test_what_was_written_is_shown_as_text_and_never_as_markup(
    site: httpx.AsyncClient, database: Database
) -> None:
    await create(database)
    sent = {**GOOD, "nonce": await nonce(site), "b-size": "", "q-learned": "</textarea><script>x</script>"}
    assert not page(await site.post("/answer/r1", data=sent)).xpath("//script")


async def test_a_receipt_takes_the_answer_back(site: httpx.AsyncClient, database: Database) -> None:
    await create(database)
    given = await site.post("/answer/r1", data={**GOOD, "nonce": await nonce(site)})
    receipt = page(given).xpath("string(//*[@id='receipt'])")
    assert "Kuitin koodi" in words(await site.get("/withdraw"))
    wrong = await site.post("/withdraw", data={"receipt": "ABCD"})
    assert (wrong.status_code, "Tämä ei ole kuitin koodi" in words(wrong)) == (422, True)
    done = await site.post("/withdraw", data={"receipt": receipt.lower()})
    assert (done.status_code, "poistettu" in words(done)) == (200, True)
    assert await count(database, "answers") == 0
    again = await site.post("/withdraw", data={"receipt": receipt})
    assert (again.status_code, "Vastausta ei löytynyt" in words(again)) == (404, True)
