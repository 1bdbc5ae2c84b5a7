"""Margins: the numbers of one file, summed into the categories of the frame's dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.survey.cells import Unread, read_cell
from services.survey.count_files import CountFile
from services.survey.counted_tables import Axis, Count, CountedTable, short
from services.survey.frame_plans import FrameFile, FrameTake
from services.survey.frame_words import Known, Margin
from services.survey.mappings import Rule
from services.survey.rounds import SAME_TOTAL
from shared.errors import Invalid
from shared.vocabulary import Vocabulary

_OF_ALL = frozenset({"sss", "total", "_t", "yhteensä", "kaikki", "totalt", "samtliga", "all", "summa"})
_LEAST_WITH_A_TOTAL = 3


@dataclass(frozen=True)
class Margins:
    """What a file counts, by dimension; hidden: cells that it does not tell, taken for nobody."""

    total: float
    hidden: int
    by_dimension: Mapping[str, Margin]


@dataclass(frozen=True)
class _Lane:
    """An axis that makes a dimension: category by the file's code, None for what is left out.

    mapped: the codes that the plan maps by name.
    """

    dimension: str
    place: int
    category: Mapping[str, str | None]
    mapped: frozenset[str]


def sum_margins(found: CountFile, file: FrameFile, known: Known, words: Vocabulary) -> Margins:
    """The margin of every dimension that the file has.

    Raises:
        Invalid: a category or a number is not what it should be; says where.
    """
    table = found.table
    nothing = FrameTake()
    lanes = [
        _lane(table, _Named(code, place, file.dimensions.get(code, nothing)), known, words)
        for code, place in found.places.items()
    ]
    chosen = _chosen(table, file, {lane.place for lane in lanes})
    counted = [
        count
        for count in table.counts
        if all(count.codes[place] in codes for place, codes in chosen.items())
        and all(lane.category[count.codes[lane.place]] is not None for lane in lanes)
    ]
    values = [_value(table, file, count) for count in counted]
    for lane in lanes:
        _holds_no_total(table, lane, _summed([count.codes[lane.place] for count in counted], values))
    total = sum(values)
    if total <= 0:
        raise Invalid("count_of_nobody", f"“{short(table.name)}” counts nobody at all.")
    hidden = sum(count.value is None for count in counted)
    return Margins(
        total, hidden, {lane.dimension: _margin(table, lane, (counted, values), known) for lane in lanes}
    )


@dataclass(frozen=True)
class _Named:
    """A dimension, its axis, and the rule for its categories."""

    dimension: str
    place: int
    take: FrameTake


def _lane(table: CountedTable, named: _Named, known: Known, words: Vocabulary) -> _Lane:
    axis, take = table.axes[named.place], named.take
    category: dict[str, str | None] = {}
    for code, label in axis.categories.items():
        left_out = code in take.leave_out or label in take.leave_out
        found = "" if left_out else _category(take, (code, label), named.dimension, known, words)
        category[code] = found or None
        if not (found or left_out or take.others == "leave_out"):
            raise Invalid(
                "frame_category_unknown",
                f"“{short(table.name)}”, {axis.place(code)}: this is no category of the dimension "
                f"{named.dimension} ({known.listed_categories(named.dimension)}). Map it to one, or name it "
                "in `leave_out`.",
            )
    return _Lane(named.dimension, named.place, category, frozenset(take.map))


def _category(
    take: Rule, words_of_file: tuple[str, str], dimension: str, known: Known, words: Vocabulary
) -> str:
    """The category that the rule makes of a code, or else of its label; empty where it makes none."""
    for word in words_of_file:
        try:
            code = str(read_cell(take, word, words))
        except Unread:
            continue
        if found := known.category_named(dimension, code):
            return found
    return ""


def _chosen(table: CountedTable, file: FrameFile, taken: set[int]) -> dict[int, frozenset[str]]:
    """The codes to count on each axis that is no dimension of the frame."""
    chosen: dict[int, frozenset[str]] = {}
    for name, wanted in file.where.items():
        place = next((i for i, axis in enumerate(table.axes) if name in (axis.code, axis.label)), None)
        if place is None:
            raise Invalid("frame_axis_missing", f"“{short(table.name)}” has nothing called “{short(name)}”.")
        axis = table.axes[place]
        codes = {code for code, label in axis.categories.items() if {code, label} & {*wanted}}
        if lost := {*wanted} - codes - {axis.categories[code] for code in codes}:
            told = ", ".join(sorted(f"“{short(word)}”" for word in lost))
            raise Invalid("frame_axis_missing", f"“{short(table.name)}” has no {told} in its {axis.shown}.")
        chosen[place] = frozenset(codes)
    for place, axis in enumerate(table.axes):
        if place not in taken and place not in chosen and len(axis.categories) > 1:
            raise Invalid(
                "frame_axis_open",
                f"“{short(table.name)}” also divides by its {axis.shown} ({_some(axis)}). Make it a "
                "dimension, or name in `where` what of it to count.",
            )
    return chosen


def _some(axis: Axis) -> str:
    shown = [] if axis.rows else [f"{short(code)}" for code in list(axis.categories)[:4]]
    return ", ".join([*shown, f"{len(axis.categories)} categories"])


def _value(table: CountedTable, file: FrameFile, count: Count) -> float:
    if count.value is None and file.hidden == "zero":
        return 0.0
    if count.value is None:
        raise Invalid(
            "count_hidden",
            f"“{short(table.name)}” does not tell how many there are in {table.place(count)}. Put it "
            "together with others in the source, or say `hidden: zero` to count nobody there, and state it.",
        )
    if count.value < 0:
        raise Invalid(
            "count_negative", f"“{short(table.name)}” counts less than nobody in {table.place(count)}."
        )
    return count.value


def _holds_no_total(table: CountedTable, lane: _Lane, by_code: Mapping[str, float]) -> None:
    """A row of totals among the rows that it sums up would count everybody twice."""
    axis, everything = table.axes[lane.place], sum(by_code.values())
    for code, value in by_code.items():
        named = {code.casefold(), axis.categories[code].casefold()} & _OF_ALL
        is_sum = len(by_code) >= _LEAST_WITH_A_TOTAL and abs(2 * value - everything) < SAME_TOTAL * everything
        if named and is_sum and code not in lane.mapped:
            raise Invalid(
                "count_of_all",
                f"“{short(table.name)}”, {axis.place(code)}: this is the total of the others. Name it in "
                "`leave_out`.",
            )


def _margin(
    table: CountedTable, lane: _Lane, counted: tuple[Sequence[Count], Sequence[float]], known: Known
) -> Margin:
    axis, (counts, values) = table.axes[lane.place], counted
    sums = _summed([str(lane.category[count.codes[lane.place]]) for count in counts], values)
    for code in known.categories(lane.dimension) or tuple(sums):
        if sums.get(code, 0.0) <= 0:
            raise Invalid(
                "count_of_nobody",
                f"“{short(table.name)}” counts nobody in {short(code)} ({lane.dimension}). Correct it, or "
                "write the dimension out without that category.",
            )
    labels = {category: axis.categories[code] for code, category in lane.category.items() if category}
    return Margin(axis.label, sums, labels)


def _summed(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, value in zip(names, values, strict=True):
        sums[name] = sums.get(name, 0.0) + value
    return sums
