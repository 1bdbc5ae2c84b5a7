"""The comparison of schemas agrees with what happens when every corner of a type is written and read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError, create_model

from shared.events import Event, Key
from shared.schemas.comparing import Comparison
from shared.schemas.gate import first_difference
from shared.schemas.records import Record, written_by
from tests.schemas.given import NOW
from tests.schemas.shapes import KINDS, Shape, any_shape

PAIRS = 400


def event_of(shape: Shape) -> type[Event]:
    made: Any = create_model("Made", __base__=Event, thing=(Key, ...), said=(shape.annotation, ...))
    made.SUBJECT = "latu.public.survey.made.v1.<thing>"
    return made


def two_shapes(random: Random) -> tuple[Shape, Shape]:
    """Two types, mostly of the same kind: else nothing would fit."""
    kind = random.choice(KINDS)
    return kind(random), kind(random) if random.random() < 0.8 else any_shape(random)


def bodies(event: type[Event], shape: Shape, *, partly: bool) -> Iterator[dict[str, Any]]:
    """Every corner of what the event can say; `partly` also without what an earlier class did not know."""
    for value in shape.values:
        said = event(revision=1, occurred_at=NOW, thing="a", said=value)  # type: ignore[call-arg]
        body = said.model_dump(mode="json")
        yield body
        fields = getattr(shape.annotation, "model_fields", {})
        if partly and (optional := [name for name, one in fields.items() if not one.is_required()]):
            yield body | {"said": {name: v for name, v in body["said"].items() if name not in optional}}


def understands(reader: type[Event], writer: type[Event], body: dict[str, Any], *, keep: bool) -> bool:
    """Whether the reader takes a body; with `keep`, as meaning all that it means to its own class."""
    said = json.dumps(body)
    try:
        read = reader.model_validate_json(said, strict=True)
    except ValidationError:
        return False
    meant = writer.model_validate_json(said, strict=True).model_dump(mode="json")
    return not keep or not first_difference(meant, read.model_dump(mode="json"))


@pytest.mark.parametrize("keep", [False, True])
def test_what_is_said_to_fit_is_read_in_every_corner(keep: bool) -> None:
    random, fits = Random(20261124), 0  # noqa: S311
    for _ in range(PAIRS):
        one, other = two_shapes(random)
        writer, reader = event_of(one), event_of(other)
        schema = Record.of(writer).schema if keep else written_by(writer)
        if Comparison(schema, Record.of(reader).schema, keep=keep).misfits():
            continue
        fits += 1
        for body in bodies(writer, one, partly=keep):
            assert understands(reader, writer, body, keep=keep), (one.annotation, other.annotation, body)
    assert fits > PAIRS / 8


def test_whatever_does_not_change_fits() -> None:
    random = Random(7)  # noqa: S311
    for _ in range(PAIRS // 2):
        event = event_of(any_shape(random))
        schema = Record.of(event).schema
        assert Comparison(schema, schema, keep=True).misfits() == []
        assert Comparison(written_by(event), schema).misfits() == []
