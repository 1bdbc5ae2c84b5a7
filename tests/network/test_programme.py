"""The network programme in short, and that it is not blind. `make network-faults` runs every cell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.cluster.flow import FreshDatabase
from tests.cluster.ring import make_ring
from tests.conftest import quick_folder
from tests.network import links, nodes
from tests.network.cells import NODES, SHORT, Cell, Result, in_order_of
from tests.network.links import Links, told
from tests.network.planted import ACK_BEFORE_COMMIT, NO_PUBLISH_LIMIT

pytestmark = pytest.mark.system

SEED = 7
# A machine that does other things as well may take its time; a bug does not go away by waiting.
WITHIN_SECONDS = 90.0
SHORT_OF_PATIENCE = 4.0
CELLS = in_order_of(SEED, SHORT)


@pytest.fixture(scope="module")
async def here() -> AsyncIterator[Links]:
    with quick_folder() as folder:
        async with links.links(Path(folder), SEED, WITHIN_SECONDS) as made:
            yield made


def starved(result: Result) -> set[str]:
    """What is said of a service whose question to its database waited two seconds for the processor: it was so."""
    return {sentence for sentence in result.violations if "said “not ready”" in sentence}


async def start_anew(here: Links, services: tuple[str, ...], told: Mapping[str, str]) -> None:
    here.stage.told = told
    for name in services:
        here.stage.kill(name)
        here.stage.children[name] = here.stage.actor(name)
    await here.stage.wait_until_ready()


async def suffer_with(here: Links, bug: str, cell: Cell, services: tuple[str, ...]) -> Result:
    """One cell while these services have a bug; afterwards they have none."""
    here.within = SHORT_OF_PATIENCE
    await start_anew(here, services, links.LIMITS | {"FAULTS_BUG": bug})
    try:
        return await here.suffer(cell)
    finally:
        await start_anew(here, services, links.LIMITS)


async def test_each_link_suffers_and_nothing_is_lost_doubled_or_left(
    here: Links, tmp_path: Path, fresh_database: FreshDatabase
) -> None:
    async def between() -> list[Result]:
        async with nodes.nodes(make_ring(tmp_path / "ring"), fresh_database, WITHIN_SECONDS) as three:
            return await nodes.suffer_all([cell for cell in CELLS if cell.link == NODES], three, print)

    whole = [cell for cell in CELLS if cell.link != NODES]
    both = await asyncio.gather(links.suffer_all(whole, here, print), between())
    results = [result for some in both for result in some]
    assert [told(result) for result in results if set(result.violations) - starved(result)] == []
    assert [result.link for result in results if not (result.accepted and result.suffered)] == []
    assert sum(result.unanswered for result in results) > 3
    assert max(result.gap for result in results) > 3


async def test_a_relay_that_waits_for_ever_for_an_acknowledgement_is_seen(here: Links) -> None:
    cell = Cell("broker", "hole back", 5.5)
    result = await suffer_with(here, NO_PUBLISH_LIMIT, cell, ("campaign", "survey"))
    assert any("is not published" in one for one in result.violations), told(result)
    assert result.lost


async def test_a_consumer_that_acknowledges_before_its_commit_is_seen(here: Links) -> None:
    cell = Cell("database", "reset", 5.0, of="coaching")
    result = await suffer_with(here, ACK_BEFORE_COMMIT, cell, ("coaching",))
    # Lost, or found by looking back already.
    assert any("before its commit" in one for one in result.violations), told(result)
