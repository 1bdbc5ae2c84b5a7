"""The answers to one question of a round, without all the others."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from services.survey.answers import AnswerSet
from services.survey.forms import Form
from services.survey.store.answers import form_answers, load_last_number
from services.survey.tables.answers import answers
from shared.db import Transaction


async def load_question_answers(tx: Transaction, form: Form, question: str) -> AnswerSet:
    """The answers to one question, also of those who left it out: they count in the weighting."""
    last = await load_last_number(tx)
    only = func.jsonb_build_object(question, answers.c["values"][question]).label("values")
    query = select(answers.c.answer, answers.c.organisation, answers.c.segment, only, answers.c.seq)
    chosen = (answers.c.round == form.round.round) & (answers.c.seq <= last)
    asked = form.questionnaire.model_copy(update={"questions": (form.questions[question],)})
    return form_answers(replace(form, questionnaire=asked), await tx.all(query.where(chosen)))
