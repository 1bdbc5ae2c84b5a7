"""`latu partner` and `latu webhook` on a running stack, and that what they print can be pasted."""

from __future__ import annotations

import asyncio
import json
import shlex
import stat
import sys
import textwrap
from pathlib import Path

import nats
import pytest

from deploy.embedded import Stack
from shared.cli.client import of_stack
from tests.examples.region import latu
from tests.partners.receiver import receiving
from tests.partners.webhooks import Load, publish

pytestmark = pytest.mark.system
EVERYTHING = ("--events", "all", "--contribute", "practice", "--contribute", "indicator")


def done(stack: Stack, folder: Path, *words: str) -> str:
    """What a command printed that succeeded."""
    ended = latu(stack, folder, *words)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    return ended.stdout


def refusal(stack: Stack, folder: Path, *words: str) -> str:
    """The sentence of a command that was refused."""
    ended = latu(stack, folder, *words)
    assert (ended.returncode, ended.stdout, "Traceback" in ended.stderr) == (2, "", False)
    return " ".join(ended.stderr.split())


def partners_of(stack: Stack, folder: Path) -> list[str]:
    return [one["partner"] for one in json.loads(done(stack, folder, "partner", "list", "--json"))]


async def send_as_pasted(command: str, folder: Path) -> None:
    """Do what the command line of NATS does with these words."""
    words = shlex.split(command)
    headers = dict(words[place + 1].split(":", 1) for place, word in enumerate(words) if word == "-H")
    url, key = (words[words.index(option) + 1] for option in ("--server", "--nkey"))
    client = await nats.connect(url, nkeys_seed=str(folder / key))
    receipt = await client.request(words[-2], words[-1].encode(), timeout=5, headers=headers)
    assert json.loads(receipt.data)["stream"] == "PARTNER"
    await client.close()


async def test_what_add_prints_for_sending_is_taken_as_it_is_pasted(region: Stack, tmp_path: Path) -> None:
    printed = done(region, tmp_path, "partner", "add", "Paster", *EVERYTHING)
    commands = [line for line in printed.splitlines() if " request " in line]
    assert len(commands) == 2
    for command in commands:
        await send_as_pasted(command, tmp_path)
    with (services := of_stack(region, region.home)).http:
        for _ in range(100):
            listed = services.get("campaign", "/admin/api/contributions", partner="paster")
            if len(listed) == 2:
                break
            await asyncio.sleep(0.1)
    assert {(one["partner"], one["kind"], one["name"]) for one in listed} == {
        ("paster", kind, json.loads(shlex.split(command)[-1])["key"])
        for command in commands
        for kind in ("practice", "indicator")
        if f"latu.partner.paster.{kind} " in command
    }


async def test_what_add_prints_for_reading_reads(region: Stack, tmp_path: Path) -> None:
    printed = done(region, tmp_path, "partner", "add", "Reader", "--events", "post_withdrawn")
    await publish(region.nats_url, Load(events=1, a_second=1000))
    assert (await first_line_read(printed, tmp_path)).startswith("latu.campaign.post_withdrawn.v1 {")


async def first_line_read(printed: str, folder: Path) -> str:
    """The first line that the program for reading prints when it is run as it was pasted."""
    program = textwrap.dedent(printed.split("Read with Python")[1].split("\n", 1)[1])
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", program, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        line = await asyncio.wait_for(running.stdout.readline(), 30)
    finally:
        running.kill()
        await running.wait()
    return line.decode()


def test_a_key_file_that_is_there_is_kept_and_nobody_is_taken_in(region: Stack, tmp_path: Path) -> None:
    (tmp_path / "kemi.nk").write_text("PRECIOUS")
    said = refusal(region, tmp_path, "partner", "add", "Kemi", "--events", "all")
    assert said == "The file kemi.nk is there already. Move it away, or choose another place."
    assert (tmp_path / "kemi.nk").read_text() == "PRECIOUS"
    assert "kemi" not in partners_of(region, tmp_path)
    (tmp_path / "kemi.nk").unlink()
    done(region, tmp_path, "partner", "add", "Kemi", "--events", "all")
    assert stat.S_IMODE((tmp_path / "kemi.nk").stat().st_mode) == 0o600


def test_a_key_stays_nowhere_when_the_partner_is_refused(region: Stack, tmp_path: Path) -> None:
    assert "no such public event" in refusal(region, tmp_path, "partner", "add", "Oulu", "--events", "gossip")
    done(region, tmp_path, "partner", "add", "Oulu", "--events", "all")
    (tmp_path / "oulu.nk").rename(tmp_path / "first.nk")
    assert "has or had this id" in refusal(region, tmp_path, "partner", "add", "Oulu", "--events", "all")
    assert [one.name for one in tmp_path.iterdir()] == ["first.nk"]


def test_another_key_is_given_only_when_there_is_a_place_for_it(region: Stack, tmp_path: Path) -> None:
    done(region, tmp_path, "partner", "add", "Tornio", "--events", "all")
    before = done(region, tmp_path, "partner", "show", "tornio", "--json")
    assert "tornio.nk is there already" in refusal(region, tmp_path, "partner", "rotate", "tornio")
    assert json.loads(done(region, tmp_path, "partner", "show", "tornio", "--json")) == json.loads(before)
    done(region, tmp_path, "partner", "rotate", "tornio", "--credentials", "new.nk", "--overlap-hours", "1")
    both = json.loads(done(region, tmp_path, "partner", "show", "tornio", "--json"))["keys"]
    assert [key["until"] is None for key in both] == [False, True]


def test_a_partner_is_changed_suspended_resumed_and_removed_by_command(region: Stack, tmp_path: Path) -> None:
    done(region, tmp_path, "partner", "add", "Salla", "--events", "insight_released")
    assert "active" in done(region, tmp_path, "partner", "change", "salla", "--events", "post_published")
    assert "post_withdrawn" in done(region, tmp_path, "partner", "show", "salla")
    for verb, status in (("suspend", "suspended"), ("resume", "active"), ("remove", "removed")):
        assert done(region, tmp_path, "partner", verb, "salla").strip() == f"salla is {status}."
    assert "removed" in refusal(region, tmp_path, "partner", "resume", "salla")
    assert "no such partner" in refusal(region, tmp_path, "partner", "show", "nobody")
    assert "salla" in done(region, tmp_path, "partner", "list")


async def test_a_webhook_is_added_tried_looked_at_and_removed_by_command(
    region: Stack, tmp_path: Path
) -> None:
    done(region, tmp_path, "partner", "add", "Ranua", "--events", "all")
    with receiving() as receiver:
        hook = ("webhook", "add", "ranua", f"{receiver}/healthy/1", "--events", "post_withdrawn")
        told = dict(line.split(": ") for line in done(region, tmp_path, *hook).splitlines())
        name = told["webhook"]
        assert told["secret (v1)"].startswith("whsec_")
        assert told["public key (v1a)"].startswith("whpk_")
        done(region, tmp_path, "webhook", "ping", name)
        await publish(region.nats_url, Load(events=1, a_second=1000))
        for _ in range(100):
            log = json.loads(done(region, tmp_path, "webhook", "log", name, "--json"))
            if [one["status"] for one in log] == ["delivered", "delivered"]:
                break
    assert {one["type"] for one in log} == {"latu.webhook.ping.v1", "latu.campaign.post_withdrawn.v1"}, log
    rotated = done(region, tmp_path, "webhook", "rotate", name)
    assert told["secret (v1)"] not in rotated
    changed = done(region, tmp_path, "webhook", "change", name, "--events", "post_published")
    assert "latu.campaign.post_withdrawn.v1" in changed
    for verb in ("disable", "enable"):
        assert done(region, tmp_path, "webhook", verb, name).strip() == f"{name}: done."
    assert "events are sent again" in done(
        region, tmp_path, "webhook", "replay", name, "--since", "2020-01-01"
    )
    assert name in done(region, tmp_path, "webhook", "list", "ranua", "--json")
    assert "ranua" in done(region, tmp_path, "webhook", "list")
    done(region, tmp_path, "webhook", "remove", name)
    assert json.loads(done(region, tmp_path, "webhook", "list", "ranua", "--json")) == []
    assert "no such webhook" in refusal(region, tmp_path, "webhook", "log", name)
