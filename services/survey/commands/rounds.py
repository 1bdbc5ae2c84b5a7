"""Rounds: created, opened, closed."""

from __future__ import annotations

from services.survey.forms import form_of
from services.survey.questionnaires import Questionnaire
from services.survey.rounds import Round, day_in_region
from services.survey.store import rounds as store
from shared.db import Transaction
from shared.errors import Invalid, NotFound, Refused
from shared.vocabulary import vocabulary


async def create_round(
    tx: Transaction, round_: Round, questionnaire: Questionnaire | None, by: str
) -> Questionnaire:
    """Create a round, and its questionnaire when that is new; returns what the round asks.

    Raises:
        Invalid: the questionnaire is neither given nor known, or the frame speaks of places that are not.
        Refused: there is a round of that name, or that version of the questionnaire asks something else.
    """
    asked = questionnaire or await store.load_questionnaire(tx, round_.questionnaire)
    if asked is None or asked.code != round_.questionnaire:
        raise Invalid(
            "questionnaire_unknown",
            f"The round asks the questionnaire “{round_.questionnaire}”, which is not given and not known.",
        )
    form_of(round_, asked, vocabulary())
    if not await store.save_questionnaire(tx, asked):
        raise Refused(
            "questionnaire_changed",
            f"Version {asked.version} of the questionnaire “{asked.code}” is kept with other questions. "
            "Give the changed one a new version.",
        )
    if not await store.save_round(tx, round_, asked.version):
        raise Refused("round_exists", f"There is a round “{round_.round}” already.")
    await tx.audit(by, "create_round", round_.round)
    return asked


async def open_round(tx: Transaction, code: str, by: str) -> None:
    """Take answers from now on.

    Raises:
        NotFound: there is no such round.
        Refused: it is not planned.
    """
    round_ = await _round(tx, code)
    if round_.status != "planned":
        raise Refused("round_not_planned", "Only a planned round can be opened; a closed one stays closed.")
    await store.save_status(tx, round_.model_copy(update={"status": "open"}))
    await tx.audit(by, "open_round", code)


async def close_round(tx: Transaction, code: str, by: str) -> None:
    """Take no answer any more; the closing release follows.

    Raises:
        NotFound: there is no such round.
        Refused: it is not open.
    """
    round_ = await _round(tx, code)
    if round_.status != "open":
        raise Refused("round_not_open", "Only an open round can be closed.")
    await store.save_status(tx, round_.model_copy(update={"status": "closed"}))
    await tx.audit(by, "close_round", code)
    tx.wake("releases")


async def close_overdue_rounds(tx: Transaction) -> None:
    """Close the rounds whose last day is over in the region."""
    today = day_in_region(tx.now)
    for round_ in await store.list_rounds(tx, status="open"):
        if round_.closes_on < today:
            await close_round(tx, round_.round, "clock")


async def _round(tx: Transaction, code: str) -> Round:
    round_ = await store.load_round(tx, code)
    if round_ is None:
        raise NotFound("no_such_round", "There is no such round.")
    return round_
