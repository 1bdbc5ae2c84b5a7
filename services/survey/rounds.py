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
    """One category of a dimension and how many units of the population are in it (its margin)."""

    code: Key
    label: Text
    count: float = Field(gt=0)


class Dimension(Value):
    """One way to divide the population, such as sub-region; its counts are one margin of the frame."""

    code: Key
    label: Text
    categories: tuple[Category, ...] = Field(min_length=1)


class Frame(Value):
    """The population that a round speaks about, counted by each dimension.

    All margins must have the same total. `assumptions` says in plain words what was not known and assumed.
    """

    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    assumptions: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _totals_agree(self) -> Self:
        totals = {d.code: sum(c.count for c in d.categories) for d in self.dimensions}
        if max(totals.values()) - min(totals.values()) > 1e-6 * max(totals.values()):
            raise ValueError(f"the margins have different totals: {totals}")
        return self

    @property
    def size(self) -> float:
        """N: how many units the population has."""
        return sum(c.count for c in self.dimensions[0].categories)


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
        default=(), description="Dimensions of each declared table; empty means region and each dimension."
    )
    fpc: bool = Field(default=True, description="Correct for the finite population (unit organisation only).")
    planned_looks: int = Field(default=4, ge=0, description="Releases before the closing one.")
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
        return ((), *((d.code,) for d in self.frame.dimensions))
