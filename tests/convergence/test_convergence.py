"""Whatever the order, the repeats and the losses: one live state."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from shared.events import Event
from tests.convergence import desks, living
from tests.convergence.deliveries import Batch, Story, arrivals, in_order, stories
from tests.convergence.histories import Line, histories, there_and_back
from tests.convergence.worlds import HANDLERS, World

EVERY_HANDLER = [(name, event) for name, handlers in HANDLERS.items() for event in handlers.by_event]
SHORT = 2
EXAMPLES = int(os.environ.get("LATU_CONVERGENCE_EXAMPLES", str(SHORT)))
WAYS = 1 if EXAMPLES == SHORT else 2
# The short run is the same each time unless it is told by what to draw, as `.ci/run` does; a longer one looks elsewhere
# each time and makes what it finds small.
PATIENT = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == SHORT,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] if EXAMPLES == SHORT else [Phase.reuse, Phase.generate, Phase.shrink],
)
TOLD_SEED = os.environ.get("LATU_CONVERGENCE_SEED")


def as_told(test: Callable[..., Any]) -> Callable[..., Any]:
    """Draw by the seed that was told, if one was."""
    return seed(int(TOLD_SEED))(test) if TOLD_SEED else test


async def run(
    world: World, before: Sequence[Batch], after: Sequence[Batch], *, at_once: bool = False
) -> tuple[living.Snapshot, living.Snapshot]:
    """The state when people acted, and the last one."""
    hear = world.hear_at_once if at_once else world.hear
    await world.clear()
    await desks.open_desk(world)
    await hear(before)
    acted_on = await world.snapshot()
    await desks.act(world)
    await hear(after)
    return acted_on, await world.snapshot()


async def check(data: st.DataObject, world: World, story: Story, *, at_once: bool = False) -> None:
    """Let a story arrive in its order, then in other ways, and compare."""
    expected = await run(world, in_order(story.before), in_order(story.after))
    for _ in range(WAYS):
        before = data.draw(arrivals(story.before))
        after = data.draw(arrivals(story.after, story.before))
        found = await run(world, before, after, at_once=at_once)
        for state, another in zip(expected, found, strict=True):
            differ = living.differences(state, another)
            assert not differ, "\n".join(differ)


async def run_there_and_back(world: World) -> tuple[living.Snapshot, living.Snapshot]:
    """Everything changes and comes back: seen on the way, and slept through."""
    lines = there_and_back(world.handlers.by_event)
    before = in_order([Line(line.events[:1]) for line in lines])
    _, seen = await run(world, before, in_order([Line(line.events[1:]) for line in lines]))
    _, slept = await run(world, before, in_order([Line(line.events[2:]) for line in lines]))
    return seen, slept


@pytest.mark.parametrize("service", HANDLERS)
async def test_what_came_back_is_as_if_it_had_never_gone(worlds: dict[str, World], service: str) -> None:
    assert living.differences(*await run_there_and_back(worlds[service])) == []


@pytest.mark.parametrize(("service", "event"), EVERY_HANDLER, ids=lambda one: getattr(one, "__name__", one))
@PATIENT
@as_told
@given(data=st.data())
async def test_any_arrival_of_a_history_ends_in_one_live_state(
    worlds: dict[str, World], service: str, event: type[Event], data: st.DataObject
) -> None:
    world = worlds[service]
    await check(data, world, data.draw(stories(histories(world.handlers.by_event, event))))


@pytest.mark.parametrize("service", HANDLERS)
@PATIENT
@as_told
@given(data=st.data())
async def test_two_replicas_at_once_end_in_the_same_live_state(
    worlds: dict[str, World], service: str, data: st.DataObject
) -> None:
    world = worlds[service]
    await check(data, world, data.draw(stories(histories(world.handlers.by_event))), at_once=True)
