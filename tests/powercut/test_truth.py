"""Outbox and stream are compared by event and sequence."""

from __future__ import annotations

from tests.powercut.truth import Truth


def test_what_was_committed_and_what_is_marked_as_published_must_be_there() -> None:
    whole = Truth({"a": 1, "b": 2, "c": None}, [("a", 1), ("b", 2)])
    assert whole.lost({"a", "b", "c"}) == 0
    assert whole.lost({"a", "gone"}) == 1
    assert Truth(whole.outbox, [("a", 1)]).lost({"a"}) == 1


def test_an_event_that_is_elsewhere_in_the_stream_than_the_outbox_says_is_lost() -> None:
    assert Truth({"a": 1}, [("a", 2)]).lost(set()) == 1


def test_what_no_transaction_told_is_a_phantom() -> None:
    assert Truth({"a": 1}, [("a", 1), ("b", 2)]).phantoms() == 1
    assert Truth({"a": 1, "b": None}, [("a", 1), ("b", 2)]).phantoms() == 0


def test_in_the_end_each_event_is_once_in_both() -> None:
    assert Truth({"a": 1, "b": 2}, [("a", 1), ("b", 2)]).unequal() == 0
    assert Truth({"a": 1, "b": 2}, [("a", 1), ("a", 3)]).unequal() == 2
    assert Truth({}, [("a", 1)]).unequal() == 1
