"""Traces: what a piece of advice or an outcome stands on, for whoever follows the chain back."""

from __future__ import annotations

from typing import Literal

from services.coaching.organisations import item_key
from services.coaching.outcomes import Outcome
from services.coaching.playbook import Playbook
from shared.events import Evidence, Key, Text, Value


class Trace(Value):
    """One link of the chain."""

    kind: Literal["playbook_item", "outcome"]
    key: Key
    title: Text
    revision: int
    status: str
    rank: int | None = None
    reasons: tuple[Text, ...] = ()
    synthetic: bool = False
    evidence: tuple[Evidence, ...]


def of_item(book: Playbook, practice: str) -> Trace | None:
    """The advice on a practice in a playbook, if it is there."""
    found = next((item for item in book.items if item.practice == practice), None)
    if found is None:
        return None
    return Trace(
        kind="playbook_item",
        key=item_key(book.organisation, practice),
        title=found.title,
        revision=book.revision,
        status=found.status,
        rank=found.rank,
        reasons=(*(reason.text for reason in found.reasons), *found.suspended_because),
        synthetic=found.synthetic,
        evidence=found.evidence,
    )


def of_outcome(outcome: Outcome, title: Text) -> Trace:
    """An outcome; it names no organisation."""
    return Trace(
        kind="outcome",
        key=outcome.outcome,
        title=title,
        revision=outcome.revision,
        status="recorded",
        evidence=outcome.evidence,
    )
