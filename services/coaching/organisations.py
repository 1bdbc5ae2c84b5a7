"""Client organisations and the categories that findings are matched with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from shared.errors import Invalid
from shared.events import Value

_NAMED = {"sub_region": "sub-region", "industry": "industry", "size": "size", "municipality": "municipality"}


class Organisation(Value):
    """A client organisation.

    `dims` says in which category of each dimension of the frame it is. What is given by name (sub-region,
    industry, size, municipality) is a dimension too, unless `dims` says otherwise.
    """

    organisation: str = Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")
    label: str = Field(min_length=1, max_length=200)
    sub_region: str = Field(default="", max_length=60)
    industry: str = Field(default="", max_length=60)
    size: str = Field(default="", max_length=60)
    municipality: str = Field(default="", max_length=60)
    contact: str = Field(default="", max_length=200, description="Personal data; never leaves the service.")
    dims: dict[str, str] = Field(default_factory=dict, max_length=20)
    synthetic: bool = False

    @property
    def place(self) -> dict[str, str]:
        """All its dimensions, the given ones first in force."""
        named = {dimension: getattr(self, name) for name, dimension in _NAMED.items()}
        return {**{dimension: code for dimension, code in named.items() if code}, **self.dims}


def check_each_once(organisations: Sequence[Organisation]) -> None:
    """Check that a list names every organisation once.

    Raises:
        Invalid: one is in it twice; says on which line.
    """
    seen: set[str] = set()
    for line, organisation in enumerate(organisations, start=1):
        if organisation.organisation in seen:
            raise Invalid("twice_in_list", f"Entry {line} names an organisation that an earlier entry names.")
        seen.add(organisation.organisation)


def applies(segment: Mapping[str, str], place: Mapping[str, str]) -> bool:
    """Whether a finding on `segment` speaks about an organisation in `place`; the region always does."""
    return all(place.get(dimension) == category for dimension, category in segment.items())


def item_key(owner: str, practice: str) -> str:
    """The name of one item of one playbook: `<owner>--<practice>`."""
    return f"{owner}--{practice}"


def split_item_key(item: str) -> tuple[str, str]:
    """The owner and the practice of an item's name; both empty when it is not one."""
    owner, _, practice = item.partition("--")
    return (owner, practice) if practice else ("", "")
