"""Whether two stacks that were asked the same ended in the same live state."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.embedded.plan import SERVICES
from shared.db import Database
from tests.convergence import living
from tests.faults.stage import Stage

Likeness = dict[str, Counter[str]]

# Of the survey, what tells in which order answers came, by which draw they were sealed, and whether the clock or a
# person was quicker to release.
ORDER = {
    "survey.answers": {"seq"},
    "survey.erased_units": {"seq", "since"},
    "survey.releases": {"watermark", "released_by"},
    "survey.insights": {"watermark"},
    "survey.seal_keys": {"key"},
}
# Sums of answers, as far as and in the parts in which they were counted so far, which follows from that order and
# from when timers ran; they are compared with the answers themselves in tests/survey.
# The public history is the way to the state, event by event: tests/faults/checks.py holds it against the outboxes.
SKIPPED = {"tallies", "folds", "public_events", "public_history"}
# How often a recommendation was revised on the way is history (tests/convergence/living.py): so it is in what other
# services keep of it, where one that is retired says the same as nothing.
REVISED = {"coaching.recommendations", "campaign.model_versions"}
_REVISED = re.compile(r'("kind": "recommendation", "revision": |"recommendation": "[^"]*", "revision": )\d+')
_ANY_REVISION = re.compile(r'("revision": )\d+')
# Drawn names, moments, and hashes under drawn keys.
_CHANCE = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?"), "(moment)"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "(hash)"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "(name)"),
)


async def likeness(stage: Stage) -> Likeness:
    """The live rows of every table, without what chance and order decide."""
    found: Likeness = {}
    for service in SERVICES:
        database = Database(stage.database_url(service), connections=1)
        async with database.transaction() as tx:
            snapshot = await living.snapshot(tx, service)
        await database.close()
        for table, rows in snapshot.items():
            if table not in SKIPPED:
                name = f"{service}.{table}"
                found[name] = Counter(
                    _plain(name, fields) for row in rows if _speaks(name, fields := json.loads(row))
                )
    return found


def unlike(expected: Likeness, found: Likeness) -> Iterator[str]:
    """The rows that only one of the two has, or has more often."""
    for table in sorted({*expected, *found}):
        here, there = expected.get(table, Counter()), found.get(table, Counter())
        for row, count in (here - there).items():
            yield f"missing {count}× in {table}: {row}"
        for row, count in (there - here).items():
            yield f"too much {count}× in {table}: {row}"


def _speaks(table: str, fields: Mapping[str, Any]) -> bool:
    return table != "coaching.recommendations" or fields["state"]["status"] != "retired"


def _plain(table: str, fields: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in fields.items() if name not in ORDER.get(table, ())}
    said = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    said = (_ANY_REVISION if table in REVISED else _REVISED).sub(r"\1(count)", said)
    for pattern, name in _CHANCE:
        said = pattern.sub(name, said)
    return said
