"""Public events in words: every kind has its sentence, and a retraction stands in the place of what it takes back."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from services.campaign import feeds, tidings
from services.campaign.partners import PUBLIC
from services.campaign.tidings import Sites
from shared.events import BY_TYPE, Event
from shared.schemas import records
from tests.campaign.given import insight, practice, retracted, version
from tests.campaign.told import heard, story, story_withdrawn

SITES = Sites("https://s.example/", "https://c.example", "https://m.example", "https://k.example", "fi")
PLACE = feeds.Place("fi", "https://k.example", "/events.xml")


def document(event: Event) -> str:
    data = event.model_dump(mode="json")
    return json.dumps({"id": "e1", "type": event.type_name(), "subject": event.key, "data": data})


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_kind_of_public_event_has_a_sentence_and_a_page(name: str) -> None:
    for body in records.load()[name].golden:
        event = BY_TYPE[name].model_validate(body)
        told = tidings.tiding(json.loads(document(event)), SITES)
        assert told is not None
        assert told.title.fi not in ("", event.name())
        assert told.address.startswith(f"{getattr(SITES, event.publisher()).rstrip('/')}/")


def test_a_retraction_stands_in_the_place_of_the_finding() -> None:
    newest_first = [document(retracted("i1")), document(insight("i2")), document(insight("i1"))]
    told = tidings.newest_of_each(newest_first, SITES)
    assert [one.title.fi for one in told] == ["Havainto peruttiin", insight("i2").sentence.fi]
    first, then = (feeds.events_atom([one], PLACE) for one in (told[0], _told(insight("i1"))))
    assert _ids(first) == _ids(then)


def test_a_story_that_was_taken_back_is_told_without_its_words() -> None:
    told = tidings.newest_of_each([document(story_withdrawn()), document(story())], SITES)
    assert len(told) == 1
    assert "Kävel" not in feeds.events_atom(told, PLACE).decode()


def test_synthetic_evidence_is_labelled_in_the_feed() -> None:
    made = feeds.events_atom([_told(insight(synthetic=True))], PLACE).decode()
    assert "[synteettinen] " in made


def test_a_practice_that_is_out_of_the_library_says_so() -> None:
    assert "poistettiin" in _told(practice(status="withdrawn")).title.fi


def test_a_version_leads_to_its_page_in_the_language_of_the_feed() -> None:
    assert _told(version(3)).address == "https://m.example/versions/3?lang=fi"


def _told(event: Event) -> tidings.Tiding:
    told = tidings.tiding(json.loads(document(event)), SITES)
    assert told is not None
    return told


def _ids(feed: bytes) -> list[str | None]:
    return [one.text for one in ET.fromstring(feed).iter(f"{{{feeds.ATOM}}}id")]  # noqa: S314 - made here


def test_messages_of_the_tests_are_what_the_stream_carries() -> None:
    assert json.loads(heard(1, story()).body)["text"] == story().text
