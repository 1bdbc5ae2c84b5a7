"""Visits: what was agreed with an organisation, who sees to it and by when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from services.coaching.actions import Action
from services.coaching.advice import Item
from shared.errors import Invalid, Refused
from shared.events import Key, Value

REGION_TIME: Final = ZoneInfo("Europe/Helsinki")


class Intent(Value):
    """One thing that is going to be done: which practice, who sees to it, by when."""

    practice: Key
    who: str = Field(default="", max_length=200, description="A role or a name; stays inside.")
    due_on: date | None = None


class Report(Value):
    """A visit as the coach writes it down. The note stays inside the service."""

    visited_on: date
    note: str = Field(default="", max_length=10_000)
    actions: tuple[Intent, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _agrees_on_each_practice_once(self) -> Self:
        named = [intent.practice for intent in self.actions]
        if len(named) != len(set(named)):
            raise ValueError("a practice can be agreed on once in a visit")
        return self


class Visit(Report):
    """A visit with the key under which it is kept, once."""

    visit: Key


def check(visit: Visit, items: Iterable[Item], today: date) -> dict[str, Item]:
    """The advice behind each action of a visit, by practice.

    Raises:
        Invalid: the visit is in the future, or an action is due before the visit.
        Refused: an action is not on an active item of the organisation's playbook.
    """
    if visit.visited_on > today:
        raise Invalid("visit_in_future", "The visit cannot be in the future: write it down when it was made.")
    active = {item.practice: item for item in items if item.status == "active"}
    for intent in visit.actions:
        _check_intent(intent, visit, active)
    return {intent.practice: active[intent.practice] for intent in visit.actions}


def _check_intent(intent: Intent, visit: Visit, active: dict[str, Item]) -> None:
    if intent.practice not in active:
        raise Refused(
            "not_advised", f"{intent.practice} is not active advice in this organisation's playbook."
        )
    if intent.due_on is not None and intent.due_on < visit.visited_on:
        raise Invalid("due_too_early", f"The action on {intent.practice} is due before the visit.")


def agree(action: str, intent: Intent, item: Item, agreed_on: date) -> Action:
    """The action that follows from an intent; it keeps the grounds of the advice."""
    return Action(
        action=action,
        practice=intent.practice,
        topic=item.topic,
        who=intent.who,
        due_on=intent.due_on,
        agreed_on=agreed_on,
        grounds=item.grounds,
    )


def day_of(now: datetime) -> date:
    """The day in the region at that moment."""
    return now.astimezone(REGION_TIME).date()
