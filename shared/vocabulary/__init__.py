"""The region's words: topics, municipalities, sub-regions, industries and size classes, as versioned data."""

from __future__ import annotations

from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import Field

from shared.errors import Invalid
from shared.events import Key, Text, Topic, Value


class Term(Value):
    """One word of a list: its code and its names."""

    code: Key
    text: Text


class TopicTerm(Value):
    """One topic of the taxonomy."""

    code: Topic
    text: Text


class Municipality(Value):
    """A municipality of the region; `code` is Statistics Finland's three digits."""

    code: str = Field(pattern=r"^\d{3}$")
    text: Text
    subregion: Key
    population: int = Field(description="Inhabitants at the end of 2022.")
    sami_homeland: Literal["no", "part", "whole"]


class Vocabulary(Value):
    """All the lists, each in the order in which pages show it."""

    version: int
    source: str
    region: Term
    topics: tuple[TopicTerm, ...]
    subregions: tuple[Term, ...]
    municipalities: tuple[Municipality, ...]
    industries: tuple[Term, ...]
    sizes: tuple[Term, ...]
    dimensions: tuple[Term, ...] = Field(description="sub-region, industry and size, with their names.")

    def topic(self, code: str) -> Text:
        """The name of a topic.

        Raises:
            KeyError: there is no such topic.
        """
        return self._topics[code]

    def municipality(self, name: str) -> Municipality:
        """The municipality with this code (with or without leading zeros) or this Finnish or Swedish name.

        Raises:
            Invalid: there is none in the region; the message does not repeat what was given.
        """
        found = self._by_name.get(name.strip().casefold()) or self._by_name.get(name.strip().zfill(3))
        if found is None:
            raise Invalid(
                "unknown_municipality",
                "This is not a municipality of Lapland. Give its name or its three-digit code, "
                "for example Rovaniemi or 698.",
            )
        return found

    def terms(self, dimension: str) -> tuple[Term, ...]:
        """The categories of one of the three dimensions.

        Raises:
            KeyError: it is not one of them.
        """
        return {"sub-region": self.subregions, "industry": self.industries, "size": self.sizes}[dimension]

    @cached_property
    def _topics(self) -> dict[str, Text]:
        return {topic.code: topic.text for topic in self.topics}

    @cached_property
    def _by_name(self) -> dict[str, Municipality]:
        return {
            name.casefold(): place
            for place in self.municipalities
            for name in (place.code, place.text.fi, place.text.sv)
        }


def _texted(entry: dict[str, Any]) -> dict[str, Any]:
    """Gather the names of an entry, whose English is the Finnish one where places have no other."""
    text = {"fi": entry["fi"], "en": entry.get("en", entry["fi"]), "sv": entry.get("sv", "")}
    return {**entry, "text": text}


@cache
def vocabulary() -> Vocabulary:
    """The lists as this version of Latu ships them."""
    data: dict[str, Any] = {}
    for name in ("topics.yaml", "lapland.yaml"):
        data |= yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    lists = {key: [_texted(e) for e in value] for key, value in data.items() if isinstance(value, list)}
    return Vocabulary.model_validate(data | lists | {"region": _texted(data["region"])})
