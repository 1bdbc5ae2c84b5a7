"""Agreed actions: what an organisation has set out to do, and on what grounds."""

from __future__ import annotations

from datetime import date
from typing import Literal

from services.coaching.grounds import Ground
from services.coaching.outcomes import Outcome
from shared.errors import Refused
from shared.events import Evidence, Key, Topic, Value


class Action(Value):
    """An agreed action with the grounds that its advice stood on when it was agreed."""

    action: Key
    practice: Key
    topic: Topic
    status: Literal["agreed", "cancelled"] = "agreed"
    who: str = ""
    due_on: date | None = None
    agreed_on: date
    grounds: tuple[Ground, ...] = ()
    outcome: Outcome | None = None

    @property
    def acting(self) -> bool:
        """Whether the organisation is doing it: agreed, and not known to have been dropped."""
        return self.status == "agreed" and (self.outcome is None or self.outcome.kept)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the advice stood on."""
        return tuple(ground.evidence for ground in self.grounds)


def cancel(action: Action) -> Action:
    """The action called off.

    Raises:
        Refused: it already is, or it has an outcome.
    """
    return await_outcome(action).model_copy(update={"status": "cancelled"})


def await_outcome(action: Action) -> Action:
    """The action, if an outcome can be recorded for it.

    Raises:
        Refused: it was called off, or it has one.
    """
    if action.status == "cancelled":
        raise Refused("cancelled", "The action was called off.")
    if action.outcome is not None:
        raise Refused("has_outcome", "The action already has an outcome; withdraw that first.")
    return action
