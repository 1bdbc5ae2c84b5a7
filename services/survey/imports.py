"""A file's rows as answers that can be counted, or every reason why they cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.survey.columns import find_column, nearest_headers, squeezed
from services.survey.mappings import FileMapping, Keep
from services.survey.questionnaires import Questionnaire
from services.survey.readings import Reading
from services.survey.rounds import Round
from services.survey.spreadsheets import Sheet
from services.survey.submissions import LANGUAGES, Given
from services.survey.takings import Cells, Desk, NotTaken, Taker, take_category, take_text, take_value
from shared.errors import Invalid
from shared.vocabulary import Vocabulary

_TOLD = 8


@dataclass(frozen=True, slots=True)
class Imported:
    """One answer from a file, with the token of its organisation where the file names one."""

    given: Given
    organisation: str


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a file gave: its answers, how many rows were read, and how many dropped for which reason."""

    answers: list[Imported]
    read: int
    dropped: dict[str, int]


class Unimportable(Invalid):
    """Cells that cannot be read: nothing of the file is taken."""

    def __init__(self, problems: Sequence[str]) -> None:
        told = " ".join(problems[:_TOLD])
        more = f" And {len(problems) - _TOLD} more." if len(problems) > _TOLD else ""
        super().__init__("cells_not_readable", f"Nothing was imported. {told}{more}")


@dataclass(frozen=True, slots=True)
class _Plan:
    keeps: list[tuple[int, frozenset[str], str]]
    segment: dict[str, Taker]
    values: dict[str, Taker]
    opens: dict[str, Taker]
    organisation: Taker | None
    language: Taker | str


def harvest(
    mapping: FileMapping, asked: tuple[Round, Questionnaire], sheet: Sheet, words: Vocabulary
) -> Harvest:
    """The answers that the rows of `sheet` are, by `mapping`.

    Raises:
        Invalid: the mapping does not fit the file, the round or its questionnaire.
        Unimportable: cells that cannot be read, with their rows and columns.
    """
    plan = _plan(mapping, asked, Desk(sheet.headers, _missing(mapping), words))
    answers: list[Imported] = []
    dropped: Counter[str] = Counter()
    problems: list[str] = []
    for number, cells in sheet.rows:
        try:
            taken = _dropped(plan, cells) or _answer(plan, cells)
        except NotTaken as problem:
            problems.append(f"Row {number}, {problem}")
            continue
        if isinstance(taken, str):
            dropped[taken] += 1
        else:
            answers.append(taken)
    if problems:
        raise Unimportable(problems)
    return Harvest(answers, len(sheet.rows), dict(dropped))


def _missing(mapping: FileMapping) -> frozenset[str]:
    return frozenset(map(squeezed, ("", *mapping.source.missing)))


def _plan(mapping: FileMapping, asked: tuple[Round, Questionnaire], desk: Desk) -> _Plan:
    round_, questionnaire = asked
    questions = {question.code: question for question in questionnaire.questions}
    categories = {d.code: {c.code for c in d.categories} for d in round_.frame.dimensions}
    _must_be(mapping.segment, categories, "dimension of the round's frame")
    _must_be(mapping.values, [c for c, q in questions.items() if q.kind != "open"], "closed question")
    _must_be(mapping.opens, [c for c, q in questions.items() if q.kind == "open"], "open question")
    _tells_all(mapping, categories)
    return _Plan(
        keeps=[_keep(keep, desk) for keep in mapping.keep],
        segment={d: take_category(take, d, categories[d], desk) for d, take in mapping.segment.items()},
        values={code: take_value(take, questions[code], desk) for code, take in mapping.values.items()},
        opens={code: take_text(pick, f"the question {code}", desk) for code, pick in mapping.opens.items()},
        organisation=_organisation(mapping, desk),
        language=_language(mapping, desk),
    )


def _keep(keep: Keep, desk: Desk) -> tuple[int, frozenset[str], str]:
    at = find_column(keep.column, desk.headers, "the rows to keep")
    return at, frozenset(map(squeezed, keep.any_of)), keep.otherwise


def _organisation(mapping: FileMapping, desk: Desk) -> Taker | None:
    return take_text(mapping.organisation, "the organisation", desk) if mapping.organisation else None


def _language(mapping: FileMapping, desk: Desk) -> Taker | str:
    if isinstance(mapping.language, str):
        return mapping.language
    return take_category(mapping.language, "language", LANGUAGES, desk)


def _must_be(names: Collection[str], known: Collection[str], what: str) -> None:
    for name in names:
        if name not in known:
            nearest = ", ".join(nearest_headers(name, list(known), 3))
            raise Invalid(
                "mapping_does_not_fit", f"The mapping names “{name}”, which is no {what}. Nearest: {nearest}."
            )


def _tells_all(mapping: FileMapping, categories: Collection[str]) -> None:
    untold = ", ".join(sorted(set(categories) - set(mapping.segment)))
    if untold:
        raise Invalid(
            "mapping_does_not_fit",
            f"The mapping does not say how a row tells {untold}; "
            "every dimension of the round's frame is needed.",
        )


def _dropped(plan: _Plan, cells: Cells) -> str:
    return next((otherwise for at, kept, otherwise in plan.keeps if squeezed(cells[at]) not in kept), "")


def _answer(plan: _Plan, cells: Cells) -> Imported | str:
    """The answer in a row, or the reason to drop it."""
    segment = {dimension: take(cells) for dimension, take in plan.segment.items()}
    untold = [dimension for dimension, category in segment.items() if category is None]
    if untold:
        return f"does not tell {untold[0]}"
    values = _taken(plan.values, cells)
    opens = _taken(plan.opens, cells)
    if not opens and all(value == [] for value in values.values()):
        return "answers nothing"
    language = plan.language if isinstance(plan.language, str) else plan.language(cells)
    given = Given(
        segment={dimension: str(category) for dimension, category in segment.items()},
        values=values,
        opens={code: str(text) for code, text in opens.items()},
        language=str(language or LANGUAGES[0]),
    )
    return Imported(given, str(plan.organisation(cells) or "") if plan.organisation else "")


def _taken(takers: dict[str, Taker], cells: Cells) -> dict[str, Reading]:
    taken = {code: take(cells) for code, take in takers.items()}
    return {code: value for code, value in taken.items() if value is not None}
