"""Counts in CSV and XLSX files: a column or more of categories and one of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.survey.counted_tables import Axis, Count, CountedTable, short
from services.survey.spreadsheets import Sheet
from shared.errors import Invalid

COUNT_HEADERS = ("count", "lukumäärä", "määrä", "antal", "n", "arvo", "value", "värde")
LABEL_HEADERS = ("label", "nimi", "selite", "name", "namn", "text")

# Signs of statistics offices: not told, not applicable; and nothing to count.
_UNTOLD = ("", ".", "..", "...")
_NIL = ("-", "–")
# Space may part thousands and comma or point the decimals; “1,234” could mean either and is refused.
_NUMBER = re.compile(
    r"([+-]?)([0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]{1,15})(?:[.,]([0-9]{1,2}|[0-9]{4,12}))?"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a sheet hold categories, which the numbers, which (-1: none) labels of the first."""

    axes: tuple[int, ...]
    count: int
    label: int = -1


def read_counts(name: str, sheet: Sheet, columns: Columns) -> CountedTable:
    """The table in a sheet.

    Raises:
        Invalid: a number cannot be read, or one is given twice; names the row.
    """
    counts = []
    for row, cells in sheet.rows:
        codes = tuple(" ".join(cells[column].split()) for column in columns.axes)
        if not all(codes):
            raise Invalid("count_broken", f"Row {row} of “{short(name)}” does not say what it counts.")
        counts.append(Count(codes, _number(cells[columns.count], row, name), row))
    _not_twice(name, counts)
    axes = tuple(_axis(sheet, place, columns, counts) for place in range(len(columns.axes)))
    return CountedTable(name, "", axes, counts)


def _axis(sheet: Sheet, place: int, columns: Columns, counts: Sequence[Count]) -> Axis:
    header = sheet.headers[columns.axes[place]]
    rows: dict[str, int] = {}
    for count in counts:
        rows.setdefault(count.codes[place], count.row)
    labelled = columns.label >= 0 and place == 0
    labels = {row: cells[columns.label].strip() for row, cells in sheet.rows} if labelled else {}
    return Axis(header, header, {code: labels.get(row) or code for code, row in rows.items()}, rows)


def _number(cell: str, row: int, name: str) -> float | None:
    text = cell.strip()
    if text in _UNTOLD:
        return None
    if text in _NIL:
        return 0.0
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Invalid(
            "count_broken",
            f"Row {row} of “{short(name)}” has no number that can be read where its count should be. "
            "Write it without a sign for thousands, such as 1980.",
        )
    sign, whole, decimals = found.groups()
    return float(f"{sign}{re.sub(r'[^0-9]', '', whole)}.{decimals or 0}")


def _not_twice(name: str, counts: Sequence[Count]) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for count in counts:
        first = seen.setdefault(count.codes, count.row)
        if first != count.row:
            raise Invalid(
                "count_twice",
                f"Rows {first} and {count.row} of “{short(name)}” count the same. Take one out, or choose by "
                "another column with `where`.",
            )
