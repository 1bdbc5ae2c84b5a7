"""Erasure: answers go at once, by their receipt, their organisation or their import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.survey.commands.releases import rejudge
from services.survey.commands.tallies import find_touched, take_out
from services.survey.erasing import gone_units
from services.survey.receipts import organisation_key, receipt_hash
from services.survey.store import erasures as store
from services.survey.store import rounds
from services.survey.store.coaching import delete_mark
from services.survey.store.tallies import lock_all_rounds
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import PracticeSuggested, PracticeSuggestionWithdrawn

Kind = Literal["receipt", "organisation", "import"]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: how many answers, in which rounds."""

    erasure: str
    answers: int
    rounds: tuple[str, ...]


async def erase_by_receipt(tx: Transaction, receipt: str, by: str) -> Erasure:
    """Erase the answer with this receipt. Figures that stand wait for the next safe release.

    Raises:
        Invalid: it is no receipt.
        NotFound: no answer has it (any more).
    """
    return await _erase(tx, "receipt", receipt_hash(receipt), by)


async def erase_organisation(tx: Transaction, token: str, key: bytes, by: str) -> Erasure:
    """Erase all answers of an organisation. Figures that stand wait for the next safe release.

    Raises:
        Invalid: it is no organisation code.
        NotFound: no answer was given under it.
    """
    organisation = organisation_key(key, token)
    erasure = await _erase(tx, "organisation", organisation, by)
    await delete_mark(tx, organisation)
    return erasure


async def erase_import(tx: Transaction, import_id: str, by: str) -> Erasure:
    """Undo an import: its answers go and its round is judged anew at once.

    Raises:
        NotFound: there is no such import.
        Refused: it was undone before.
    """
    found = await rounds.load_import(tx, import_id)
    if found is None:
        raise NotFound("no_such_import", "There is no such import.")
    if found["undone_at"] is not None:
        raise Refused("undone_before", "This import was undone before.")
    await rounds.mark_undone(tx, import_id)
    erasure = await _erase(tx, "import", import_id, by)
    await rejudge(tx, found["round"], "import_undone")
    return erasure


async def _erase(tx: Transaction, kind: Kind, value: str, by: str) -> Erasure:
    await lock_all_rounds(tx)
    await store.lock_numbering(tx)
    going = await store.list_going(tx, kind, value)
    if not going and kind != "import":
        raise NotFound("nothing_to_erase", "No answer was found. It may have been erased already.")
    suggested = await store.list_suggested(tx, kind, value)
    touched = await find_touched(tx, going)
    await store.delete_answers(tx, kind, value)
    await take_out(tx, touched)
    await store.mark_withdrawn(tx, [row["receipt"] for row in going if row["receipt"]])
    erasure = Erasure(tx.new_id(), len(going), tuple(sorted({row["round"] for row in going})))
    people = frozenset(r.round for r in await rounds.list_rounds(tx) if r.unit == "person")
    await store.save_erasure(tx, _row(tx, erasure, kind, value, by), gone_units(going, people))
    for suggestion in suggested:
        await _withdraw_suggestion(tx, suggestion)
    await tx.audit(by, f"erase_by_{kind}", erasure.erasure, {"answers": erasure.answers})
    return erasure


async def _withdraw_suggestion(tx: Transaction, suggestion: str) -> None:
    await tx.purge_key(PracticeSuggested, suggestion)
    tx.emit(PracticeSuggestionWithdrawn(revision=2, occurred_at=tx.now, suggestion=suggestion))


def _row(tx: Transaction, erasure: Erasure, kind: Kind, value: str, by: str) -> dict[str, object]:
    return {
        "erasure": erasure.erasure,
        "kind": kind,
        "import": value if kind == "import" else None,
        "answers": erasure.answers,
        "erased_by": by,
        "erased_at": tx.now,
    }
