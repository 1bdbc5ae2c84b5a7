"""One fielding of one questionnaire: whom it asks, what it will publish, when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from shared.events import Key, Text, Value

Unit = Literal["organisation", "person"]

_REGION_TIME = ZoneInfo("Europe/Helsinki")


def day_in_region(now: datetime) -> date:
    """The day that it is in the region at a moment."""
    return now.astimezone(_REGION_TIME).date()


class Category(Value):
    """One category of a dimension and how many units of the population are in it, where that is known."""

    code: Key
    label: Text
    count: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class Dimension(Value):
    """One way to divide the population, such as sub-region; its counts are one margin of the frame.

    Either all of its categories have a count or none has: then it makes segments, and the answers are not
    weighted to it.
    """

    code: Key
    label: Text
    categories: tuple[Category, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_whole_margin(self) -> Self:
        _not_twice(f"the dimension {self.code}", [category.code for category in self.categories])
        known = [category.code for category in self.categories if category.count is not None]
        if known and len(known) < len(self.categories):
            missing = ", ".join(c.code for c in self.categories if c.count is None)
            raise ValueError(
                f"the dimension {self.code} has no count for {missing}: give every category one, or none"
            )
        return self

    @property
    def counted(self) -> bool:
        """Whether its margin is known."""
        return self.categories[0].count is not None

    @property
    def counts(self) -> tuple[float, ...]:
        """The margin, by category; empty where it is not known."""
        return tuple(category.count for category in self.categories if category.count is not None)


class FrameSource(Value):
    """Where counts of a frame come from.

    total: what the source counts in all. scaled_to: the total that its counts were scaled to, where they
    were. hidden: cells that the source does not tell and that were taken for nobody.
    """

    name: str
    about: Text | None = None
    dimensions: tuple[Key, ...]
    total: float
    scaled_to: float | None = None
    hidden: int = 0


class Frame(Value):
    """The population that a round speaks about, counted by each dimension whose margin is known.

    All margins must have the same total. `assumptions` says in plain words what was not known and assumed.
    """

    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    assumptions: tuple[Text, ...] = ()
    sources: tuple[FrameSource, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _not_twice("the frame", [dimension.code for dimension in self.dimensions])
        if not self.counted:
            raise ValueError(
                "no dimension of the frame has counts: at least one is needed, to know how many there are"
            )
        totals = [sum(dimension.counts) for dimension in self.counted]
        if max(totals) - min(totals) > SAME_TOTAL * max(totals):
            told = ", ".join(
                f"{d.code} counts {written(t)}" for d, t in zip(self.counted, totals, strict=True)
            )
            raise ValueError(f"the margins do not add up to the same total: {told}")
        return self

    @property
    def counted(self) -> tuple[Dimension, ...]:
        """The dimensions whose margins are known: the answers are weighted to these."""
        return tuple(dimension for dimension in self.dimensions if dimension.counted)

    @property
    def size(self) -> float:
        """N: how many units the population has."""
        return sum(self.counted[0].counts)


# The dimensions, by code, of which a round also publishes the table of both when it declares none itself.
CROSSED = ("sub-region", "size")

# Totals that differ by less than this share are the same number, written in decimals.
SAME_TOTAL = 1e-6


def written(count: float) -> str:
    """A count as people write it: `1,980` or `1,980.5`."""
    return f"{count:,.1f}".removesuffix(".0")


def _not_twice(what: str, codes: list[str]) -> None:
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"{what} names {', '.join(twice)} more than once")


class Trim(Value):
    """Bounds of a weight, as ratios to the mean weight; what is cut is shared out among the others."""

    upper: float = Field(gt=1, allow_inf_nan=False)
    lower: float = Field(default=0, ge=0, lt=1)


class Round(Value):
    """A round declares beforehand its unit, the tables that it may publish and its looks."""

    round: Key
    questionnaire: Key
    title: Text
    unit: Unit = "organisation"
    status: Literal["planned", "open", "closed"] = "planned"
    opens_on: date
    closes_on: date
    frame: Frame
    tables: tuple[tuple[str, ...], ...] = Field(
        default=(),
        description="Dimensions of each declared table; empty means the region, each dimension, and "
        "sub-region by size where the frame has both.",
    )
    fpc: bool = Field(default=True, description="Correct for the finite population (unit organisation only).")
    planned_looks: int = Field(default=4, ge=0, description="Releases before the closing one.")
    trim: Trim | None = Field(default=None, description="Bounds of the weights, where they are trimmed.")
    follows: Key | None = Field(
        default=None, description="The earlier round whose figures changes are counted from."
    )
    synthetic: bool = False

    @model_validator(mode="after")
    def _tables_are_of_the_frame(self) -> Self:
        known = {d.code for d in self.frame.dimensions}
        unknown = {name for table in self.tables for name in table} - known
        if unknown:
            raise ValueError(
                f"round {self.round}: tables name unknown dimensions: {', '.join(sorted(unknown))}"
            )
        return self

    @property
    def declared_tables(self) -> tuple[tuple[str, ...], ...]:
        """The tables that may be published: the region first."""
        if self.tables:
            return self.tables
        codes = [d.code for d in self.frame.dimensions]
        both = {*CROSSED} <= set(codes)
        return ((), *((code,) for code in codes), *((CROSSED,) if both else ()))
