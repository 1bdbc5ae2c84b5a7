"""Answers: accepted once, with a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.survey.forms import Form
from services.survey.receipts import content_hash, organisation_key, receipt_code, receipt_hash
from services.survey.store.answers import NewAnswer, NewText, Outcome, Source, save_answer
from services.survey.store.rounds import load_form
from services.survey.submissions import Given, read_answer
from services.survey.suggestions import practice_topic
from shared.db import Transaction
from shared.errors import Refused
from shared.events import PracticeSuggested


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer as an edge received it. `nonce` names it: the same one is counted once."""

    round: str
    raw: Mapping[str, object]
    nonce: str
    source: Source
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt, and whether the answer had been taken in before."""

    receipt: str
    outcome: Outcome


_REFUSALS = {
    "closed": "This round does not take answers now.",
    "withdrawn": "This answer was taken back. Open the form anew to answer again.",
    "other_content": "Another answer was sent with this idempotency key.",
}


async def accept_answer(tx: Transaction, submission: Submission, key: bytes) -> Accepted:
    """Count an answer to an open round, once; `key` keys receipts and pseudonyms.

    A form that is sent twice shows its first receipt again, whatever the second says; a program that
    repeats its key must repeat its answer.

    Raises:
        NotFound: there is no such round.
        Unanswerable: the answer cannot be counted.
        Refused: the round is not open, or the answer was taken back, or the key names another answer.
    """
    form = await load_form(tx, submission.round)
    if form.round.status != "open":
        raise Refused("closed", _REFUSALS["closed"])
    receipt = receipt_code(key, submission.round, submission.nonce)
    given = read_answer(form, submission.raw)
    organisation = organisation_key(key, submission.organisation) if submission.organisation else None
    new = NewAnswer(
        answer=tx.new_id(),
        round=submission.round,
        given=given,
        organisation=organisation,
        source=submission.source,
        texts=new_texts(tx, form, given),
        receipt=receipt_hash(receipt),
        content=content_hash(key, given, organisation),
    )
    outcome = await save_answer(tx, new)
    if outcome == "taken":
        suggest_practices(tx, form, new)
    elif outcome != "repeated" and not (outcome == "other_content" and submission.source == "form"):
        raise Refused(outcome, _REFUSALS[outcome])
    return Accepted(receipt, outcome)


def new_texts(tx: Transaction, form: Form, given: Given) -> tuple[NewText, ...]:
    """The open answers of an answer, each under a name of its own."""
    return tuple(
        NewText(tx.new_id(), code, text, practice_topic(form.questions[code]) is not None)
        for code, text in given.opens.items()
    )


def suggest_practices(tx: Transaction, form: Form, new: NewAnswer) -> None:
    """Tell the practice library of what somebody said works well."""
    for written in new.texts:
        topic = practice_topic(form.questions[written.question])
        if topic is not None:
            tx.emit(
                PracticeSuggested(
                    revision=1,
                    occurred_at=tx.now,
                    suggestion=written.open_answer,
                    text=written.text,
                    language=new.given.language,
                    topic=topic,
                    synthetic=form.round.synthetic,
                )
            )
