"""Loop honesty: marks for organisations that are coached, and what coaching tells of them."""

from __future__ import annotations

from services.survey.answers import AnswerSet
from services.survey.coached import CoachedUnit, coached_units
from services.survey.forms import Form
from services.survey.items import items_of
from services.survey.receipts import organisation_key, survey_mark
from services.survey.store import coaching as store
from services.survey.store.answers import form_answers
from services.survey.store.replicas import save_fact
from shared.db import Transaction
from shared.events import OrganisationCoached, SurveyMarkWithdrawn


async def issue_mark(tx: Transaction, token: str, key: bytes) -> str:
    """The mark that an organisation may give its coach: the same each time, and nobody can work it back.

    Raises:
        Invalid: the token is not an organisation code.
    """
    organisation = organisation_key(key, token)
    mark = survey_mark(key, organisation)
    await store.save_mark(tx, mark, organisation)
    return mark


async def keep_coached(tx: Transaction, event: OrganisationCoached) -> None:
    """Keep on what an organisation was coached and since when."""
    await save_fact(tx, event)


async def forget_coached(tx: Transaction, event: SurveyMarkWithdrawn) -> None:
    """Forget that an organisation was coached."""
    await save_fact(tx, event)
    await tx.forget_letters(OrganisationCoached, event.mark, event.revision)


async def find_coached(tx: Transaction, form: Form, last: int) -> list[CoachedUnit]:
    """The units of a round, among the answers up to a number, that had been coached before they answered."""
    rows = await store.list_coached_answers(tx, form.round.round, last)
    answers: AnswerSet = form_answers(form, rows)
    given = [({t["topic"]: t["since"] for t in row["topics"]}, row["received_at"]) for row in rows]
    return coached_units(answers, given, items_of(form.questionnaire))
