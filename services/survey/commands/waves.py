"""Waves: the round before a round, to count changes from."""

from __future__ import annotations

from services.survey.analyses import analyse_counted
from services.survey.answers import AnswerSet
from services.survey.commands.tallies import count_round
from services.survey.counting import Counted
from services.survey.estimates import Analysis
from services.survey.forms import Form
from services.survey.rounds import Round
from services.survey.store.answers import form_answers, list_panel, load_last_number
from services.survey.store.releases import load_kept
from services.survey.store.rounds import load_form
from services.survey.store.tallies import lock_round
from services.survey.waves import Former, Panel, comparable, panel
from services.survey.weighting import CannotWeight
from shared.db import Transaction


async def find_former(tx: Transaction, form: Form) -> Former | None:
    """The round before, if it has released something that can be compared; it stays locked."""
    if form.round.follows is None:
        return None
    before = await load_form(tx, form.round.follows)
    # First: nobody may take answers back between the look at who answered both and the count.
    await lock_round(tx, before.round.round)
    shared = await _panel(tx, form, before)
    counted = await count_round(tx, before.round.round)
    kept = await load_kept(tx, before.round.round)
    if not kept or not counted.layers.units:
        return None
    alike = comparable(form.questionnaire, before.questionnaire)
    return Former(
        means={place: mean for place, mean in kept[-1].means.items() if place[0] in alike},
        analysis=_left(before.round, counted),
        panel=shared,
    )


def _left(before: Round, counted: Counted) -> Analysis | None:
    """What the answers say that are left of the round before; None where they cannot be weighted any more."""
    try:
        return analyse_counted(before, counted)
    except CannotWeight:
        return None


async def _panel(tx: Transaction, form: Form, before: Form) -> Panel:
    """Who answered both rounds; in rounds of people nobody can tell."""
    last = await load_last_number(tx)
    people = "person" in (form.round.unit, before.round.unit)
    found = [] if people else await list_panel(tx, form.round.round, before.round.round, last)

    def side(one: Form) -> tuple[AnswerSet, list[str | None]]:
        rows = [row for row in found if row["round"] == one.round.round]
        return form_answers(one, rows), [row["organisation"] for row in rows]

    return panel(side(form), side(before))
