"""An answer as it was sent in, and whether it can be counted: one rule for pages and programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.survey.forms import Form
from services.survey.readings import Reading, Unreadable, read_value
from shared.errors import Invalid
from shared.events import Text

LANGUAGES = ("fi", "en", "sv")
_PARTS = frozenset({"background", "values", "open", "language", "organisation"})

_MESSAGES = {
    "missing": Text(
        fi="Vastaa tähän kysymykseen.", en="Answer this question.", sv="Svara på den här frågan."
    ),
    "unknown_category": Text(
        fi="Valitse vastaus luettelosta.", en="Choose from the list.", sv="Välj från listan."
    ),
    "unknown_municipality": Text(
        fi="Tämä ei ole Lapin kunta. Valitse kunta luettelosta.",
        en="This is not a municipality of Lapland. Choose one from the list, by its three-digit code.",
        sv="Detta är ingen kommun i Lappland. Välj en kommun från listan.",
    ),
    "not_asked": Text(
        fi="Tässä on jotakin, mitä kierros ei kysy.",
        en="This holds something that the round does not ask.",
        sv="Här finns något som omgången inte frågar.",
    ),
    "nothing_answered": Text(
        fi="Vastaa ainakin yhteen kysymykseen.",
        en="Answer at least one question.",
        sv="Svara på minst en fråga.",
    ),
}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that can be counted: category by dimension, value and text by question code."""

    segment: dict[str, str]
    values: dict[str, Reading]
    opens: dict[str, str]
    language: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of an answer; it never repeats what was given."""

    field: str
    slug: str
    message: Text


class Unanswerable(Invalid):
    """An answer that cannot be counted, with every problem that it has."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        reasons = "; ".join(f"{p.field}: {p.message.en}" for p in self.problems[:20])
        super().__init__("answer_not_valid", f"The answer cannot be counted. {reasons}")


def read_answer(form: Form, raw: Mapping[str, object]) -> Given:
    """The answer, if it can be counted.

    `raw` has the parts `background` (field to code), `values` (question code to number, option code or list
    of option codes), `open` (question code to text) and `language`; only the background must be whole.

    Raises:
        Unanswerable: with every problem found.
    """
    problems = [_problem("answer", "not_asked")] if set(raw) - _PARTS else []
    segment = _segment(form, _part(raw, "background", problems), problems)
    values = _read(form, _part(raw, "values", problems), "values", problems)
    opens = _read(form, _part(raw, "open", problems), "open", problems)
    problems += _left_out(form, {**values, **opens}, {problem.field for problem in problems})
    if problems:
        raise Unanswerable(problems)
    language = raw.get("language")
    return Given(
        segment=segment,
        values=values,
        opens={code: str(text) for code, text in opens.items()},
        language=language if isinstance(language, str) and language in LANGUAGES else LANGUAGES[0],
    )


def raw_answer(form: Form, fields: Sequence[tuple[str, str]]) -> dict[str, object]:
    """The fields of a page as `read_answer` wants them: `b-municipality`, `q-balance`, `language`."""
    background: dict[str, str] = {}
    values: dict[str, object] = {c: [] for c, q in form.questions.items() if q.kind == "multi"}
    opens: dict[str, str] = {}
    for name, text in fields:
        question = form.questions.get(name.removeprefix("q-"))
        if name.startswith("b-"):
            background[name.removeprefix("b-")] = text
        elif question is None or not name.startswith("q-"):
            continue
        elif question.kind == "multi":
            values[question.code] = [*_as_list(values.get(question.code)), text]
        else:
            (opens if question.kind == "open" else values)[question.code] = text
    language = next((text for name, text in fields if name == "language"), "")
    return {"background": background, "values": values, "open": opens, "language": language}


def _as_list(given: object) -> list[object]:
    return given if isinstance(given, list) else []


def _part(raw: Mapping[str, object], name: str, problems: list[Problem]) -> Mapping[str, object]:
    part = raw.get(name) or {}
    if isinstance(part, Mapping):
        return part
    problems.append(_problem(name, "not_asked"))
    return {}


def _segment(form: Form, given: Mapping[str, object], problems: list[Problem]) -> dict[str, str]:
    segment = {}
    for background in form.backgrounds:
        code = given.get(background.field)
        categories = form.categories[background.field]
        if isinstance(code, str) and code in categories:
            segment[background.dimension] = categories[code]
        elif code is None or code == "":
            problems.append(_problem(background.field, "missing"))
        elif background.field == "municipality":
            problems.append(_problem(background.field, "unknown_municipality"))
        else:
            problems.append(_problem(background.field, "unknown_category"))
    if any(field not in form.categories for field in given):
        problems.append(_problem("background", "not_asked"))
    return segment


def _read(form: Form, given: Mapping[str, object], part: str, problems: list[Problem]) -> dict[str, Reading]:
    read: dict[str, Reading] = {}
    asked = {code for code in given if code in form.questions and _part_of(form, code) == part}
    if len(asked) < len(given):
        problems.append(_problem(part, "not_asked"))
    for code in sorted(asked):
        try:
            value = read_value(form.questions[code], given[code])
        except Unreadable as unreadable:
            problems.append(Problem(code, unreadable.slug, unreadable.message))
        else:
            if value is not None:
                read[code] = value
    return read


def _part_of(form: Form, code: str) -> str:
    return "open" if form.questions[code].kind == "open" else "values"


def _left_out(form: Form, read: Mapping[str, Reading], wrong: set[str]) -> list[Problem]:
    missing = [c for c, q in form.questions.items() if q.required and c not in read and c not in wrong]
    if not wrong and not missing and all(value == [] for value in read.values()):
        return [_problem("values", "nothing_answered")]
    return [_problem(code, "missing") for code in missing]


def _problem(field: str, slug: str) -> Problem:
    return Problem(field, slug, _MESSAGES[slug])
