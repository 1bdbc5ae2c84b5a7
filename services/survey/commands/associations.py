"""Associations: whether an item goes together with a dimension, as the answers stand; it changes nothing."""

from __future__ import annotations

from services.survey.associations import Association, associate
from services.survey.store.questions import load_question_answers
from services.survey.store.rounds import load_form
from shared.db import Transaction
from shared.errors import NotFound


async def relate(tx: Transaction, code: str, *, item: str, by: str) -> Association:
    """Rao and Scott's test of an item by a dimension of the frame.

    Raises:
        NotFound: there is no such round, question, option or dimension.
        Refused: the answers cannot be weighted, or a cell of the table is too sparse to tell of.
    """
    form = await load_form(tx, code)
    question = item.partition(":")[0]
    if question not in form.questions:
        raise NotFound("no_such_item", "The round asks no such question.")
    answers = await load_question_answers(tx, form, question)
    return associate(form.round, form.questionnaire, answers, item, by)
