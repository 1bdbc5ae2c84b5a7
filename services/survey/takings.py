"""Readers that take one thing - a category, a value, a text - from the cells of a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from services.survey.cells import Unread, read_cell
from services.survey.columns import find_column, squeezed
from services.survey.mappings import Pick, Take
from services.survey.questionnaires import Question
from services.survey.readings import Reading, Unreadable, read_text, read_value
from shared.errors import Invalid
from shared.vocabulary import Vocabulary

Cells = Sequence[str]
Taker = Callable[[Cells], Reading | None]
_SHOWN = 60


class NotTaken(ValueError):
    """A cell cannot be read: which column, and why."""

    def __init__(self, header: str, message: str) -> None:
        short = header if len(header) <= _SHOWN else header[: _SHOWN - 1] + "…"
        super().__init__(f"column “{short}”: {message}")


@dataclass(frozen=True, slots=True)
class Desk:
    """What every reader of one file shares: its header, what stands for no answer, the region's words."""

    headers: list[str]
    missing: frozenset[str]
    words: Vocabulary


def take_category(take: Take, dimension: str, categories: Collection[str], desk: Desk) -> Taker:
    """Reads the category of one dimension; None where the row does not tell it."""

    def category(cell: str) -> Reading:
        code = str(read_cell(take, cell, desk.words))
        if code not in categories:
            raise Unread("This gives a category that the frame does not count.")
        return code

    return _one(take.column, f"the dimension {dimension}", desk, category)


def take_value(take: Take, question: Question, desk: Desk) -> Taker:
    """Reads the value of one question; None where it was not answered."""
    if question.kind == "multi":
        return _ticked(take, question, desk) if take.ticks else _several(take, question, desk)

    def value(cell: str) -> Reading | None:
        code = read_cell(take, cell, desk.words)
        try:
            return read_value(question, str(code) if question.kind == "choice" else code)
        except Unreadable as unreadable:
            if unreadable.slug == "out_of_range" and take.out_of_range == "missing":
                return None
            raise

    return _one(take.column, f"the question {question.code}", desk, value)


def take_text(pick: Pick, purpose: str, desk: Desk) -> Taker:
    """Reads a text as it was written; None where there is none."""
    return _one(pick, purpose, desk, read_text)


def _several(take: Take, question: Question, desk: Desk) -> Taker:
    """Reads the options that one or several cells name; an empty code names none of them."""

    def options(cell: str) -> Reading | None:
        pieces = cell.split(take.split) if take.split else [cell]
        codes = {str(read_cell(take, piece, desk.words)) for piece in pieces if squeezed(piece)}
        return read_value(question, sorted(codes - {""}))

    picks = take.columns or (take.column,)
    takers = [_one(pick, f"the question {question.code}", desk, options) for pick in picks]

    def chosen(cells: Cells) -> Reading | None:
        lists = [codes for codes in (taker(cells) for taker in takers) if isinstance(codes, list)]
        return _in_order(question, {code for codes in lists for code in codes}) if lists else None

    return chosen


def _ticked(take: Take, question: Question, desk: Desk) -> Taker:
    """Reads one column for each option. Nothing ticked is an answer too: asked, and none of them held."""
    for option, pick in take.ticks.items():
        if option not in {known.code for known in question.options}:
            raise Invalid(
                "mapping_does_not_fit",
                f"The mapping's column “{pick.wanted}” ticks “{option}”, "
                f"which is no option of {question.code}.",
            )
    purpose = f"the question {question.code}"
    places = {option: find_column(pick, desk.headers, purpose) for option, pick in take.ticks.items()}
    ticked = frozenset(map(squeezed, take.ticked))

    def chosen(cells: Cells) -> Reading | None:
        told = {option: squeezed(cells[at]) for option, at in places.items()}
        if all(cell in desk.missing for cell in told.values()):
            return None
        return _in_order(question, {option for option, cell in told.items() if cell in ticked})

    return chosen


def _in_order(question: Question, codes: set[str]) -> list[str]:
    return [option.code for option in question.options if option.code in codes]


def _one(pick: Pick | None, purpose: str, desk: Desk, understand: Callable[[str], Reading | None]) -> Taker:
    """A reader of one cell. Files repeat themselves: each different cell is understood once."""
    if pick is None:
        raise Invalid("mapping_does_not_fit", f"The mapping must name one column for {purpose}.")
    at = find_column(pick, desk.headers, purpose)
    understood: dict[str, Reading | None] = {}

    def read(cells: Cells) -> Reading | None:
        cell = cells[at]
        if cell not in understood:
            understood[cell] = None if squeezed(cell) in desk.missing else fresh(cell)
        return understood[cell]

    def fresh(cell: str) -> Reading | None:
        try:
            return understand(cell)
        except Unread as unread:
            raise NotTaken(desk.headers[at], str(unread)) from None
        except Unreadable as unreadable:
            raise NotTaken(desk.headers[at], unreadable.message.en) from None

    return read
