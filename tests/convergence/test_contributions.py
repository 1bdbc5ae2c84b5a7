"""What is known of a contribution, and what is told of it, does not depend on how its messages came."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign import contributions
from services.campaign.contributions import Contribution, Message
from shared.events.contributed import Practice, PracticeTakenBack
from tests.campaign.given import NOW
from tests.campaign.test_contributions import PRACTICE

REVISIONS = st.integers(min_value=1, max_value=6)


def message(revision: int, kind: str) -> Message:
    """A message of this revision: taken, suspicious, not valid, or taking back."""
    about: dict[str, Any] = {name: PRACTICE[name] for name in ("key", "occurred_at")} | {"revision": revision}
    if kind == "back":
        return Message("c1", revision, PracticeTakenBack.model_validate_json(_json(about)))
    if kind == "fault":
        return Message("c1", revision, None, contributions.Fault("not_valid", "title: missing"))
    more = {"source": "www.example.fi"} if kind == "odd" else {}
    said = {**PRACTICE, **about, **more, "title": {"fi": f"Versio {revision}"}}
    return Message("c1", revision, Practice.model_validate_json(_json(said)))


def _json(said: dict[str, Any]) -> str:
    return json.dumps(said)


def followed(messages: list[Message]) -> Contribution | None:
    """What is known after all of these, each received as the command does."""
    known: Contribution | None = None
    for one in messages:
        known, _ = contributions.hear(known, contributions.receive("kemi", "practice", one, NOW))
    return known


@settings(max_examples=200, deadline=None)
@given(
    history=st.dictionaries(REVISIONS, st.sampled_from(["fine", "odd", "fault", "back"]), min_size=1),
    data=st.data(),
)
def test_messages_of_a_partner_converge_in_any_order_and_with_repeats(
    history: dict[int, str], data: st.DataObject
) -> None:
    said = [message(revision, kind) for revision, kind in history.items()]
    in_order = sorted(said, key=lambda one: one.revision)
    repeats = data.draw(st.lists(st.sampled_from(said), max_size=6))
    shuffled = data.draw(st.permutations([*said, *repeats]))
    first, second = followed(in_order), followed(shuffled)
    assert first == second
    assert first
    assert second
    assert first.told_revision == second.told_revision
