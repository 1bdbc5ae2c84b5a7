"""Waves: the round before a round, to count changes from."""

from __future__ import annotations

from services.survey.answers import AnswerSet
from services.survey.commands.tallies import count_round
from services.survey.estimates import analyse
from services.survey.forms import Form
from services.survey.store.answers import form_answers, list_panel, load_last_number
from services.survey.store.releases import load_kept
from services.survey.store.rounds import load_form
from services.survey.waves import Former, Panel, comparable, panel
from shared.db import Transaction


async def find_former(tx: Transaction, form: Form) -> Former | None:
    """The round before, if it has released something that can be compared; it stays locked."""
    if form.round.follows is None:
        return None
    before = await load_form(tx, form.round.follows)
    shared = await _panel(tx, form, before)
    counted = await count_round(tx, before.round.round)
    kept = await load_kept(tx, before.round.round)
    if not kept or not counted.layers.units:
        return None
    alike = comparable(form.questionnaire, before.questionnaire)
    return Former(
        means={place: mean for place, mean in kept[-1].means.items() if place[0] in alike},
        analysis=analyse(before.round, counted.layers.live()),
        panel=shared,
    )


async def _panel(tx: Transaction, form: Form, before: Form) -> Panel:
    """Who answered both rounds; in rounds of people nobody can tell."""
    last = await load_last_number(tx)
    people = "person" in (form.round.unit, before.round.unit)
    found = [] if people else await list_panel(tx, form.round.round, before.round.round, last)

    def side(one: Form) -> tuple[AnswerSet, list[str | None]]:
        rows = [row for row in found if row["round"] == one.round.round]
        return form_answers(one, rows), [row["organisation"] for row in rows]

    return panel(side(form), side(before))
