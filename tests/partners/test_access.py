"""What a partner can do over NATS, and how it is let in and out while the broker runs."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import nats
import pytest
from nats.aio.client import Client

from services.campaign import partners
from shared.broker_accounts import NodeRefused, put_accounts
from shared.db import now_in_utc
from tests.partners.scene import GIVEN, READ, Scene, fetched, own_broker, scene_on


async def until_cut(client: Client) -> None:
    async with asyncio.timeout(10):
        while not client.is_closed:
            await asyncio.sleep(0.02)


async def test_a_partner_reads_what_it_may_and_nothing_twice(scene: Scene) -> None:
    kemi = await scene.become("kemi")
    assert await fetched(kemi, "kemi") == [f"{READ}.k{number}" for number in range(GIVEN)]
    assert await fetched(kemi, "kemi") == []


async def test_a_partner_sees_how_far_it_is(scene: Scene) -> None:
    kemi = await scene.become("kemi")
    told = await kemi.jetstream(domain="latu").consumer_info("PUBLIC", "kemi")
    assert told.num_pending == GIVEN


async def test_a_partner_that_was_away_catches_up_with_what_was_said_meanwhile(scene: Scene) -> None:
    kemi = await scene.become("kemi")
    await fetched(kemi, "kemi")
    await kemi.close()
    for number in range(250):
        await scene.tell(f"{READ}.late{number}")
    back = await scene.become("kemi")
    read = await fetched(back, "kemi", 200) + await fetched(back, "kemi", 200)
    assert read == [f"{READ}.late{number}" for number in range(250)]


async def test_what_a_partner_sends_is_kept_under_its_own_name(scene: Scene) -> None:
    kemi = await scene.become("kemi")
    told = json.loads((await kemi.request("latu.partner.kemi.practice", b"{}", timeout=3)).data)
    assert told["stream"] == "PARTNER"
    assert (await scene.js.get_last_msg("PARTNER", "latu.partner.kemi.practice")).data == b"{}"


async def test_a_suspended_partner_is_cut_off_and_reads_on_when_it_is_resumed(scene: Scene) -> None:
    kemi, oulu = await scene.become("kemi"), await scene.become("oulu")
    await fetched(kemi, "kemi", 1)
    await scene.set_status("kemi", "suspended")
    await until_cut(kemi)
    with pytest.raises(nats.errors.Error):
        await scene.become("kemi")
    assert len(await fetched(oulu, "oulu")) == GIVEN
    await scene.set_status("kemi", "active")
    assert len(await fetched(await scene.become("kemi"), "kemi")) == GIVEN - 1


async def test_a_removed_partner_is_cut_off_and_its_place_is_gone(scene: Scene) -> None:
    kemi = await scene.become("kemi")
    await scene.set_status("kemi", "removed")
    await until_cut(kemi)
    assert [info.name for info in await scene.js.consumers_info("PUBLIC")] == ["oulu"]


async def test_a_new_key_replaces_the_old_one_at_once(scene: Scene) -> None:
    kemi = await scene.become("kemi")
    old = await scene.rotate("kemi")
    await until_cut(kemi)
    with pytest.raises(nats.errors.Error):
        await scene.become("kemi", seed=old)
    assert await fetched(await scene.become("kemi"), "kemi")


async def test_with_an_overlap_both_keys_are_valid_until_it_is_over(scene: Scene) -> None:
    kemi = await scene.become("kemi")
    await scene.rotate("kemi", timedelta(seconds=3))
    both = [await scene.become("kemi"), kemi]
    assert [len(await fetched(each, "kemi", 1)) for each in both] == [1, 1]
    await asyncio.sleep(3)
    assert len(partners.valid_keys(scene.partners["kemi"], now_in_utc())) == 1
    await scene.apply()
    await until_cut(kemi)
    assert both[0].is_connected


async def test_services_stay_connected_while_partners_come_and_go(scene: Scene) -> None:
    assert scene.ours is not None
    before = scene.ours.stats["reconnects"]
    oulu = await scene.become("oulu")
    reader = await oulu.jetstream(domain="latu").pull_subscribe_bind("oulu", "PUBLIC")
    await reader.fetch(GIVEN, timeout=3)
    waiting = asyncio.create_task(reader.fetch(1, timeout=20))
    for _ in range(5):
        await scene.rotate("kemi")
    await scene.tell(f"{READ}.meanwhile")
    assert [message.subject for message in await waiting] == [f"{READ}.meanwhile"]
    assert (scene.ours.stats["reconnects"], oulu.is_connected) == (before, True)


async def test_a_file_that_the_broker_does_not_take_changes_nothing(scene: Scene) -> None:
    place = scene.stack.home / "partners.conf"
    before = place.read_text()
    with pytest.raises(NodeRefused):
        await put_accounts(place, before + "kemi: {", scene.stack.nats_system_url)
    assert place.read_text() == before
    assert await fetched(await scene.become("kemi"), "kemi")


async def test_a_partner_reaches_every_node_of_three() -> None:
    with own_broker(nodes=3) as stack:
        urls = stack.nats_url.split(",")
        async with scene_on(stack) as scene:
            for number, url in enumerate(urls):
                await scene.tell(f"{READ}.node{number}")
                place = url.split("@")[1]
                client = await nats.connect(f"nats://{place}", nkeys_seed_str=scene.seeds["kemi"])
                assert f"{READ}.node{number}" in await fetched(client, "kemi")
                await client.request("latu.partner.kemi.practice", b"{}", timeout=3)
                await client.close()
            await scene.set_status("kemi", "suspended")
            for url in urls:
                with pytest.raises(nats.errors.Error):
                    await nats.connect(
                        f"nats://{url.split('@')[1]}",
                        nkeys_seed_str=scene.seeds["kemi"],
                        allow_reconnect=False,
                    )
