"""The orders that the chapters are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.faults.ledger import Order

TOPICS = ("wellbeing", "community", "leadership")
# What the audit trail calls what was ordered.
PAST = {
    "approve": "approved",
    "edit": "edited",
    "hold": "held",
    "publish": "published",
    "reject": "rejected",
    "remove": "removed",
    "schedule": "scheduled",
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


def of_library(letter: str, method: str, said: str = "") -> Order:
    """Add (POST), reword (PUT) or withdraw (DELETE) a practice of the library."""
    path, key = "/admin/api/practices", f"synthetic-practice-{letter}"
    text = {"fi": f"Synteettinen. {said}", "en": f"Synthetic. {said}"}
    wording = {
        "title": {"fi": f"Synteettinen käytäntö {letter}", "en": f"Synthetic practice {letter}"},
        "summary": text,
        "first_steps": [text],
        "topics": ["recruitment"],
        "effort": "high",
    }
    return Order(
        f"{method} practice {letter}",
        "coaching",
        path if method == "POST" else f"{path}/{key}",
        method,
        body={} if method == "DELETE" else {"json": wording},
        done=frozenset({"practice_exists"}),
        act=(
            {"POST": "practice_added", "PUT": "practice_reworded", "DELETE": "practice_withdrawn"}[method],
            key,
        ),
    )


def turn_round(code: str, act: str, undone: str) -> Order:
    """Open or close a round; `undone` is the refusal of doing it twice."""
    path = f"/admin/api/rounds/{code}/{act}"
    return Order(f"{act} {code}", "survey", path, done=frozenset({undone}), act=(f"{act}_round", code))


def mark(member: str, number: int, given: str = "", *, again: bool = False) -> Order:
    """An organisation lends its coach its mark, or takes it back."""
    path = f"/admin/api/organisations/synteettinen-{number:02}/mark"
    if not given:
        return Order(f"return {member}", "coaching", path, "DELETE", done=frozenset({"no_mark"}))
    key = f"lend {member} again" if again else f"lend {member}"
    return Order(key, "coaching", path, "PUT", body={"json": {"mark": given, "consent": True}})


def schedule(post: str, today: date) -> Order:
    """A post is to go out long after the run. Said twice it is scheduled twice, which is all the same."""
    at = f"{today + timedelta(days=300)}T09:00:00+02:00"
    return replace(desk("posts", post, "schedule", "", {"at": at}), act=None)


def edit(post: dict[str, Any]) -> Order:
    """An editor gives a draft another title. Said twice it is edited twice, which is all the same."""
    title = {"fi": "Muokattu otsikko", "en": "An edited title", "sv": "En ändrad rubrik"}
    order = desk("posts", post["post"], "edit", "", {"title": title, "body": post["wording"]})
    return replace(order, act=None)
