"""Attempts to be heard where a partner has no voice, to be somebody else, or to listen in."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Final

import nats

from tests.partners.attempts import Attempt, asked, held, is_good, listening, saying, stored
from tests.partners.scene import READ, SECRET, Scene, fetched

PRACTICE: Final = "latu.partner.kemi.practice"
FORGED: Final = f"{READ}.forged"
HIDDEN: Final = f"{SECRET}.forged"
NEXT: Final = "$JS.latu.API.CONSUMER.MSG.NEXT.PUBLIC.kemi"
FIRST_ACK: Final = "$JS.ACK.PUBLIC.{partner}.1.1.1.1795538796418780779.0"
MSG_ID: Final = "Nats-Msg-Id"


async def acknowledge_for_another(scene: Scene) -> bool:
    """Take from another what it has not handled."""
    oulu = await scene.become("oulu")
    await scene.tell(f"{READ}.unhandled")
    reader = await oulu.jetstream(domain="latu").pull_subscribe_bind("oulu", "PUBLIC")
    (message, *_) = await reader.fetch(1, timeout=3)
    client = await scene.hostile()
    await client.publish(message.reply, b"+TERM")
    with contextlib.suppress(nats.errors.Error):
        await client.flush(timeout=3)
    await asyncio.sleep(0.2)
    return (await scene.js.consumer_info("PUBLIC", "oulu")).num_ack_pending == 0


async def poison_an_id(scene: Scene) -> bool:
    """Use up the id of a message that another will send."""
    client, oulu = await scene.hostile(), await scene.become("oulu")
    for subject in (PRACTICE, "latu.partner.oulu.practice"):
        await asked(client, subject, b"{}", {MSG_ID: "next-of-oulu"})
    await asyncio.sleep(0.2)
    answer = await asked(oulu, "latu.partner.oulu.practice", b"{}", {MSG_ID: "next-of-oulu"})
    return answer is None or bool(json.loads(answer.data).get("duplicate"))


async def roll_up(scene: Scene) -> bool:
    """Have everything that waits taken away by a header."""
    oulu = await scene.become("oulu")
    await asked(oulu, "latu.partner.oulu.practice", b"{}")
    await asked(await scene.hostile(), PRACTICE, b"{}", {"Nats-Rollup": "all"})
    return await held(scene, "PARTNER", "latu.partner.oulu.practice") == 0


async def schedule_for_another(scene: Scene) -> bool:
    """Have the broker itself say something in another's name, later."""
    soon = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    client, theirs = await scene.hostile(), "latu.partner.oulu.practice"
    header = {"Nats-Schedule": f"@at {soon}", "Nats-Schedule-Target": theirs}

    async def act() -> None:
        await asked(client, PRACTICE, b"{}", header)
        await asyncio.sleep(2.2)

    return await stored(scene, act, "PARTNER", theirs)


async def send_in_a_batch(scene: Scene) -> bool:
    """Have the broker keep aside what is not committed."""
    header = {"Nats-Batch-Id": "b1", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1"}
    return is_good(await asked(await scene.hostile(), PRACTICE, b"{}", header))


async def read_what_is_not_chosen(scene: Scene) -> bool:
    """Find an event by its own durable that it may not read."""
    read = await fetched(await scene.become("kemi"), "kemi")
    return any(not subject.startswith("latu.public.survey.insight_") for subject in read)


async def delay_another(scene: Scene) -> bool:
    """Pull everything and never read it: does another have to wait?"""
    for number in range(200):
        await scene.tell(f"{READ}.big{number}", b"x" * 100_000)
    place = scene.address.removeprefix("nats://").split(":")
    kemi = await scene.become("kemi", pending_size=1)
    await kemi.publish(NEXT, json.dumps({"batch": 1000, "expires": 5 * 10**9}).encode(), kemi.new_inbox())
    reader, writer = await asyncio.open_connection(place[0], int(place[1]))
    oulu = await scene.become("oulu")
    began = asyncio.get_running_loop().time()
    read = await fetched(oulu, "oulu", 100)
    writer.close()
    del reader
    return len(read) < 100 or asyncio.get_running_loop().time() - began > 10


ATTEMPTS: Final[tuple[Attempt, ...]] = (
    listening("hear internal events", "latu.internal.>"),
    listening("hear public events past its durable", "latu.public.>"),
    listening("hear everything", ">"),
    listening("hear what others send", "latu.partner.>"),
    listening("hear answers to others", "_INBOX.>"),
    listening("hear answers between accounts", "_R_.>"),
    listening("hear others' acknowledgements", "$JS.ACK.>"),
    listening("hear questions to JetStream", "$JS.API.>"),
    listening("hear what JetStream tells", "$JS.EVENT.>"),
    listening("hear the servers", "$SYS.>", comes_through="system"),
    listening("take part in a group of services", "latu.public.>", queue="latu"),
    saying("publish a public event", FORGED, "PUBLIC"),
    saying("publish an internal event", HIDDEN, "INTERNAL"),
    saying("send in another's name", "latu.partner.oulu.practice", "PARTNER"),
    saying("send a kind that it may not", "latu.partner.kemi.indicator", "PARTNER"),
    saying("have the receipt published as an event", PRACTICE, "PUBLIC", FORGED, reply=FORGED),
    saying("have events published again", NEXT, "PUBLIC", FORGED, "nothing", reply=FORGED, body=b"1"),
    saying(
        "have its state published as an event",
        "$JS.latu.API.CONSUMER.INFO.PUBLIC.kemi",
        "INTERNAL",
        HIDDEN,
        "nothing",
        reply=HIDDEN,
        body=b"",
    ),
    saying(
        "have the next event published by acknowledging",
        FIRST_ACK.format(partner="kemi"),
        "PUBLIC",
        FORGED,
        comes_through="nothing",
        reply=FORGED,
        body=b"+NXT 1",
    ),
    saying(
        "have the broker's trace published as an event",
        PRACTICE,
        "PUBLIC",
        FORGED,
        headers={"Nats-Trace-Dest": FORGED},
    ),
    Attempt("acknowledge for another", acknowledge_for_another),
    Attempt("use up the id of another's message", poison_an_id, "stream"),
    Attempt("have all that waits taken away", roll_up, "stream"),
    Attempt("have the broker speak for another later", schedule_for_another, "stream"),
    Attempt("send an atomic batch", send_in_a_batch, "stream"),
    Attempt("read an event that it did not choose", read_what_is_not_chosen, "stream"),
    Attempt("hold others up by not reading", delay_another, "nothing"),
)
