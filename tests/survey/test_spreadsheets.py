"""Files as rows of text, or a sentence that says where they break."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from services.survey.mappings import Source
from services.survey.spreadsheets import read_sheet
from shared.errors import Invalid


def book(*rows: tuple[Any, ...], title: str = "Vastaukset") -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_rows_keep_the_numbers_that_a_spreadsheet_program_shows() -> None:
    sheet = read_sheet("a;b\r\n1;2\r\n\r\n;\r\n3;4\r\n".encode("utf-8-sig"), Source(delimiter=";"))
    assert sheet.headers == ["a", "b"]
    assert sheet.rows == [(2, ["1", "2"]), (5, ["3", "4"])]


def test_the_encoding_of_the_mapping_is_used() -> None:
    data = 'nimi,väli\n"Särestöniemi – museo",”lainattu”\n'.encode("cp1252")
    sheet = read_sheet(data, Source(encoding="cp1252"))
    assert sheet.headers == ["nimi", "väli"]
    assert sheet.rows == [(2, ["Särestöniemi – museo", "”lainattu”"])]


def test_headers_lose_line_breaks_and_doubled_space() -> None:
    assert read_sheet(b'"How  much\n is it? ",b\n1,2\n', Source()).headers == ["How much is it?", "b"]


@pytest.mark.parametrize(
    ("data", "source", "said"),
    [
        (b"", {}, "no rows below its header"),
        (b"a,b\n", {}, "no rows below its header"),
        (b"a,b\n1,2\n3\n", {}, "Row 3 has 1 cells, but the header has 2"),
        (b"a,b\n1,2,3\n", {}, "Row 2 has 3 cells, but the header has 2"),
        (b'a,b\n1,"2\n3,4\n', {}, "quotation mark is not closed"),
        (b'a,b\n1,"2"x\n', {}, "cannot be read beyond line 2"),
        (b"a,b\n1,\xe4\n", {}, "Line 2 of the file is not utf-8-sig text"),
        (b"a,b\n1,2\n", {"encoding": "klingon"}, "encoding that does not exist"),
        (b"a,b\n1,\x00\n", {}, "zero bytes"),
        (b"PK\x03\x04 and then nothing", {}, "cannot be opened"),
        (b"a\n" + b"x" * 200_000, {}, "cannot be read beyond line"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(data: bytes, source: dict[str, str], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_sheet(data, Source(**source))


def test_a_workbook_reads_like_a_csv_file() -> None:
    data = book(("a", "b", None), (1, 2.5), ("x", None), (True, date(2026, 1, 2)), (None, None))
    sheet = read_sheet(data, Source())
    assert sheet.headers == ["a", "b"]
    assert sheet.rows == [(2, ["1", "2.5"]), (3, ["x", ""]), (4, ["1", "2026-01-02T00:00:00"])]


def test_a_sheet_can_be_named_and_must_exist() -> None:
    data = book(("a",), ("1",), title="Toinen")
    assert read_sheet(data, Source(sheet="Toinen")).headers == ["a"]
    with pytest.raises(Invalid, match=r"no sheet of that name\. It has: “Toinen”"):
        read_sheet(data, Source(sheet="Kolmas"))


def test_a_workbook_cell_beyond_the_header_is_refused() -> None:
    with pytest.raises(Invalid, match="Row 2 has 3 cells, but the header has 2"):
        read_sheet(book(("a", "b"), (1, 2, 3)), Source())
