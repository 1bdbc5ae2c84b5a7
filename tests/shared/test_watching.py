"""A connection leaves a node that answers it and has no cluster behind it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nats
import pytest

from deploy.embedded.binaries import nats_server
from deploy.embedded.children import Child
from deploy.embedded.ports import choose_ports
from deploy.embedded.spawning import Command
from shared import watching
from shared.streams import CONNECTION
from shared.watching import run_watch
from tests.shared.given import until


@contextmanager
def node_without_cluster(folder: Path) -> Iterator[str]:
    """A node that answers connections, and nothing else: it has no JetStream."""
    port = choose_ports(["nats"], {}, {}, True, lambda _: None)["nats"]
    argv = [nats_server(), "-a", "127.0.0.1", "-p", str(port)]
    child = Child("nats", "", Command(argv, folder / f"{port}.out"))
    child.start()
    yield f"nats://127.0.0.1:{port}"
    child.ask_to_stop()
    child.end(5)


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[str]:
    with node_without_cluster(tmp_path) as url:
        yield url


@pytest.fixture
def another_lonely(tmp_path: Path) -> Iterator[str]:
    with node_without_cluster(tmp_path) as url:
        yield url


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "ASK_SECONDS", 0.1)


async def quiet(_: Exception) -> None: ...


async def until_there(url: str) -> None:
    async def is_there() -> bool:
        try:
            await (await nats.connect(url, allow_reconnect=False, error_cb=quiet)).close()
        except (OSError, nats.errors.Error):
            return False
        return True

    await until(is_there)


async def test_a_node_whose_cluster_does_not_answer_is_left_for_the_next_one_which_is_kept(
    lonely: str, nats_url: str
) -> None:
    await until_there(lonely)
    client = await nats.connect([lonely, nats_url], error_cb=quiet, **CONNECTION)
    watch = asyncio.create_task(run_watch(client))

    async def has_left() -> bool:
        return client.is_connected and client.connected_url.netloc == nats_url.removeprefix("nats://")

    assert not await has_left()
    await until(has_left)
    await asyncio.sleep(1.0)
    assert client.stats["reconnects"] == 1
    watch.cancel()
    await client.close()


async def test_a_node_is_not_left_while_no_other_one_is_answered_either(
    lonely: str, another_lonely: str
) -> None:
    for url in (lonely, another_lonely):
        await until_there(url)
    client = await nats.connect([lonely, another_lonely], error_cb=quiet, **CONNECTION)
    watch = asyncio.create_task(run_watch(client))
    await asyncio.sleep(2.0)
    assert not watch.done()
    assert client.stats["reconnects"] == 0
    watch.cancel()
    await client.close()


async def test_where_there_is_nowhere_else_to_go_nobody_asks(nats_url: str) -> None:
    client = await nats.connect(nats_url, error_cb=quiet, **CONNECTION)
    async with asyncio.timeout(5):
        await run_watch(client)
    await client.close()
