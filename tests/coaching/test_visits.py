"""Rules of visits and of the actions agreed on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.coaching.actions import Action, await_outcome, cancel
from services.coaching.advice import Item
from services.coaching.knowledge import know
from services.coaching.outcomes import Outcome
from services.coaching.playbook import make
from services.coaching.visits import Intent, Visit, agree, check
from shared.errors import Invalid, Refused
from tests.coaching.given import TODAY, insight, practice


def items() -> tuple[Item, ...]:
    return make({}, know([practice("p1")], [insight("i1", 4)], [], [], {}), []).items


def visit(*intents: Intent, **more: Any) -> Visit:
    return Visit(**{"visit": "v1", "visited_on": TODAY, "actions": intents, **more})


def action(**more: Any) -> Action:
    return agree("a1", Intent(practice="p1"), items()[0], TODAY).model_copy(update=more)


def outcome(*, kept: bool) -> Outcome:
    return Outcome(
        outcome="o1", practice="p1", topic="leadership", kept=kept, before=1, after=2, measured_on="2026-11"
    )


def test_an_action_is_agreed_on_an_active_item_of_the_playbook() -> None:
    found = check(visit(Intent(practice="p1")), items(), TODAY)
    assert found["p1"].practice == "p1"


def test_what_the_playbook_does_not_advise_cannot_be_agreed() -> None:
    with pytest.raises(Refused, match="p2 is not active advice"):
        check(visit(Intent(practice="p2")), items(), TODAY)


def test_suspended_advice_cannot_be_agreed_on_anew() -> None:
    suspended = [item.model_copy(update={"status": "suspended"}) for item in items()]
    with pytest.raises(Refused):
        check(visit(Intent(practice="p1")), suspended, TODAY)


def test_a_visit_is_not_in_the_future() -> None:
    with pytest.raises(Invalid, match="future"):
        check(visit(visited_on=TODAY + timedelta(days=1)), items(), TODAY)


def test_an_action_is_not_due_before_the_visit() -> None:
    with pytest.raises(Invalid, match="due before"):
        check(visit(Intent(practice="p1", due_on=TODAY - timedelta(days=1))), items(), TODAY)


def test_a_practice_is_agreed_on_once_in_a_visit() -> None:
    with pytest.raises(ValidationError, match="once in a visit"):
        visit(Intent(practice="p1"), Intent(practice="p1"))


def test_an_action_keeps_the_grounds_of_its_advice() -> None:
    assert [(ref.key, ref.revision) for ref in action().evidence] == [("i1", 4)]


def test_an_organisation_acts_on_what_it_agreed_and_did_not_drop() -> None:
    assert action().acting
    assert action(outcome=outcome(kept=True)).acting
    assert not action(outcome=outcome(kept=False)).acting
    assert not cancel(action()).acting


def test_an_action_gets_one_outcome_and_none_once_called_off() -> None:
    await_outcome(action())
    with pytest.raises(Refused, match="already has an outcome"):
        await_outcome(action(outcome=outcome(kept=True)))
    with pytest.raises(Refused, match="called off"):
        await_outcome(cancel(action()))


def test_an_action_with_an_outcome_cannot_be_called_off() -> None:
    with pytest.raises(Refused):
        cancel(action(outcome=outcome(kept=True)))
