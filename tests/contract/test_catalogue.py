"""What people read of every public event is complete, and translated."""

from __future__ import annotations

from pathlib import Path

import pytest

import services.campaign
from shared.contract import catalogue
from shared.events import ALL
from shared.events.contributed import CONTRIBUTED
from shared.web import languages, pages
from tests.contract import given


def test_all_that_partners_read_and_send_is_in_the_catalogue_and_nothing_internal() -> None:
    found = [event for audience in ("PUBLIC", "ANSWERS") for event in ALL if event.audience() == audience]
    names = {event.type_name(): event.__name__ for event in found}
    names |= {kind.type_name(): kind.__name__ for kind in CONTRIBUTED}
    assert [(name, event.name) for name, event in given.events().items()] == [*names.items()]


def test_every_event_says_what_it_tells_and_when_it_is_published_or_sent() -> None:
    for event in given.events().values():
        assert len(event.says) > 15, event.type_name
        assert any(
            paragraph.startswith("Sent " if event.is_sent else "Published ") for paragraph in event.more
        ), event.type_name


def test_every_public_field_says_what_it_means() -> None:
    silent = [
        f"{event.type_name} {field.name}"
        for event in given.events().values()
        for field in [*event.fields, *(field for part in event.parts for field in part.fields)]
        if not field.description
    ]
    assert silent == []


def test_every_field_has_a_kind_or_a_part_that_is_told() -> None:
    for event in given.events().values():
        parts = {part.name for part in event.parts}
        for field in event.fields:
            assert bool(field.kind) != bool(field.part)
            assert not field.part or field.part in parts


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_word_of_the_catalogue_is_translated(language: str) -> None:
    folder = Path(services.campaign.__path__[0])
    known = languages.load_catalogues(pages.HERE / "locale", folder / "locale")[language]
    assert sorted(catalogue.words(given.events()) - set(known)) == []


def test_a_retraction_is_told_beside_what_it_takes_back() -> None:
    relatives = {event.name: event.relatives for event in given.events().values()}
    assert relatives["InsightReleased"] == ("latu.survey.insight_retracted.v1",)
    assert relatives["StoryWithdrawn"] == ("latu.campaign.story_published.v1",)
    assert relatives["ReleasePublished"] == ()
