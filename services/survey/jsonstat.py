"""JSON-stat 2 (json-stat.org), the format in which the PxWeb databases of statistics offices give tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NoReturn

from services.survey.counted_tables import Axis, Count, CountedTable, short
from shared.errors import Invalid

_MOST_CELLS = 500_000
# The sign of statistics offices for “nothing to count here”; a PxWeb server may give it without a value.
_NIL = "-"


def read_jsonstat(name: str, data: bytes) -> CountedTable:
    """The table in a JSON-stat 2 file, with `value` as a list or as an object of those that are known.

    Raises:
        Invalid: it is none, or it contradicts itself; says where.
    """
    document = _document(name, data)
    axes = tuple(_axes(name, document))
    cells = math.prod(len(axis.categories) for axis in axes)
    if cells > _MOST_CELLS:
        raise _broken(name, f"has {cells:,} cells, more than {_MOST_CELLS:,}. Ask for fewer categories")
    values, status = _by_cell(name, document, "value", cells), _by_cell(name, document, "status", cells)
    places = product(*(axis.categories for axis in axes))
    title = [str(document[key]) for key in ("label", "source", "updated") if document.get(key)]
    table = CountedTable(name, ", ".join(title), axes, ())
    counts = [
        Count(codes, _number(table, codes, values.get(index), status.get(index)))
        for index, codes in enumerate(places)
    ]
    return CountedTable(name, table.about, axes, counts)


def _document(name: str, data: bytes) -> Mapping[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise _broken(name, f"holds {constant}, which is no number")

    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except UnicodeDecodeError:
        raise _broken(name, "is not UTF-8 text, as JSON must be") from None
    except json.JSONDecodeError as error:
        raise _broken(name, f"is not valid JSON: look at line {error.lineno}") from None
    except (RecursionError, ValueError):
        raise _broken(name, "is not valid JSON") from None
    if not isinstance(document, dict) or "id" not in document or "value" not in document:
        old = isinstance(document, dict) and "dataset" in document
        hint = "is JSON-stat 1. Ask for the format json-stat2" if old else "is no JSON-stat 2 table"
        raise _broken(name, hint)
    return document


def _axes(name: str, document: Mapping[str, Any]) -> Iterator[Axis]:
    ids, sizes, dimensions = document.get("id"), document.get("size"), document.get("dimension")
    if not (isinstance(ids, list) and isinstance(sizes, list) and isinstance(dimensions, dict)):
        raise _broken(name, "needs the parts id, size and dimension")
    if not ids or len(ids) != len(sizes) or len({str(code) for code in ids}) != len(ids):
        raise _broken(name, "does not have one size for each dimension in id")
    for code, size in zip(ids, sizes, strict=True):
        written = dimensions.get(code) if isinstance(code, str) else None
        if not isinstance(written, dict):
            raise _broken(name, f"does not describe its dimension “{short(str(code))}”")
        categories = _categories(name, code, written.get("category"))
        if len(categories) != size:
            found = f"has {len(categories)} categories, but size says otherwise"
            raise _broken(name, f"contradicts itself: the dimension “{short(code)}” {found}")
        yield Axis(code, str(written.get("label") or code), categories)


def _categories(name: str, dimension: str, written: object) -> dict[str, str]:
    """The codes in their order with their labels; a dimension of one category may have a label only."""
    index = written.get("index") if isinstance(written, dict) else None
    labels = written.get("label") if isinstance(written, dict) else None
    labels = labels if isinstance(labels, dict) else {}
    if index is None and len(labels) == 1:
        index = list(labels)
    if isinstance(index, dict):
        places = list(index.values())
        if all(type(place) is int for place in places) and sorted(places) == list(range(len(index))):
            index = sorted(index, key=index.__getitem__)
    if not isinstance(index, list) or not index or not all(isinstance(code, str) for code in index):
        raise _broken(name, f"does not list the categories of its dimension “{short(dimension)}” in order")
    if len(set(index)) < len(index):
        raise _broken(name, f"names a category of its dimension “{short(dimension)}” twice")
    return {code: str(labels.get(code) or code) for code in index}


def _by_cell(name: str, document: Mapping[str, Any], part: str, cells: int) -> dict[int, Any]:
    """`value` or `status` by the number of the cell."""
    given = document.get(part)
    if isinstance(given, list):
        if len(given) != cells and not (part == "status" and len(given) == 1):
            raise _broken(
                name, f"has {len(given):,} entries in {part}, but its dimensions make {cells:,} cells"
            )
        return dict(enumerate(given * cells if len(given) < cells else given))
    if isinstance(given, dict):
        keys = [int(key) if key.isdecimal() and len(key) < 10 else cells for key in given]
        if max(keys, default=0) >= cells:
            raise _broken(name, f"has entries in {part} for cells that its dimensions do not make")
        return dict(zip(keys, given.values(), strict=True))
    if part == "status":
        return {} if given is None else dict.fromkeys(range(cells), given)
    raise _broken(name, "has neither a list nor an object of values")


def _number(table: CountedTable, codes: tuple[str, ...], value: object, status: object) -> float | None:
    if value is None:
        return 0.0 if status == _NIL else None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        raise _broken(table.name, f"has no number that can be used in {table.place(Count(codes, None))}")
    return float(value)


def _broken(name: str, what: str) -> Invalid:
    return Invalid("jsonstat_broken", f"The file “{short(name)}” {what}.")
