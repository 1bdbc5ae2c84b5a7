"""Rules of client organisations and of what applies to them."""

from __future__ import annotations

import pytest

from services.coaching.organisations import Organisation, applies, item_key, split_item_key
from shared.events import PlaybookItem

PLACE = {"sub-region": "rovaniemi", "size": "10-49"}


def test_a_finding_on_the_whole_region_applies_to_everyone() -> None:
    assert applies({}, PLACE)
    assert applies({}, {})


def test_a_segment_applies_when_every_dimension_of_it_is_the_organisations() -> None:
    assert applies({"size": "10-49", "sub-region": "rovaniemi"}, PLACE)
    assert not applies({"size": "10-49", "sub-region": "kemi-tornio"}, PLACE)


def test_a_segment_on_an_unknown_dimension_does_not_apply() -> None:
    assert not applies({"gender": "female"}, PLACE)


def test_named_fields_are_dimensions_unless_dims_say_otherwise() -> None:
    organisation = Organisation(
        organisation="o1",
        label="O",
        sub_region="rovaniemi",
        size="1-9",
        dims={"size": "10-49", "sector": "x"},
    )
    assert organisation.place == {"sub-region": "rovaniemi", "size": "10-49", "sector": "x"}


def test_an_items_name_leads_back_to_owner_and_practice() -> None:
    name = item_key("org-1", "weekly-check-in")
    assert split_item_key(name) == ("org-1", "weekly-check-in")
    PlaybookItem(item=name, practice="p", topic="leadership", rank=1, status="active", evidence=())


@pytest.mark.parametrize("name", ["org-1", "", "--", "a--"])
def test_what_is_no_items_name_leads_nowhere(name: str) -> None:
    assert split_item_key(name) == ("", "")
