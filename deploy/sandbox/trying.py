"""A consumer is started, told by the script over NATS or by posts to its webhook, and looked at."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from deploy.sandbox.broker import sandbox
from deploy.sandbox.checking import Consumer, Found, check, chosen
from deploy.sandbox.ways import ByWebhook, OverNats, Way, keys_of
from shared.cli.snippets import how_to_connect
from shared.db import now_in_utc
from shared.errors import Invalid

BY_HAND_SECONDS = 600.0
"""How long a person may take to start a consumer."""
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Trial:
    """Where the consumer's table is, what starts it, its webhook and secret (else NATS), which rules.

    The command runs in `folder` and may take `start_seconds` to begin; where it is told
    `{public_key}`, what is posted is signed with v1a alone. `seconds` is how long the consumer may take over
    the events of a rule.
    """

    table: str
    command: Sequence[str] = ()
    webhook: str = ""
    secret: str = ""
    only: Sequence[str] = ()
    folder: Path = Path()
    seconds: float = 10.0
    start_seconds: float = 30.0


@dataclass(frozen=True)
class _Given:
    """A way to the consumer, what its command is told, and what a person is told."""

    way: Way
    words: Mapping[str, str]
    connect: str


async def try_consumer(trial: Trial, say: Callable[[str], None]) -> list[Found]:
    """Try all rules and say what came of each.

    Raises:
        Invalid: there is no such rule, or the command cannot be started.
        Trouble: the sandbox cannot be started.
    """
    chosen(trial.only, bool(trial.webhook))
    async with _way(trial) as given, _started(trial, given.words) as runs:
        patience = trial.start_seconds
        if not trial.command:
            say(f"Start your consumer now. {given.connect}")
            patience = BY_HAND_SECONDS
        found = []
        consumer = Consumer(trial.table, given.way, runs, trial.seconds)
        async for one in check(consumer, trial.only, patience):
            say(f"{'broken' if one.fault else 'kept'}: {one.rule.name}. {one.sentence}")
            found.append(one)
        return found


@asynccontextmanager
async def _way(trial: Trial) -> AsyncIterator[_Given]:
    if trial.webhook:
        keys = keys_of(trial.secret)
        async with httpx.AsyncClient(trust_env=False) as http:
            words = {"secret": keys.secret, "public_key": keys.public}
            told = (
                f"It is posted to at {trial.webhook}, signed with {keys.secret} (v1) and {keys.public} (v1a)."
            )
            by_public_key = any("{public_key}" in word for word in trial.command)
            yield _Given(ByWebhook(trial.webhook, keys, http, by_public_key), words, told)
        return
    with TemporaryDirectory(prefix="latu-check-") as kept:
        async with sandbox(Path(kept) if trial.command else Path()) as made:
            words = {"url": made.url, "key": str(made.key), "partner": made.partner.id}
            told = how_to_connect(made.as_told() | {"contributes": ()}, made.url, str(made.key), now_in_utc())
            yield _Given(OverNats(made), words, told)


@asynccontextmanager
async def _started(trial: Trial, words: Mapping[str, str]) -> AsyncIterator[Callable[[], bool]]:
    if not trial.command:
        yield lambda: True
        return
    argv = [_filled(word, words) for word in trial.command]
    try:
        process = await asyncio.create_subprocess_exec(*argv, stdout=DEVNULL, cwd=trial.folder)
    except OSError as error:
        raise Invalid("no_command", f"The command {argv[0]} cannot be started: {error.strerror}.") from error
    try:
        yield lambda: process.returncode is None
    finally:
        await _stop(process)


def _filled(word: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        word = word.replace(f"{{{name}}}", value)
    return word


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
