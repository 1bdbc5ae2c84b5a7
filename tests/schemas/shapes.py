"""Made-up types, each with values that reach every corner of it: what compares them can be checked by trying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from random import Random
from typing import Annotated, Any, Literal, Union

from pydantic import Field, create_model

from shared.events import Value

FAR = 10**6


@dataclass(frozen=True)
class Shape:
    """A type and values of it; with a default it may be left out."""

    annotation: Any
    values: Sequence[Any]
    default: Any = ...


def whole_numbers(random: Random) -> Shape:
    low, high = random.choice([None, 0, 1]), random.choice([None, 2, 3])
    values = [-FAR if low is None else low, 1, 2, FAR if high is None else high]
    return Shape(Annotated[int, Field(ge=low, le=high)], values)


def numbers(random: Random) -> Shape:
    low, high, open_ = random.choice([None, 0, 1]), random.choice([None, 2, 3]), random.random() < 0.5
    above = {"gt" if open_ else "ge": low}
    values = [-FAR if low is None else low + 0.01 * open_, 1.5, FAR if high is None else high]
    return Shape(Annotated[float, Field(le=high, **above)], [float(value) for value in values])


def decimals(random: Random) -> Shape:
    digits, places = random.choice([(4, 2), (5, 2), (5, 1)])
    top = random.choice([None, 90])
    values = [Decimal(text) for text in ("0", "1." + "9" * places, "9" * (digits - places), "90")]
    fitting = [value for value in values if top is None or value <= top]
    return Shape(Annotated[Decimal, Field(max_digits=digits, decimal_places=places, le=top)], fitting)


def texts(random: Random) -> Shape:
    least, most = random.choice([0, 1]), random.choice([None, 1, 2])
    sizes = {least, 1, 99 if most is None else most}
    return Shape(Annotated[str, Field(min_length=least, max_length=most)], ["a" * size for size in sizes])


def words(random: Random) -> Shape:
    values = random.sample(["a", "bb", "ccc", 1, True], random.choice([1, 2, 3]))
    return Shape(Literal[tuple(values)], values)


def nothing(_: Random) -> Shape:
    return Shape(None, [None])


def either(random: Random) -> Shape:
    one, two = any_shape(random, 1), any_shape(random, 1)
    return Shape(Union[one.annotation, two.annotation], [*one.values, *two.values])  # noqa: UP007


def lists(random: Random) -> Shape:
    part, most = any_shape(random, 1), random.choice([None, 0, 1])
    longest = 3 if most is None else most
    values = [(value,) * length for value in part.values for length in range(longest + 1)]
    return Shape(Annotated[tuple[part.annotation, ...], Field(max_length=most)], values)


def pairs(random: Random) -> Shape:
    one, two = any_shape(random, 1), any_shape(random, 1)
    return Shape(tuple[one.annotation, two.annotation], list(product(one.values[:3], two.values[:3])))


def tables(random: Random) -> Shape:
    part = any_shape(random, 1)
    return Shape(dict[str, part.annotation], [{}, *({name: v} for v in part.values for name in ("p", "z"))])


def anything(_: Random) -> Shape:
    return Shape(Any, [None, 1, "a", 1.5, [1], {"p": 1}])


def objects(random: Random, names: Sequence[str] = ("p", "q")) -> Shape:
    fields: dict[str, Shape] = {}
    for name in random.sample(names, random.choice([1, len(names)])):
        part = any_shape(random, 1)
        default = part.values[0] if random.random() < 0.4 else ...
        fields[name] = Shape(part.annotation, part.values, default)
    made: Any = create_model(
        "Made",
        __base__=Value,
        **{name: (part.annotation, part.default) for name, part in fields.items()},
    )
    chosen = [
        dict(zip(fields, values, strict=True)) for values in product(*(p.values for p in fields.values()))
    ]
    return Shape(made, [made(**one) for one in chosen[:40]])


FLAT = (whole_numbers, numbers, decimals, texts, words, nothing)
DEEP = (either, lists, pairs, tables, objects, anything)
KINDS = (*FLAT, *DEEP)


def any_shape(random: Random, depth: int = 0) -> Shape:
    """A type at random, one level deep at most."""
    return random.choice(FLAT if depth else (*FLAT, *DEEP, *DEEP))(random)
