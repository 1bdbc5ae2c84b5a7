"""The gate lets optional fields in, and refuses every other change of what was published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, create_model

from shared.events import Event, Key, Value
from shared.schemas import gate
from shared.schemas.records import Record
from tests.schemas.given import NOW, Measured, MeasuredAgain, Part, Price, body, changed, recorded, second

TODAY = NOW.date()
NAME = Measured.type_name()
Low = Annotated[Decimal, Field(max_digits=5, decimal_places=2, le=1000)]
Coarse = Annotated[Decimal, Field(max_digits=8, decimal_places=1, le=1000)]
Cheap = Annotated[Decimal, Field(max_digits=8, decimal_places=2, le=500)]
Dear = Annotated[Decimal, Field(max_digits=8, decimal_places=2, le=2000)]


class Sized(Value):
    """A part that lost its name."""

    size: int = 1


class Coloured(Part):
    """A part that says more."""

    colour: str


class Tinted(Part):
    """A part that may say more."""

    colour: str = ""


class Closed(Value):
    """A text that reads no field that it does not know."""

    model_config = ConfigDict(extra="forbid")
    fi: str
    en: str


class Sizes(Value):
    """A table whose names became fields."""

    size: int = 0


REFUSED: dict[str, tuple[type[Event], str]] = {
    "a new required field": (changed(more=(str, ...)), "/more: is required"),
    "a field left out": (changed(without=("count",)), "/count: is required"),
    "an optional field left out": (changed(without=("note",)), "/note: is not read any more"),
    "an optional field made required": (changed(rank=(int, ...)), "/rank: is required"),
    "another name": (changed(without=("code",), kode=(str, "")), "/code: is required"),
    "another name of an optional field": (
        changed(without=("rank",), place=(int, 0)),
        "/rank: is not read any more",
    ),
    "another type": (changed(count=(str, ...)), "string is written, integer is read"),
    "a wider type": (changed(count=(float, Field(ge=1))), "number is written, integer is read"),
    "a narrower type": (changed(share=(int, Field(ge=0, le=100))), "number is written, integer is read"),
    "a value more": (changed(status=(Literal["open", "closed", "late"], ...)), "'late' cannot be read"),
    "a value less": (changed(status=(Literal["open"], ...)), "'closed' cannot be read"),
    "a number like a truth": (changed(flag=(Literal[1], ...)), "/flag: 1 cannot be read"),
    "any value": (changed(status=(str, ...)), "only 'open', 'closed' can be read"),
    "nothing allowed": (changed(code=(str | None, Field(max_length=20))), "/code: null is written"),
    "nothing refused": (changed(note=(str, "")), "/note: null is written"),
    "a narrower range": (changed(share=(float, Field(ge=0, le=50))), "maximum 100 is written, 50 is read"),
    "a wider range": (changed(share=(float, Field(ge=0, le=200))), "maximum 200 is written, 100 is read"),
    "a range that opens": (changed(share=(float, Field(gt=0, le=100))), "exclusiveMinimum unset is written"),
    "no range": (changed(count=(int, ...)), "minimum unset is written, 1 is read"),
    "a shorter text": (changed(code=(str, Field(pattern="^[a-z]+$", max_length=9))), "20 is written, 9 is"),
    "another pattern": (changed(code=(str, Field(pattern="^[a-y]+$", max_length=20))), "^[a-y]+$ is read"),
    "another default": (changed(rank=(int, 1)), "/rank: its default changed"),
    "a part that lost a field": (changed(parts=(tuple[Sized, ...], ...)), "/parts/*/name: is not read"),
    "a part with a required field more": (
        changed(parts=(tuple[Coloured, ...], ...)),
        "/parts/*/colour: is required",
    ),
    "fewer parts": (changed(parts=(tuple[Part, ...], Field(max_length=3))), "maxItems unset is written"),
    "one part": (changed(parts=(Part, ...)), "/parts: array is written, object is read"),
    "fixed places": (changed(parts=(tuple[Part, Part], ...)), "fixed places are written"),
    "no part twice": (changed(tags=(frozenset[str], ...)), "uniqueItems unset is written"),
    "other values in a table": (changed(by_place=(dict[str, str], ...)), "/by_place/*: integer is written"),
    "anything in a table": (changed(by_place=(dict[str, Any], ...)), "/by_place/*: anything is written"),
    "names of a form in a table": (changed(by_place=(dict[Key, int], ...)), "/by_place: names have another"),
    "a table that became fields": (changed(by_place=(Sizes, ...)), "/by_place/*: is not read any more"),
    "fields that became a table": (changed(title=(dict[str, int], ...)), "/title/fi: string is written"),
    "a reader that is strict": (changed(title=(Closed, ...)), "/title/sv: is not read any more"),
    "a date without time": (changed(occurred_at=(date, ...)), "format date-time is written, date is read"),
    "a time that needs its offset": (changed(seen=(AwareDatetime, None)), "timezone unset is written"),
    "a time that may lack its offset": (changed(occurred_at=(datetime, ...)), "timezone unset is written"),
    "fewer digits": (changed(price=(Low, ...)), "/price"),
    "fewer decimals": (changed(price=(Coarse, ...)), "/price"),
    "a decimal with a lower bound above": (changed(price=(Cheap, ...)), "/price"),
    "a decimal with a higher bound above": (changed(price=(Dear, ...)), "/price"),
    "a word that the gate does not know": (
        changed(code=(str, Field(json_schema_extra={"contentEncoding": "base64"}))),
        "does not understand contentEncoding",
    ),
    "another name of the event": (
        changed(subject="latu.public.survey.tests.v1.<thing>"),
        "removed before its sunset",
    ),
    "another audience": (changed(subject="latu.internal.survey.tested.v1.<thing>"), "its subject was"),
    "another key": (changed(subject="latu.public.survey.tested.v1.<code>"), "its subject was"),
}

LET_IN: dict[str, type[Event]] = {
    "nothing changed": Measured,
    "an optional field more": changed(more=(str, "")),
    "an optional field that may be nothing": changed(more=(str | None, None)),
    "an optional list more": changed(more=(tuple[Part, ...], ())),
    "an optional field more in a part": changed(parts=(tuple[Tinted, ...], ...)),
    "another description": changed(count=(int, Field(ge=1, description="How many."))),
    "a required field that gets a default": changed(count=(Annotated[int, Field(ge=1)], 1)),
}


def incompatible(*events: type[Event], today: date = TODAY, **records: Record) -> list[str]:
    known = {record.type_name: record for record in records.values()} or {NAME: recorded()}
    return gate.incompatible(events, known, today)


@pytest.mark.parametrize("name", REFUSED)
def test_an_incompatible_change_is_refused_with_its_place_by_the_schemas_alone(name: str) -> None:
    event, place = REFUSED[name]
    found = incompatible(event, was=replace(recorded(), golden=()))
    assert [line for line in found if place in line and line.startswith(NAME)], found


@pytest.mark.parametrize("name", LET_IN)
def test_a_compatible_change_is_let_in(name: str) -> None:
    assert incompatible(LET_IN[name]) == []


def test_a_refusal_says_where_and_who_would_suffer() -> None:
    assert incompatible(changed(status=(Literal["open", "closed", "late"], ...))) == [
        f"{NAME} at /status: 'late' cannot be read. Readers of before would refuse what is written now."
    ]
    assert incompatible(changed(rank=(int, ...))) == [
        (
            f"{NAME} at /rank: is required, and is not always written. "
            "What was published before would be refused or lost now."
        )
    ]


def test_two_compatible_steps_cannot_make_an_incompatible_one() -> None:
    between, after = changed(more=(str, "")), changed(more=(str, ...))
    assert incompatible(between) == []
    assert any("/more: is required" in line for line in incompatible(after, was=recorded(between)))


def test_a_type_that_holds_itself_is_compared() -> None:
    tree: Any = create_model("Tree", __base__=Value, name=(str, ...), below=("tuple[Tree, ...]", ()))
    other: Any = create_model("Tree", __base__=Value, name=(int, ...), below=("tuple[Tree, ...]", ()))
    before, after = changed(tree=(tree, ...)), changed(tree=(other, ...))
    was = Record.of(before)
    assert incompatible(before, was=was) == []
    assert any("/tree/name" in line for line in incompatible(after, was=was))


def tightened(value: Decimal) -> Decimal:
    if value > 100:
        raise ValueError("too dear")
    return value


def rounded(value: float) -> float:
    return float(round(value))


GOLDEN_ONLY: dict[str, tuple[type[Event], str]] = {
    "a rule in Python": (
        changed(price=(Annotated[Price, AfterValidator(tightened)], ...)),
        "line 1 of latu.survey.tested.v1.golden.jsonl is refused: price: Value error, too dear",
    ),
    "a value read as another": (
        changed(share=(Annotated[float, Field(ge=0, le=100), AfterValidator(rounded)], ...)),
        "line 1 of latu.survey.tested.v1.golden.jsonl is read as something else at /share",
    ),
}


@pytest.mark.parametrize("name", GOLDEN_ONLY)
def test_golden_events_catch_what_no_schema_shows(name: str) -> None:
    event, said = GOLDEN_ONLY[name]
    assert incompatible(event, was=replace(recorded(), golden=())) == []
    assert incompatible(event) == [f"{NAME}: {said}."]


class TestASecondVersion:
    def test_is_let_in_beside_the_first(self) -> None:
        assert (
            incompatible(Measured, MeasuredAgain, one=recorded(), two=recorded(MeasuredAgain, second())) == []
        )

    def test_says_how_the_first_is_read(self) -> None:
        forgetful = type("Forgetful", (MeasuredAgain,), {"EARLIER": {}})
        assert incompatible(Measured, forgetful) == [
            (
                "latu.survey.tested.v2 does not say in EARLIER how latu.survey.tested.v1 is read; "
                "it lies in the stream."
            )
        ]

    @pytest.mark.parametrize(
        ("upcast", "said"),
        [
            (lambda old: old, "is refused: amount: Field required"),
            (
                lambda old: {**old, "amount": old["cost"]},
                "is refused: A body of latu.survey.tested.v1 cannot",
            ),
        ],
    )
    def test_reads_every_golden_event_of_the_first(self, upcast: Any, said: str) -> None:
        wrong = type("Wrong", (MeasuredAgain,), {"EARLIER": {1: upcast}})
        found = incompatible(Measured, wrong)
        assert len(found) == 1
        assert f"line 1 of latu.survey.tested.v1.golden.jsonl {said}" in found[0]

    def test_is_told_as_the_first_too_until_its_sunset(self) -> None:
        silent = type("Silent", (MeasuredAgain,), {"as_earlier": lambda _: None})
        two = recorded(silent, second())
        assert incompatible(Measured, silent, one=recorded(), two=two) == [
            (
                "latu.survey.tested.v2 is not published as latu.survey.tested.v1 too (as_earlier), "
                "whose sunset has not come."
            )
        ]
        over = replace(recorded(), sunset=date(2026, 12, 1))
        assert incompatible(Measured, silent, one=over, two=two) != []
        assert incompatible(silent, one=over, two=two, today=date(2026, 12, 1)) == []

    def test_must_read_the_first_even_after_its_sunset(self) -> None:
        over = replace(recorded(), sunset=date(2026, 1, 1))
        forgetful = type("Forgetful", (MeasuredAgain,), {"EARLIER": {}, "as_earlier": lambda _: None})
        assert any("does not say in EARLIER" in line for line in incompatible(forgetful, one=over))


def test_a_version_is_published_until_its_sunset() -> None:
    assert incompatible() == [f"{NAME} was removed before its sunset; it still has readers."]
    late = replace(recorded(), sunset=date(2026, 12, 1))
    assert incompatible(was=late) != []
    assert incompatible(was=late, today=date(2026, 12, 1)) == []


def test_a_compatible_change_must_be_recorded_with_an_example() -> None:
    assert gate.unrecorded([Measured], {NAME: recorded()}) == []
    assert gate.unrecorded([changed(more=(str, ""))], {NAME: recorded()}) == [
        f"{NAME} is not as it is recorded: run `make schemas`.",
        f"{NAME}: no body in {NAME}.golden.jsonl says more; add one.",
    ]
    assert gate.unrecorded([Measured], {})[0] == f"{NAME} is not recorded: run `make schemas`."


def test_an_example_may_be_older_than_a_field_that_came_later() -> None:
    later = changed(more=(str, ""))
    both = replace(recorded(), golden=(body(), body(more="said"))).renewed(later)
    assert gate.unrecorded([later], {NAME: both}) == []
    assert incompatible(later, was=both) == []
