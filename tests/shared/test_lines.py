"""Small charts over time: where lines lie, and how values are said."""

from __future__ import annotations

import math

import pytest

from shared.web.lines import BOTTOM, LEFT, MOST_LINES, RIGHT, TOP, Series, draw, in_words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0123, "s", "12.3 ms"),
        (0.0000005, "s", "<1 ms"),
        (0, "s", "0 s"),
        (7_500, "s", "2.08 h"),
        (0.9996, "percentunit", "100 %"),
        (0.5, "percentunit", "50 %"),
        (182_000_000, "bytes", "182 MB"),
        (12, "bytes", "12 B"),
        (1_500, "short", "1.5 k"),
        (3.25, "reqps", "3.25/s"),
        (math.nan, "short", "–"),
    ],
)
def test_a_value_is_said_short_with_its_unit(value: float, unit: str, words: str) -> None:
    assert in_words(value, unit) == words  # type: ignore[arg-type]


def test_finns_and_swedes_read_a_comma() -> None:
    assert in_words(3.25, "reqps", ",") == "3,25/s"


def test_a_line_goes_over_the_whole_width_and_up_to_a_round_number() -> None:
    drawn = draw([Series("a", [(0, 0), (10, 8)])], "short", (0, 10))
    (line,) = drawn.lines
    assert line.strokes == (f"{LEFT:.1f},{BOTTOM:.1f} {RIGHT:.1f},{BOTTOM - 0.8 * (BOTTOM - TOP):.1f}",)
    assert [words for words, _ in drawn.ticks] == ["0", "5", "10"]
    assert (line.last, drawn.highest) == ("8", "8")


def test_what_is_not_finite_leaves_a_gap() -> None:
    points = [(0, 1.0), (1, 1.0), (2, math.nan), (3, 1.0), (4, math.nan)]
    (line,) = draw([Series("a", points)], "short", (0, 4)).lines
    assert len(line.strokes) == 2
    assert line.last == "–"


def test_of_many_lines_the_highest_are_drawn_and_the_rest_is_counted() -> None:
    many = [Series(str(number), [(0, number)]) for number in range(MOST_LINES + 3)]
    drawn = draw(many, "short", (0, 1))
    assert [line.label for line in drawn.lines][:2] == ["14", "13"]
    assert drawn.more == 3


def test_no_lines_are_drawn_of_nothing() -> None:
    assert draw([], "short", (0, 0)).lines == ()
