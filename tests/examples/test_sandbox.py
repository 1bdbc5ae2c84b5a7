"""The sandbox tells a recorded history to one partner, on a broker of its own, and answers what that sends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
from collections import Counter
from pathlib import Path

import nats
import pytest

from deploy.sandbox.answering import answer
from deploy.sandbox.broker import replay, sandbox
from deploy.sandbox.history import recorded
from shared.events import ALL, BY_TYPE
from tests.conftest import ROOT
from tests.examples.region import PROGRAM

PUBLIC = {event.type_name() for event in ALL if event.audience() == "PUBLIC"}


def test_the_history_has_every_public_event_and_takes_a_finding_and_a_story_back() -> None:
    told = recorded()
    assert {one.type for one in told} == PUBLIC
    assert [one.at for one in told] == sorted(one.at for one in told)
    for one in told:
        event = BY_TYPE[one.type].model_validate_json(one.data)
        assert (event.subject, event.revision) == (one.subject, one.revision)
    kinds = Counter(one.key for one in told if "insight" in one.type or "story" in one.type)
    assert sorted(kinds.values())[-2:] == [2, 2]
    assert len({one.id for one in told}) == len(told)


def test_a_thing_is_named_by_its_type_up_to_the_last_underscore_and_its_key() -> None:
    """What partners are told to keep their tables by: it holds for every event that there is."""
    things: dict[str, set[tuple[str, str]]] = {}
    for event in ALL:
        if event.audience() == "PUBLIC":
            thing = (event.publisher(), event.SUBJECT.rpartition(".")[2])
            things.setdefault(event.type_name().rpartition("_")[0], set()).add(thing)
    assert all(len(found) == 1 for found in things.values())
    assert len(things) == len({thing for found in things.values() for thing in found})
    gone = {
        event.type_name()
        for event in ALL
        if event.name().split(".")[0].endswith(("_retracted", "_withdrawn"))
    }
    alone = {
        name
        for name in PUBLIC
        if sum(name.rpartition("_")[0] == one.rpartition("_")[0] for one in PUBLIC) == 1
    }
    assert not gone & alone


async def test_a_partner_reads_the_history_of_the_sandbox_and_may_do_nothing_else(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as made:
        told = [said async for said in replay(made, recorded(), 10_000)]
        assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
        client = await nats.connect(made.url, nkeys_seed=str(made.key))
        reader = await client.jetstream(domain="latu").pull_subscribe_bind("example", "PUBLIC")
        read = await reader.fetch(len(told), timeout=10)
        assert [message.headers["ce-id"] for message in read] == [said.id for said in told]
        heard = await client.subscribe("latu.public.>")
        await asyncio.sleep(0.2)
        assert heard.pending_msgs == 0
        await client.close()


async def test_what_is_sent_to_the_sandbox_is_answered(tmp_path: Path) -> None:
    said = {"ce-specversion": "1.0", "ce-id": "1", "ce-subject": "first", "ce-revision": "1"}
    async with sandbox(tmp_path) as made:
        client = await nats.connect(made.url, nkeys_seed=str(made.key))
        headers = said | {"ce-type": "latu.partner.practice.v1"}
        await client.request("latu.partner.example.practice", b"{}", headers=headers)
        async for found in answer(made):
            assert (found.name, found.reason) == ("first", "not_valid")
            break
        reader = await client.jetstream(domain="latu").pull_subscribe_bind("example", "ANSWERS")
        (message,) = await reader.fetch(1, timeout=10)
        assert json.loads(message.data)["reason"] == "not_valid"
        await client.close()


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_shows_how_to_connect_and_ends_with_all_that_it_started(
    tmp_path: Path, way: signal.Signals
) -> None:
    words = ("partner", "sandbox", "--pace", "1000")
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *words,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        # What a shell starts in the background ignores Ctrl-C, and so would what is started here.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    heard = ""
    async with asyncio.timeout(60):
        while "The history is told." not in heard:
            heard += (await process.stdout.readline()).decode()
        url = next(word for word in heard.split() if word.startswith("nats://")).rstrip(";")
        process.send_signal(way)
        rest = (await process.stdout.read()).decode()
        assert await process.wait() == 0
    assert 'pull_subscribe_bind("example", "PUBLIC")' in heard
    assert "latu.partner.example.practice" in heard
    assert "told: latu.survey.insight_retracted.v1" in heard
    assert "The sandbox has stopped." in rest
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*url.removeprefix("nats://").split(":"))
