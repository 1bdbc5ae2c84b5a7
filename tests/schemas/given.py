"""An event for tests only, its second version, and what somebody could do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, create_model

from shared.events import Event, Key, Text, Value
from shared.schemas.records import Record

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SUBJECT = "latu.public.survey.tested.v1.<thing>"
Price = Annotated[Decimal, Field(max_digits=8, decimal_places=2, le=1000)]


class Part(Value):
    """A part of it."""

    name: str
    size: int = 1


class Measured(Event):
    """An event with one field of each kind."""

    SUBJECT: ClassVar[str] = SUBJECT
    thing: Key
    status: Literal["open", "closed"]
    share: float = Field(ge=0, le=100)
    count: int = Field(ge=1)
    code: str = Field(pattern="^[a-z]+$", max_length=20)
    flag: Literal[True]
    price: Price
    title: Text
    parts: tuple[Part, ...]
    tags: tuple[str, ...]
    by_place: dict[str, int]
    seen: datetime | None = None
    note: str | None = None
    rank: int = 0


class MeasuredAgain(Event):
    """Its second version: the price became an amount in cents, and little else is left."""

    SUBJECT: ClassVar[str] = "latu.public.survey.tested.v2.<thing>"
    EARLIER: ClassVar = {1: lambda old: {**old, "amount": int(100 * Decimal(old["price"]))}}
    thing: Key
    amount: int

    def as_earlier(self) -> Measured:
        """The first version, with what it needs."""
        kept = {"revision": self.revision, "occurred_at": self.occurred_at, "thing": self.thing}
        return Measured.model_validate({**body(), **kept, "price": Decimal(self.amount) / 100})


FIELDS: dict[str, Any] = {name: (one.annotation, one) for name, one in Measured.model_fields.items()}


def changed(subject: str = SUBJECT, without: tuple[str, ...] = (), **fields: Any) -> type[Event]:
    """The same event with fields changed, added or left out."""
    kept = {name: field for name, field in FIELDS.items() if name not in without and name not in fields}
    made: type[Event] = create_model(
        "Measured", __base__=Event, __doc__=Measured.__doc__, **{**kept, **fields}
    )
    made.SUBJECT = subject
    return made


def body(**more: Any) -> dict[str, Any]:
    """What a published event of it says."""
    said = Measured(
        revision=1,
        occurred_at=NOW,
        thing="a",
        status="open",
        share=12.5,
        count=3,
        code="abc",
        flag=True,
        price=Decimal("123.45"),
        title=Text(fi="Otsikko", en="Title"),
        parts=(Part(name="first"),),
        tags=("one",),
        by_place={"size": 1},
    )
    return {**said.model_dump(mode="json"), **more}


def second(**more: Any) -> dict[str, Any]:
    """What a published event of its second version says."""
    return {"revision": 1, "occurred_at": "2026-11-24T12:00:00Z", "thing": "a", "amount": 12345, **more}


def recorded(event: type[Event] = Measured, *golden: dict[str, Any]) -> Record:
    """What was published of the event, with one golden event."""
    return replace(Record.of(event), golden=golden or (body(),))
