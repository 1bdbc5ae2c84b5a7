"""The same round in PostgreSQL: answers copied in, counted by the fold, re-analysed from what the fold keeps."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from deploy.embedded import Plan, Stack, own_stack
from services.survey.commands.rounds import create_round
from services.survey.commands.tallies import count_round
from services.survey.layers import Layers
from services.survey.questionnaires import Question
from services.survey.store.answers import NewAnswer, save_many
from services.survey.submissions import Given
from shared.db import Database
from shared.ids import new_id
from shared.migrations import upgrade
from tests.bench.evidence_input import SKIPPED, Input
from tests.bench.evidence_work import judged, more_input

_AT_A_TIME = 5000


class Laps:
    """A stop watch."""

    def start(self) -> None:
        self.last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since it was last looked at."""
        before, self.last = self.last, time.perf_counter()
        return self.last - before


def measure_stored(given: Input, *, durable: bool = True) -> dict[str, float]:
    """Figures of one size, on a server of our own."""
    with tempfile.TemporaryDirectory(prefix="latu-bench-") as folder:
        plan = Plan(Path(folder) / "home", services=(), any_port=True, durable=durable)
        with own_stack(plan) as stack:
            return asyncio.run(_measure(stack, given))


async def _measure(stack: Stack, given: Input) -> dict[str, float]:
    url, code, laps = stack.database_url("survey"), given.round.round, Laps()
    await upgrade(url, "survey")
    database = Database(url)
    async with database.transaction() as tx:
        await create_round(tx, given.round, given.questionnaire, "benchmark")
    laps.start()
    await _copy(database, given)
    copied = laps.lap()
    await _counted(database, code)
    counted = laps.lap()
    await _copy(database, more_input(given))
    laps.start()
    await _counted(database, code)
    more = laps.lap()
    layers = await _counted(database, code)
    loaded = laps.lap()
    judged(given, layers)
    analysed = laps.lap()
    await database.close()
    return {
        "copied_per_second": round(len(given) / copied),
        "counted_per_second": round(len(given) / counted),
        "count_1000_ms": round(more * 1000, 1),
        "load_ms": round(loaded * 1000, 1),
        "reanalyse_ms": round(analysed * 1000, 1),
    }


async def _counted(database: Database, code: str) -> Layers:
    async with database.transaction() as tx:
        return (await count_round(tx, code)).layers


async def _copy(database: Database, given: Input) -> None:
    answers = _answers(given)
    while some := list(islice(answers, _AT_A_TIME)):
        async with database.transaction() as tx:
            await save_many(tx, some)


def _answers(given: Input) -> Iterator[NewAnswer]:
    dimensions = [dimension.code for dimension in given.round.frame.dimensions]
    segments = [dict(zip(dimensions, key, strict=True)) for key in given.cell_keys]
    columns = [_column(given, question) for question in given.questionnaire.questions]
    now = datetime.now(UTC)
    codes = [question.code for question in given.questionnaire.questions]
    for cell, *values in zip(given.cells.tolist(), *columns, strict=True):
        said = {code: value for code, value in zip(codes, values, strict=True) if value is not None}
        answer = Given(segments[cell], said, {}, "fi")
        yield NewAnswer(new_id(now), given.round.round, answer, None, "import")


def _column(given: Input, question: Question) -> Iterator[object]:
    if question.kind == "multi":
        options = [option.code for option in question.options]
        chosen = zip(*(given.given[item].tolist() for item in question.items), strict=True)
        return ([code for code, yes in zip(options, row, strict=True) if yes] for row in chosen)
    return (None if value == SKIPPED else value for value in given.given[question.code].tolist())
