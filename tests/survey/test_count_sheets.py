"""Counts in sheets are read as people write them; what could mean two things is refused by its row."""

from __future__ import annotations

import pytest

from services.survey.count_sheets import Columns, read_counts
from services.survey.counted_tables import CountedTable
from services.survey.spreadsheets import Sheet
from shared.errors import Invalid


def table(*rows: tuple[str, ...], label: int = -1) -> CountedTable:
    sheet = Sheet(["Koko", "nimi", "lkm"], [(n, list(row)) for n, row in enumerate(rows, start=2)])
    return read_counts("t.csv", sheet, Columns((0,), 2, label))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1980", 1980),
        (" 1 980 ", 1980),
        ("1\u00a0980\u00a0000", 1980000),
        ("12,5", 12.5),
        ("12.25", 12.25),
        ("0.3333333", 0.3333333),
        ("-3", -3),
        ("-", 0),
        ("–", 0),
        ("", None),
        ("..", None),
        ("...", None),
    ],
)
def test_a_number_is_read_as_it_is_written(cell: str, value: float | None) -> None:
    assert table(("1-9", "", cell)).counts[0].value == value


@pytest.mark.parametrize(
    "cell", ["1,234", "1.234", "nan", "inf", "1e5", "noin 30", "1 98", "#N/A", "٣", "12 %"]
)
def test_what_is_no_clear_number_is_refused_by_its_row_and_not_repeated(cell: str) -> None:
    with pytest.raises(Invalid, match=r"Row 3 of .* has no number") as refused:
        table(("1-9", "", "5"), ("10-49", "", cell))
    assert cell not in refused.value.message.replace("“t.csv”", "")


def test_a_row_that_does_not_say_what_it_counts_is_refused() -> None:
    with pytest.raises(Invalid, match=r"Row 2 of .* does not say what it counts"):
        table((" ", "", "5"))


def test_what_is_counted_twice_names_both_rows() -> None:
    with pytest.raises(Invalid, match=r"Rows 2 and 4 of .* count the same"):
        table(("1-9", "", "5"), ("10-49", "", "5"), ("1-9", "", "6"))


def test_labels_and_rows_stay_with_their_codes() -> None:
    axis = table(("1-9", "pienet", "5"), ("10-49", "", "5"), label=1).axes[0]
    assert axis.categories == {"1-9": "pienet", "10-49": "10-49"}
    assert axis.place("10-49") == "row 3, column “Koko”"
