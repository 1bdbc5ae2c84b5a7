"""What partners get of the contract over HTTP, and what people read of it."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import date

import httpx
import pytest
import yaml

from services.campaign.public import contract
from shared.contract import catalogue, history
from shared.contract.history import Change
from shared.schemas import records
from tests.campaign.test_public import PAGES
from tests.contract import given
from tests.contract.given import INSIGHT


async def test_the_contract_is_served_as_json_and_as_yaml_with_the_address_of_the_site(
    site: httpx.AsyncClient,
) -> None:
    made = (await site.get("/asyncapi.json")).json()
    assert made == yaml.safe_load((await site.get("/asyncapi.yaml")).text)
    message = made["components"]["messages"][INSIGHT]
    assert message["x-schema"] == f"https://kampanja.example/schemas/{INSIGHT}.json"


async def test_every_public_schema_is_served_under_its_own_id_and_no_internal_one(
    site: httpx.AsyncClient,
) -> None:
    for name, record in records.load_all().items():
        got = await site.get(f"/schemas/{name}.json")
        if record.subject.startswith(history.THEIRS):
            assert got.json()["$id"] == str(got.url)
            assert got.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        else:
            assert got.status_code == 404


async def test_whoever_has_a_document_already_gets_no_body_again(site: httpx.AsyncClient) -> None:
    for path in ("/asyncapi.json", "/asyncapi.yaml", f"/schemas/{INSIGHT}.json"):
        first = await site.get(path)
        again = await site.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert (await site.get(path, headers={"if-none-match": '"other"'})).status_code == 200
        assert first.headers["access-control-allow-origin"] == "*"
        assert {"ETag", "Sunset"} <= set(first.headers["access-control-expose-headers"].split(", "))
        assert "max-age=3600" in first.headers["cache-control"]
        asked = await site.options(path, headers={"Origin": "https://kunta.example"})
        assert "If-None-Match" in asked.headers["access-control-allow-headers"]


async def test_the_schema_of_a_dying_version_says_since_when_and_until_when(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_sunset(monkeypatch)
    got = await site.get(f"/schemas/{INSIGHT}.json")
    assert got.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert got.headers["deprecation"] == "@1799971200"
    assert "sunset" not in (await site.get("/schemas/latu.survey.insight_retracted.v1.json")).headers


async def test_the_pages_of_a_dying_version_say_so(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_sunset(monkeypatch)
    for path in ("/catalogue", f"/catalogue/{INSIGHT}"):
        page = (await site.get(path, headers=PAGES)).text
        assert "Julkaistaan varmasti 1.1.2028 asti." in page
        assert "15.1.2027: " in page


async def test_the_catalogue_leads_to_every_public_event_and_all_its_links_are_alive(
    site: httpx.AsyncClient,
) -> None:
    page = (await site.get("/catalogue", headers=PAGES)).text
    for name in given.events():
        assert f'href="/catalogue/{name}"' in page
    links = set(re.findall(r'href="(/(?:catalogue|schemas|asyncapi)[^"#]*)"', page))
    for name in given.events():
        shown = (await site.get(f"/catalogue/{name}", headers=PAGES)).text
        links |= set(re.findall(r'href="(/(?:catalogue|schemas|asyncapi)[^"#]*)"', shown))
        anchors = set(re.findall(r'href="#([^"]+)"', shown))
        assert {anchor for anchor in anchors if f'id="{anchor}"' not in shown} == set()
    assert {link: (await site.get(link)).status_code for link in links} == dict.fromkeys(links, 200)


async def test_the_page_of_an_event_shows_every_field_and_every_example_as_it_was_said(
    site: httpx.AsyncClient,
) -> None:
    for name, event in given.events().items():
        page = (await site.get(f"/catalogue/{name}?lang=en", headers=PAGES)).text
        for field in event.fields:
            assert f'<th scope="row"><code>{field.name}</code></th>' in page
        shown = [
            html.unescape(body) for body in re.findall(r"<code>(\{.*?\n\})</code></pre>", page, re.DOTALL)
        ]
        assert [json.loads(body) for body in shown] == [*event.examples]


async def test_the_catalogue_speaks_three_languages_and_has_a_finnish_name(site: httpx.AsyncClient) -> None:
    said = {
        "fi": "Havainto vahvistettiin",
        "en": "A finding was confirmed",
        "sv": "En iakttagelse bekräftades",
    }
    for language, words in said.items():
        assert words in (await site.get(f"/catalogue/{INSIGHT}?lang={language}", headers=PAGES)).text
    led = await site.get("/tapahtumaluettelo", headers=PAGES, follow_redirects=True)
    assert "<h1>Tapahtumaluettelo</h1>" in led.text


async def test_an_event_that_is_not_public_has_no_page(site: httpx.AsyncClient) -> None:
    for name in ("latu.survey.indication_released.v1", "nothing", "..%2Fx"):
        assert (await site.get(f"/catalogue/{name}", headers=PAGES)).status_code == 404


def given_sunset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Confirmed findings of version 1 will be published until the first day of 2028 only."""
    dying = {**records.load_all(), INSIGHT: replace(given.insight(), sunset=date(2028, 1, 1))}
    log = (*history.load(), Change(date(2027, 1, 15), INSIGHT, "sunset", until=date(2028, 1, 1)))
    monkeypatch.setattr(contract, "_contract", lambda: (catalogue.contract_events(dying, log), log))
