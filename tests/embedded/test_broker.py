"""The broker asks for a password, syncs always, and a stream that it lost is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import nats
import pytest

from deploy.embedded import Stack, own_stack
from deploy.embedded.health import fetch
from deploy.embedded.troubles import DataDamaged
from tests.embedded.given import small


async def keep_one_message(stack: Stack) -> None:
    client = await nats.connect(stack.nats_url)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
    await client.jetstream().publish("kept.one", b"hello")
    await client.close()


def garble(home: Path) -> None:
    next(home.glob("nats/**/KEPT/meta.inf")).write_text("{")


async def test_without_the_password_nobody_gets_in(servers: Stack) -> None:
    address = f"nats://{servers.nats_url.split('@')[1]}"
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
        await nats.connect(address, allow_reconnect=False, error_cb=_quiet)


async def _quiet(_: Exception) -> None:
    pass


async def test_messages_are_on_disk_before_they_are_acknowledged(used: Path) -> None:
    with own_stack(small(used, durable=True)) as stack:
        told = json.loads(fetch(f"{stack.monitor_url}/varz")[1])["jetstream"]["config"]
    assert told["sync_always"] is True


async def test_a_second_start_has_the_messages_and_a_lost_stream_is_noticed(used: Path) -> None:
    with own_stack(small(used)) as stack:
        await keep_one_message(stack)
    with own_stack(small(used)) as stack:
        client = await nats.connect(stack.nats_url)
        assert (await client.jetstream().get_msg("KEPT", 1)).data == b"hello"
        await client.close()
    garble(used)
    with (
        pytest.raises(DataDamaged, match=r"is damaged: .*KEPT.* could not be recovered"),
        own_stack(small(used)),
    ):
        pytest.fail("it should not have started")


async def test_what_was_kept_before_there_were_accounts_is_found_again(used: Path) -> None:
    with own_stack(small(used)) as stack:
        await keep_one_message(stack)
    (used / "nats/jetstream/LATU").rename(used / "nats/jetstream/$G")
    with own_stack(small(used)) as stack:
        client = await nats.connect(stack.nats_url)
        assert (await client.jetstream().get_msg("KEPT", 1)).data == b"hello"
        await client.close()


async def test_whoever_can_reload_the_broker_can_do_nothing_else(servers: Stack) -> None:
    client = await nats.connect(servers.nats_system_url, error_cb=_quiet)
    for subject in (
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.SERVER.PING.VARZ",
        "$SYS.REQ.ACCOUNT.LATU.CONNZ",
        "$JS.API.INFO",
    ):
        with pytest.raises(nats.errors.Error):
            await client.request(subject, timeout=0.3)
    await client.close()
