"""The region's words are whole and lead to one place."""

from __future__ import annotations

from typing import get_args

import pytest

from shared.errors import Invalid
from shared.events import Topic
from shared.vocabulary import vocabulary


def test_topics_are_those_of_the_events_in_three_languages() -> None:
    assert [topic.code for topic in vocabulary().topics] == list(get_args(Topic))
    assert all(topic.text.fi and topic.text.en and topic.text.sv for topic in vocabulary().topics)
    assert vocabulary().topic("leadership").fi == "Johtaminen"


def test_lapland_has_21_municipalities_in_6_sub_regions() -> None:
    words = vocabulary()
    assert len({place.code for place in words.municipalities}) == 21
    assert {place.subregion for place in words.municipalities} == {term.code for term in words.subregions}
    assert len(words.subregions) == 6
    assert sum(place.population for place in words.municipalities) == 175_795
    assert "Statistics Finland, CC BY 4.0" in words.source


@pytest.mark.parametrize("name", ["047", "47", "Enontekiö", " enontekiö ", "ENONTEKIS"])
def test_a_municipality_is_found_by_code_and_by_name(name: str) -> None:
    assert vocabulary().municipality(name).code == "047"


@pytest.mark.parametrize("name", ["", "091", "Helsinki", "7", "Rovaniemi kaupunki"])
def test_what_is_no_municipality_of_lapland_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(Invalid, match="not a municipality of Lapland") as refused:
        vocabulary().municipality(name)
    assert "Helsinki" not in refused.value.message


def test_each_dimension_has_its_terms() -> None:
    words = vocabulary()
    assert [dimension.code for dimension in words.dimensions] == ["sub-region", "industry", "size"]
    assert words.terms("size") == words.sizes
    with pytest.raises(KeyError):
        words.terms("colour")
