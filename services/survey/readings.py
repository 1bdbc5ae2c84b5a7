"""What was written down for one question, read as a value that can be counted."""

from __future__ import annotations

import math
import re

from services.survey.questionnaires import Question
from shared.events import Text

Reading = int | float | str | list[str]
LONGEST_TEXT = 4000

_DECIMAL = re.compile(r"[+-]?\d{1,15}([.,]\d{1,20})?")
# Controls and lone surrogates: PostgreSQL cannot store them, people do not type them.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Unreadable(ValueError):
    """It is not an answer to the question; the message says why and never repeats what was given."""

    def __init__(self, slug: str, message: Text) -> None:
        super().__init__(message.en)
        self.slug = slug
        self.message = message


def read_value(question: Question, raw: object) -> Reading | None:
    """The value of an answer, or None where nothing was answered.

    Of several options to tick, none ticked is an answer too.

    Raises:
        Unreadable: it is not an answer to this question.
    """
    if raw is None or raw == "":
        return None
    if question.kind in ("scale", "number"):
        return _number(question, raw)
    if question.kind == "choice":
        return _option(question, raw)
    if question.kind == "multi":
        return _options(question, raw)
    return read_text(raw)


def read_text(raw: object) -> str | None:
    """A text as it may be stored, or None where it is blank.

    Raises:
        Unreadable: no text, or a longer one than can be read.
    """
    if not isinstance(raw, str):
        raise _not_a_text()
    text = _UNPRINTABLE.sub("", raw.replace("\r\n", "\n")).strip()
    if len(text) > LONGEST_TEXT:
        raise _too_long()
    return text or None


def _number(question: Question, raw: object) -> int | float:
    number = _parsed(raw)
    if question.kind == "scale" and number != int(number):
        raise _not_a_number(question)
    if not question.low <= number <= question.high:
        raise _out_of_range(question)
    return int(number) if number == int(number) else number


def _parsed(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise _no_number()
    if isinstance(raw, str) and not _DECIMAL.fullmatch(raw.strip()):
        raise _no_number()
    try:
        number = float(raw.strip().replace(",", ".") if isinstance(raw, str) else raw)
    except OverflowError:
        raise _no_number() from None
    if not math.isfinite(number):
        raise _no_number()
    return number


def _option(question: Question, raw: object) -> str:
    if isinstance(raw, str):
        for option in question.options:
            if option.code == raw:
                return raw
    raise _no_option()


def _options(question: Question, raw: object) -> list[str]:
    given = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list) or len(given) > len(question.options):
        raise _no_option()
    chosen = {_option(question, code) for code in given}
    return [option.code for option in question.options if option.code in chosen]


def _no_number() -> Unreadable:
    return Unreadable(
        "not_a_number",
        Text(fi="Anna vastaus numerona.", en="Give the answer as a number.", sv="Ge svaret som ett tal."),
    )


def _not_a_number(question: Question) -> Unreadable:
    low, high = f"{question.low:g}", f"{question.high:g}"
    return Unreadable(
        "not_on_the_scale",
        Text(
            fi=f"Valitse kokonaisluku väliltä {low}–{high}.",
            en=f"Choose a whole number from {low} to {high}.",
            sv=f"Välj ett heltal från {low} till {high}.",
        ),
    )


def _out_of_range(question: Question) -> Unreadable:
    low, high = f"{question.low:g}", f"{question.high:g}"
    return Unreadable(
        "out_of_range",
        Text(
            fi=f"Luvun täytyy olla välillä {low}–{high}.",
            en=f"The number must lie between {low} and {high}.",
            sv=f"Talet måste ligga mellan {low} och {high}.",
        ),
    )


def _no_option() -> Unreadable:
    return Unreadable(
        "not_an_option",
        Text(
            fi="Valitse vastaus annetuista vaihtoehdoista.",
            en="Choose from the options that are given.",
            sv="Välj bland de angivna alternativen.",
        ),
    )


def _not_a_text() -> Unreadable:
    return Unreadable(
        "not_a_text",
        Text(fi="Kirjoita vastaus tekstinä.", en="Write the answer as text.", sv="Skriv svaret som text."),
    )


def _too_long() -> Unreadable:
    return Unreadable(
        "too_long",
        Text(
            fi=f"Lyhennä teksti enintään {LONGEST_TEXT} merkkiin.",
            en=f"Shorten the text to at most {LONGEST_TEXT} characters.",
            sv=f"Förkorta texten till högst {LONGEST_TEXT} tecken.",
        ),
    )
