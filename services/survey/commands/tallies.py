"""Tallies: brought up to the last answer, and freed of what is erased."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from services.survey.answers import AnswerSet
from services.survey.counting import Counted, count
from services.survey.forms import Form
from services.survey.layers import Layer, Layers
from services.survey.store import answers as rows
from services.survey.store import tallies as store
from services.survey.store.releases import load_seal_key
from services.survey.store.rounds import load_form
from shared.db import Transaction

_AT_A_TIME = 10_000


@dataclass(frozen=True)
class _Book:
    """What is needed to count the answers of a round. key: of their seals."""

    form: Form
    watermarks: Sequence[int]
    key: bytes

    @property
    def by_person(self) -> bool:
        """Whether every answer is a unit of its own."""
        return self.form.round.unit == "person"

    def count(self, found: Sequence[RowMapping]) -> Layers:
        """The layers of some rows of answers."""
        return count(rows.form_answers(self.form, found), self.watermarks, self.key)


@dataclass(frozen=True)
class Touched:
    """The units of a round of which answers are about to go, with their answers so far."""

    book: _Book
    counted_to: int
    units: Sequence[RowMapping]


async def count_round(tx: Transaction, code: str) -> Counted:
    """Count the answers that came since the last time; the round stays locked until the transaction ends.

    Raises:
        NotFound: there is no such round.
    """
    await store.lock_round(tx, code)
    book = await _book(tx, code)
    last = await rows.load_last_number(tx)
    counted_to = await store.load_counted_to(tx, book.form)
    layers = await store.load_layers(tx, book.form, counted_to)
    if not counted_to:
        await store.delete_layers(tx, book.form)
    changed: set[Layer] = set()
    while new := await rows.list_answers(tx, code, counted_to, last, _AT_A_TIME):
        change = await _change(tx, book, new, counted_to)
        layers, counted_to = layers + change, int(new[-1]["seq"])
        changed.update(change.keys)
    if changed:
        await store.save_layers(tx, book.form, layers, changed)
        await store.save_counted_to(tx, book.form, counted_to)
    erased = tuple(await rows.list_erased(tx, book.form, last))
    people = await _people(tx, book, counted_to)
    return Counted(layers, erased, max([counted_to, *(gone.seq for gone in erased)]), people)


async def _people(tx: Transaction, book: _Book, counted_to: int) -> AnswerSet | None:
    """The answers themselves, where only they can tell how alike colleagues answered."""
    code = book.form.round.round
    if not book.by_person or await rows.find_organisation(tx, code) is None:
        return None
    answers = await rows.load_answer_set(tx, code)
    return answers.until(counted_to)


async def _change(tx: Transaction, book: _Book, new: Sequence[RowMapping], counted_to: int) -> Layers:
    """What new answers change: their units are taken out as they were, and in again as they are."""
    if book.by_person:
        return book.count(new)
    code = book.form.round.round
    before = await rows.list_answers_of_units(tx, code, new, counted_to, by_person=False)
    return book.count([*before, *new]) - book.count(before)


async def find_touched(tx: Transaction, going: Sequence[Mapping[str, Any]]) -> list[Touched]:
    """Before answers are erased: the units that they are of. No round is counted until the transaction ends.

    The caller holds the lock on all rounds.
    """
    found = []
    for code in sorted({row["round"] for row in going}):
        book = await _book(tx, code)
        counted_to = await store.load_counted_to(tx, book.form)
        own = [row for row in going if row["round"] == code]
        units = await rows.list_answers_of_units(tx, code, own, counted_to, by_person=book.by_person)
        found.append(Touched(book, counted_to, units))
    return found


async def take_out(tx: Transaction, touched: Sequence[Touched]) -> None:
    """After answers were erased: take them out of the tallies."""
    for one in touched:
        form = one.book.form
        left = await rows.list_answers_of_units(
            tx, form.round.round, one.units, one.counted_to, by_person=one.book.by_person
        )
        change = one.book.count(one.units) - one.book.count(left)
        layers = await store.load_layers(tx, form, one.counted_to) - change
        await store.save_layers(tx, form, layers, change.keys)


async def _book(tx: Transaction, code: str) -> _Book:
    form = await load_form(tx, code)
    key = await load_seal_key(tx, code, secrets.token_bytes(32))
    return _Book(form, await store.load_watermarks(tx, code), key)
