"""Numerals: numbers as people write them in a language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from shared.events import Text

LANGUAGES: Final = ("fi", "en", "sv")

Told = float | str | Text | None


def in_digits(digits: str, language: str) -> str:
    """Digits with the decimal sign of a language and a real minus."""
    text = digits.replace("-", "−")
    return text if language == "en" else text.replace(".", ",")


def in_figures(value: float | None, language: str, digits: int = 6) -> str:
    """A number with so many significant digits, without needless zeros; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    return in_digits(f"{value + 0.0:.{digits}g}", language)


def short(value: float) -> float:
    """A number to three significant digits."""
    return float(f"{value:.3g}")


def say(template: Text, told: Mapping[str, Told]) -> Text:
    """A sentence in every language, with its numbers and words filled in."""
    return Text(**{language: _filled(template, told, language) for language in LANGUAGES})


def _filled(template: Text, told: Mapping[str, Told], language: str) -> str:
    words = {name: _word(value, language) for name, value in told.items()}
    return template.in_language(language).format(**words)


def _word(value: Told, language: str) -> str:
    if isinstance(value, Text):
        return value.in_language(language)
    return value if isinstance(value, str) else in_figures(value, language)
