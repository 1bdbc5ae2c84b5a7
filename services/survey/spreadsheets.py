"""CSV and XLSX files as a header and rows of text."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import openpyxl

from services.survey.columns import squeezed
from services.survey.mappings import Source
from shared.errors import Invalid

_MOST_ROWS = 500_000
_LARGEST_UNPACKED = 400_000_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows of text, with the number that a spreadsheet program shows for each (the header is 1)."""

    headers: list[str]
    rows: list[tuple[int, list[str]]]


def read_sheet(data: bytes, source: Source) -> Sheet:
    """The rows of a CSV or XLSX file; rows without any text are left out.

    Raises:
        Invalid: the file cannot be read as what it seems to be; says where.
    """
    lines = _xlsx(data, source) if data.startswith(b"PK\x03\x04") else _csv(data, source)
    numbered = [(number, cells) for number, cells in enumerate(lines, start=1) if any(map(str.strip, cells))]
    if len(numbered) < 2:
        raise Invalid("file_empty", "The file holds no rows below its header.")
    if len(numbered) > _MOST_ROWS:
        raise Invalid("file_too_long", f"The file has more than {_MOST_ROWS:,} rows; import it in parts.")
    headers = [squeezed(header) for header in numbered[0][1]]
    return Sheet(headers, [(number, _even(cells, number, len(headers))) for number, cells in numbered[1:]])


def _even(cells: list[str], number: int, width: int) -> list[str]:
    if len(cells) == width:
        return cells
    raise Invalid(
        "row_broken",
        f"Row {number} has {len(cells)} cells, but the header has {width}. "
        "Look for a missing quotation mark or another delimiter.",
    )


def _csv(data: bytes, source: Source) -> list[list[str]]:
    text = _decoded(data, source.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    try:
        return list(reader)
    except csv.Error:
        raise Invalid(
            "csv_broken",
            f"The CSV file cannot be read beyond line {reader.line_num}: a quotation mark is not closed, "
            "or stands where none may stand.",
        ) from None


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except LookupError:
        raise Invalid("encoding_unknown", "The mapping names an encoding that does not exist.") from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid(
            "encoding_wrong",
            f"Line {line} of the file is not {encoding} text. "
            "Name the right encoding in the mapping, for example cp1252.",
        ) from None
    if "\x00" in text:
        raise Invalid("csv_broken", "The file holds zero bytes: it is not a CSV file in this encoding.")
    return text


def _xlsx(data: bytes, source: Source) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > _LARGEST_UNPACKED:
            raise Invalid("file_too_large", "The spreadsheet unpacks to more than 400 MB.")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise Invalid("xlsx_broken", "The file looks like an XLSX file but cannot be opened.") from None
    if source.sheet and source.sheet not in book.sheetnames:
        names = ", ".join(f"“{name}”" for name in book.sheetnames)
        raise Invalid("sheet_missing", f"The spreadsheet has no sheet of that name. It has: {names}.")
    sheet = book[source.sheet] if source.sheet else book.worksheets[0]
    return _padded([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True))


def _padded(rows: Iterable[list[str]]) -> list[list[str]]:
    """Rows of the header's width: a spreadsheet leaves empty cells at the end out, or adds some."""
    lines: Iterator[list[str]] = iter(rows)
    header = next(lines, [])
    while header and not header[-1]:
        header.pop()
    width = len(header)
    fitted = [row + [""] * (width - len(row)) for row in lines]
    return [header, *(row if any(row[width:]) else row[:width] for row in fitted)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)
