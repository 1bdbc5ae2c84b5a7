"""A suppressed cell is absent everywhere: events, pages, exports, logs, metric labels."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from nats.aio.client import Client

from services.survey.commands.erasures import erase_import, erase_organisation
from services.survey.commands.imports import Upload, import_answers
from services.survey.commands.rounds import close_round, create_round
from services.survey.timers import timers
from shared.db import Database
from shared.streams import connect, ensure_streams
from shared.timers import run_once
from tests.conftest import FreshDatabase
from tests.survey.asked import KEY
from tests.survey.conftest import Clock
from tests.survey.gated import (
    ASKED,
    DOMINATED,
    FLED,
    MAPPING,
    TELLING,
    TRIMMED,
    UNFIT,
    Respondent,
    Story,
    csv_file,
    stories,
)
from tests.survey.leaving import STREAMS, Heard, Lines, heard_from, listening, messages, pages
from tests.survey.overheard import Reader
from tests.survey.truths import K, Truth, categories_of_nobody, find_truth, release_faults

SHORT = 1
EXAMPLES = int(os.environ.get("LATU_SUPPRESSED_EXAMPLES", str(SHORT)))
# The short run is the same each time, a longer one looks elsewhere; a round that fails is told as it is.
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == SHORT,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# Without these the property would hold of nothing.
WITHHELD = {
    TELLING: {"small", "unanimous", "complementary", "held", "empty"},
    DOMINATED: {"dominated", "small", "empty"},
}
TOLD = {
    TELLING: {"insight_released", "indication_released", "release_published"},
    DOMINATED: {"release_published"},
}
LOGGED = {UNFIT: {"log of services.survey.commands.releases", "span"}}


@pytest.fixture
async def streams(nats_url: str) -> AsyncIterator[Client]:
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    yield client
    await client.close()


@dataclass
class Fielding:
    """A round on the real service, and everything that has left it so far."""

    story: Story
    site: httpx.AsyncClient
    database: Database
    client: Client
    lines: Lines
    before: list[Heard] = field(default_factory=list)
    replies: list[Heard] = field(default_factory=list)
    answered: dict[str, Respondent] = field(default_factory=dict)
    undone: str = ""
    empty: frozenset[str] = frozenset()

    async def open(self) -> None:
        """Create the round and see what the service says before anybody has answered."""
        async with self.database.transaction() as tx:
            await create_round(tx, self.story.round, ASKED, "analyst")
        self.before = await pages(self.site, [])

    async def first_wave(self) -> None:
        """A file is imported, and another one with those who go again, if they are many."""
        self.answered = {f"firma-{number}": one for number, one in enumerate(self.story.wave(0))}
        last = {name: self.answered[name] for name in self.story.gone if len(self.story.gone) >= K}
        await self._import({name: one for name, one in self.answered.items() if name not in last})
        self.undone = await self._import(last) if last else ""

    async def _import(self, people: Mapping[str, Respondent]) -> str:
        async with self.database.transaction() as tx:
            done = await import_answers(tx, Upload(csv_file(people), MAPPING, "analyst"), KEY)
        return done.import_id

    async def second_wave(self) -> None:
        """Some answer over the API, one takes it back, organisations are erased or an import is undone."""
        receipts = [await self._answer(number, one) for number, one in enumerate(self.story.wave(1), 1)]
        if len(receipts) > 6:
            reply = await self.site.post("/api/withdrawals", json={"receipt": receipts[-1]})
            self.replies.append(heard_from("withdrawal", reply))
            del self.answered[f"uusi-{len(receipts)}"]
        for name in self.story.gone:
            del self.answered[name]
            if not self.undone:
                async with self.database.transaction() as tx:
                    await erase_organisation(tx, name, KEY, "analyst")
        if self.undone:
            async with self.database.transaction() as tx:
                await erase_import(tx, self.undone, "analyst")

    async def _answer(self, number: int, one: Respondent) -> str:
        (zone, kind), values = one
        name = f"uusi-{number}"
        sent = {"background": {"zone": zone, "kind": kind}, "values": values, "organisation": name}
        key = {"Idempotency-Key": f"a-key-that-is-long-{number}"}
        reply = await self.site.post("/api/rounds/r1/answers", json=sent, headers=key)
        assert reply.status_code == 201, reply.text
        self.replies.append(heard_from("answer", reply))
        self.answered[name] = one
        return str(reply.json()["receipt"])

    async def release(self) -> bool:
        """Release if that may be, as a program of an analyst does."""
        token = {"Authorization": "Bearer token-of-analyst"}
        made = await self.site.post("/admin/api/rounds/r1/releases", headers=token)
        assert made.status_code in (201, 409), made.text
        return made.status_code == 201

    async def close(self) -> None:
        """Close the round; the clock makes the last release, if the answers can be weighted."""
        async with self.database.transaction() as tx:
            await close_round(tx, "r1", "analyst")
        for timer in timers:
            await run_once(self.database, timer)

    async def overhear(self, *, brief: bool) -> tuple[Truth, list[Heard]]:
        """What may be said now, and everything that is and was said."""
        answered = list(self.answered.values())
        self.empty |= categories_of_nobody(answered)
        async with self.database.transaction() as tx:
            truth = await find_truth(tx, self.story, answered, self.empty)
        said = await pages(self.site, list(truth.allowed), brief=brief)
        return truth, [*said, *await messages(self.database, self.client), *self.replies, *self.lines.lines]


@asynccontextmanager
async def fielding(
    story: Story, site: httpx.AsyncClient, fresh_database: FreshDatabase, client: Client
) -> AsyncIterator[Fielding]:
    """A service with a database of its own for one round."""
    for stream in STREAMS:
        await client.jetstream().purge_stream(stream)
    app = site._transport.app  # type: ignore[attr-defined]
    usual, own = app.state.database, Database(await fresh_database("survey"), clock=Clock(), connections=4)
    app.state.database = own
    with listening() as lines:
        yield Fielding(story, site, own, client, lines)
    app.state.database = usual
    await own.close()


async def check(round_: Fielding, *, brief: bool = True) -> Truth:
    """Nothing that left tells of what was withheld, and everything that may be shown was found."""
    truth, heard = await round_.overhear(brief=brief)
    reader = Reader(truth, round_.before)
    faults = [*release_faults(truth), *(fault for one in heard for fault in reader.faults(one))]
    assert not faults, f"{len(faults)} leaks in {round_.story}:\n" + "\n".join(faults[:20])
    assert reader.in_csv == truth.shown
    assert reader.on_pages == {place for place in truth.shown if len(place[1]) < 2}
    assert reader.in_json >= truth.shown
    told = {one.where.split(".")[3] for one in heard if one.where.startswith("latu.")}
    assert told >= TOLD.get(round_.story, set())
    return truth


@QUICK
@example(story=TELLING)
@example(story=DOMINATED)
@example(story=TRIMMED)
@example(story=UNFIT)
@example(story=FLED)
@given(story=stories())
async def test_what_a_release_withholds_is_absent_everywhere(
    site: httpx.AsyncClient, fresh_database: FreshDatabase, streams: Client, story: Story
) -> None:
    async with fielding(story, site, fresh_database, streams) as round_:
        await round_.open()
        await round_.first_wave()
        if await round_.release():
            await check(round_)
        await round_.second_wave()
        if await round_.release():
            await check(round_)
        await round_.close()
        truth = await check(round_, brief=False)
    assert truth.reasons() >= WITHHELD.get(story, set())
    assert truth.lost() or story != FLED
    assert {one.where for one in round_.lines.lines} >= LOGGED.get(story, set())
