"""Files that count: read as tables, with the place of every dimension of the frame in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.survey.columns import find_column
from services.survey.count_sheets import COUNT_HEADERS, LABEL_HEADERS, Columns, read_counts
from services.survey.counted_tables import CountedTable, short
from services.survey.frame_plans import FrameFile
from services.survey.frame_words import Known
from services.survey.jsonstat import read_jsonstat
from services.survey.mappings import Pick, Source
from services.survey.spreadsheets import Sheet, read_sheet
from shared.errors import Invalid

_DELIMITERS = ",;\t"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class CountFile:
    """A table and which of its axes is which dimension of the frame."""

    table: CountedTable
    places: Mapping[str, int]


def read_file(file: FrameFile, data: bytes, known: Known) -> CountFile:
    """The table of a CSV, XLSX or JSON-stat 2 file. Dimensions that the plan does not name are found by name.

    Raises:
        Invalid: it cannot be read, or lacks a column; names the file and the place in it.
    """
    try:
        if data.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] == b"{":
            table = read_jsonstat(file.file, data)
            names = [(axis.code, axis.label) for axis in table.axes]
            return CountFile(table, _places(file, names, known))
        sheet = read_sheet(data, _source(file.source, data))
        return _of_sheet(file, sheet, known)
    except Invalid as invalid:
        told = f"“{short(file.file)}”"
        message = invalid.message if told in invalid.message else f"{told}: {invalid.message}"
        raise Invalid(invalid.slug, message) from None


def _source(source: Source, data: bytes) -> Source:
    """How a CSV file is written; its delimiter is what its header has most of, unless the plan names it."""
    if "delimiter" in source.model_fields_set:
        return source
    header = data.split(b"\n", 1)[0].decode("latin-1")
    return source.model_copy(update={"delimiter": max(_DELIMITERS, key=header.count)})


def _of_sheet(file: FrameFile, sheet: Sheet, known: Known) -> CountFile:
    """Columns that the plan does not speak of are left alone; without a plan every column must be known."""
    headers = sheet.headers
    count = _count_column(file, headers)
    label = next((i for i, header in enumerate(headers) if header.casefold() in LABEL_HEADERS), -1)
    places = _places(file, [(header, header) for header in headers], known)
    asked = [i for i, header in enumerate(headers) if header in file.where]
    unasked = [i for i in range(len(headers)) if i not in (count, label)]
    axes = tuple(dict.fromkeys([*places.values(), *asked, *([] if file.dimensions else unasked)]))
    table = read_counts(file.file, sheet, Columns(axes, count, label if len(places) == 1 else -1))
    return CountFile(table, {dimension: axes.index(place) for dimension, place in places.items()})


def _places(file: FrameFile, names: Sequence[tuple[str, str]], known: Known) -> dict[str, int]:
    """Dimension to the index of its axis, which the plan names or which is called as the dimension is."""
    if file.dimensions:
        return {code: _place(take.column, code, names, known) for code, take in file.dimensions.items()}
    called = [known.dimension_named(code) or known.dimension_named(label) for code, label in names]
    if not any(called):
        raise Invalid(
            "frame_dimension_missing",
            f"No column or dimension is called as a dimension of the frame is ({known.listed}). Rename one, "
            "or send a mapping that says which is which.",
        )
    return {code: called.index(code) for code in called if code}


def _place(pick: Pick | None, dimension: str, names: Sequence[tuple[str, str]], known: Known) -> int:
    if pick is None:
        found = [i for i, pair in enumerate(names) if any(known.is_called(dimension, word) for word in pair)]
        if len(found) == 1:
            return found[0]
        pick = Pick(header=dimension)
    codes, labels = [code for code, _ in names], [label for _, label in names]
    by_label = pick.header in labels and pick.header not in codes
    return find_column(pick, labels if by_label else codes, f"the dimension {dimension}")


def _count_column(file: FrameFile, headers: Sequence[str]) -> int:
    if file.count:
        return find_column(file.count, headers, "the counts")
    found = [i for i, header in enumerate(headers) if header.casefold() in COUNT_HEADERS]
    if len(found) != 1:
        raise Invalid(
            "count_column_missing",
            f"{'More than one' if found else 'No'} column is called count or lukumäärä. Call one so, or name "
            "it in the mapping as `count`.",
        )
    return found[0]
