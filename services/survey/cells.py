"""One cell of a file, read by the rule that the mapping gives for it."""

from __future__ import annotations

import re

from services.survey.columns import squeezed
from services.survey.mappings import Code, Rule
from shared.errors import Invalid
from shared.vocabulary import Vocabulary

_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,20})?")
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%")


class Unread(ValueError):
    """The rule does not say what the cell means."""


def read_cell(rule: Rule, cell: str, words: Vocabulary) -> Code:
    """What a cell that is not empty means.

    Raises:
        Unread: the rule does not say; the message never repeats the cell.
    """
    text = squeezed(cell)
    if text in rule.map:
        return rule.map[text]
    for word, code in rule.contains.items():
        if word in text:
            return code
    try:
        return _banded(rule, _recoded(rule, text, words))
    except Unread:
        if rule.other is None:
            raise
        return rule.other


def _recoded(rule: Rule, text: str, words: Vocabulary) -> Code:
    if rule.recode == "municipality":
        try:
            return words.municipality(text).subregion
        except Invalid as unknown:
            raise Unread(unknown.message) from None
    if rule.recode == "percent":
        return _number(_PERCENT.search(text), 1)
    if rule.recode == "years_since" and rule.year is not None:
        return rule.year - _number(_NUMBER.fullmatch(text), 0)
    if rule.recode == "number" or rule.bands:
        return _number(_NUMBER.fullmatch(text), 0)
    if not rule.recode and (rule.map or rule.contains):
        raise Unread("The mapping does not say what this answer means.")
    return text


def _number(found: re.Match[str] | None, group: int) -> float:
    if found is None:
        raise Unread("This is not a number that can be read.")
    return float(found.group(group).replace(",", "."))


def _banded(rule: Rule, code: Code) -> Code:
    if not rule.bands:
        return code
    for band in rule.bands:
        if isinstance(code, int | float) and band.low <= code <= band.high:
            return band.code
    raise Unread("The number lies in none of the mapping's bands.")
