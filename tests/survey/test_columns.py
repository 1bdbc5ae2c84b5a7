"""Columns are found by what the mapping says of them, or the nearest ones are named."""

from __future__ import annotations

import pytest

from services.survey.columns import find_column
from services.survey.mappings import Pick
from shared.errors import Invalid

HEADERS = [
    "Kunta",
    "Last year - How was it?",
    "In the last 3 months - How was it?",
    "Organisation size",
    "Notes",
    "Notes",
]


@pytest.mark.parametrize(
    ("pick", "index"),
    [
        ("Kunta", 0),
        (" Organisation   size ", 3),
        ({"starts": "Last year"}, 1),
        ({"starts": "In the last", "ends": "How was it?"}, 2),
        ({"position": 6}, 5),
    ],
)
def test_a_column_is_found(pick: object, index: int) -> None:
    assert find_column(Pick.model_validate(pick), HEADERS, "x") == index


def test_a_missing_column_is_named_with_the_nearest_headers() -> None:
    with pytest.raises(Invalid) as refused:
        find_column(Pick(header="Kunnta"), HEADERS, "the dimension sub-region")
    assert refused.value.message.startswith(
        "The mapping asks for the column “Kunnta” (for the dimension sub-region), which the file does not have. "
        "Nearest in the file: “Kunta”"
    )


@pytest.mark.parametrize("pick", [{"header": "Notes"}, {"ends": "How was it?"}])
def test_a_column_that_is_not_the_only_one_is_refused(pick: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="fits 2 columns of the file, numbers"):
        find_column(Pick.model_validate(pick), HEADERS, "x")


def test_a_position_beyond_the_file_is_missing() -> None:
    with pytest.raises(Invalid, match="column “number 7”"):
        find_column(Pick(position=7), HEADERS, "x")


def test_long_headers_are_shortened_in_the_message() -> None:
    with pytest.raises(Invalid) as refused:
        find_column(Pick(header="x"), ["long " * 100], "x")
    assert len(refused.value.message) < 300
