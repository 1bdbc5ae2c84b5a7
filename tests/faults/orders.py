"""The orders that the chapters are made of."""

from __future__ import annotations

from typing import Any

from tests.faults.ledger import Order

TOPICS = ("wellbeing", "community", "leadership")
# What the audit trail calls what was ordered.
PAST = {
    "approve": "approved",
    "publish": "published",
    "reject": "rejected",
    "remove": "removed",
    "withdraw": "withdrawn",
}


def story(seed: int, number: int) -> Order:
    """A story that is told on the form."""
    told = {
        "form_key": f"{number:032x}",
        "title": f"Synthetic story {number}",
        "text": f"Nobody told this; the test did, as number {number} of seed {seed}.",
        "topic": TOPICS[number % len(TOPICS)],
        "language": "fi",
        "consent": "yes",
    }
    done = frozenset({"story_received"})
    return Order(f"story {number}", "campaign", "/stories/new", body={"data": told}, done=done)


def desk(things: str, key: str, act: str, done: str, body: dict[str, Any] | None = None) -> Order:
    """What an editor does to a post or a story; `done` is the refusal of doing it twice."""
    path = f"/admin/api/{things}/{key}/{act}"
    audited = f"{things.removesuffix('s').replace('storie', 'story')}_{PAST[act]}"
    return Order(
        f"{act} {key}",
        "campaign",
        path,
        body={"json": body or {}},
        done=frozenset({done}),
        act=(audited, key),
    )


def erase(kind: str, value: str) -> Order:
    """Erase the answers of an organisation or an import."""
    done = frozenset({"nothing_to_erase", "undone_before"})
    body = {"json": {"kind": kind, "value": value}}
    return Order(f"erase {kind} {value}", "survey", "/admin/api/erasures", body=body, done=done)


def take_back(recorded: str, outcome: str) -> Order:
    """Withdraw an outcome."""
    done = frozenset({"no_such_outcome"})
    return Order(f"withdraw {recorded}", "coaching", f"/admin/api/outcomes/{outcome}", "DELETE", done=done)
