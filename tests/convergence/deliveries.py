"""How a history can arrive: shuffled, repeated, dropped and replayed, in batches, with timers in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from shared.events import (
    Event,
    OutcomeWithdrawn,
    PracticeContributionWithdrawn,
    PracticeSuggestionWithdrawn,
    StoryWithdrawn,
    SurveyMarkWithdrawn,
)
from tests.convergence.histories import Line

MOST_REPEATS = 8
# What purges everything that was said before of the same thing.
WITHDRAWALS = (
    OutcomeWithdrawn,
    PracticeContributionWithdrawn,
    PracticeSuggestionWithdrawn,
    StoryWithdrawn,
    SurveyMarkWithdrawn,
)


@dataclass(frozen=True)
class Batch:
    """What is handled in one transaction, and whether the timers run after it."""

    events: tuple[Event, ...]
    then_timers: bool


@dataclass(frozen=True)
class Story:
    """A history in two parts: people act in between, on what the first part led to."""

    before: tuple[Line, ...]
    after: tuple[Line, ...]


@st.composite
def stories(draw: st.DrawFn, histories: st.SearchStrategy[list[Line]]) -> Story:
    """A history and, in each of its lines, the place to which it had come when people acted."""
    lines = draw(histories)
    # Somewhere in the middle by itself, so that even the simplest history has two parts.
    cuts = [(len(line.events) + 1) // 2 - draw(st.integers(-1, 1)) for line in lines]
    before = (Line(line.events[: max(0, cut)]) for line, cut in zip(lines, cuts, strict=True))
    after = (Line(line.events[max(0, cut) :]) for line, cut in zip(lines, cuts, strict=True))
    return Story(tuple(before), tuple(after))


def in_order(lines: Sequence[Line]) -> list[Batch]:
    """Each event once, each line in its order: what every other way must end like."""
    return [Batch(line.events, then_timers=False) for line in lines]


@st.composite
def arrivals(draw: st.DrawFn, lines: Sequence[Line], heard_before: Sequence[Line] = ()) -> list[Batch]:
    """One way in which these lines can arrive, with some of what was heard before once more."""
    old = [event for line in heard_before for event in line.events]
    way = draw(st.sampled_from((shuffled, shuffled, backwards, replayed, newest_only, purged)))
    order = draw(way(lines))
    again = [*order, *old]
    if again:
        for event in draw(st.lists(st.sampled_from(again), max_size=MOST_REPEATS)):
            order.insert(draw(st.integers(0, len(order))), event)
    return draw(batched(order))


def shuffled(lines: Sequence[Line]) -> st.SearchStrategy[list[Event]]:
    """In any order."""
    return st.permutations([event for line in lines for event in line.events]).map(list)


def backwards(lines: Sequence[Line]) -> st.SearchStrategy[list[Event]]:
    """Every line from its end: whatever comes is older than what is known."""
    return st.just([event for line in lines for event in reversed(line.events)])


@st.composite
def replayed(draw: st.DrawFn, lines: Sequence[Line]) -> list[Event]:
    """Some were lost on the way; then everything is replayed from the start."""
    whole = [event for line in lines for event in line.events]
    lost = draw(st.lists(st.booleans(), min_size=len(whole), max_size=len(whole)))
    came = [event for event, gone in zip(whole, lost, strict=True) if not gone]
    return [*draw(st.permutations(came)), *whole]


@st.composite
def newest_only(draw: st.DrawFn, lines: Sequence[Line]) -> list[Event]:
    """Only the newest message of each subject, as a stream that keeps no more would give it."""
    newest = {event.subject: event for line in lines for event in line.events}
    return draw(st.permutations(list(newest.values()))).copy()


@st.composite
def purged(draw: st.DrawFn, lines: Sequence[Line]) -> list[Event]:
    """What was withdrawn is no longer in the stream: only its withdrawal is."""
    order = []
    for line in lines:
        gone = max((at for at, event in enumerate(line.events) if isinstance(event, WITHDRAWALS)), default=0)
        order += line.events[gone:]
    return draw(st.permutations(order)).copy()


@st.composite
def batched(draw: st.DrawFn, order: list[Event]) -> list[Batch]:
    """In transactions of one or several; timers run after some of them."""
    size = draw(st.sampled_from((1, 1, 2, 5, 256)))
    parts = [tuple(order[start : start + size]) for start in range(0, len(order), size)]
    run = draw(st.sets(st.integers(0, max(0, len(parts) - 1)), max_size=4))
    return [Batch(part, number in run) for number, part in enumerate(parts)]
