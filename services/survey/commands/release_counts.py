"""What metrics count of releases. Withheld figures are one number: why each is, only analysts see.

Beside it stands one word for each release, which no figure can be told from (decision 0078).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import get_args

from prometheus_client import Counter, Histogram

from services.survey.disclosure import Why
from services.survey.publication import Published
from services.survey.store.answers import find_newest
from shared.db import Transaction
from shared.events import Event, IndicationRetracted, InsightRetracted
from shared.events.survey import RetractionReason

DECISIONS = Counter(
    "latu_release_decisions_total",
    "Whether a round was released when it was looked at, and why not.",
    ["decision"],
)
FIGURES = Counter(
    "latu_release_figures_total",
    "Figures of declared tables at releases: new ones, former ones that stand, and withheld ones.",
    ["outcome"],
)
WITHHOLDING = Counter(
    "latu_release_withholding_total",
    "Releases by why most of the figures that did not leave anew did not.",
    ["reason"],
)
RETRACTIONS = Counter("latu_retractions_total", "Findings that no longer hold, by reason.", ["reason"])
ANSWER_WAIT_SECONDS = Histogram(
    "latu_answer_wait_seconds",
    "From the acceptance of the newest answer that a release counts for the first time to its commit.",
    buckets=(1, 5, 30, 60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_592_000),
)


def _begin_at_nought() -> None:
    """So that the first of a kind is an increase like the next."""
    for reason in get_args(RetractionReason):
        RETRACTIONS.labels(reason)
    for why in get_args(Why):
        WITHHOLDING.labels(why)
    for outcome in ("new", "former", "withheld"):
        FIGURES.labels(outcome)
    for decision in ("released", "nothing_yet", "too_soon", "too_few", "looks_used", "not_planned_yet"):
        DECISIONS.labels(decision)


_begin_at_nought()


def count_decision(tx: Transaction, decision: str) -> None:
    """A round was looked at."""
    tx.once_committed(DECISIONS.labels(decision).inc)


async def count_release(tx: Transaction, published: Published, since: int) -> None:
    """A release was made; `since` is the number of the last answer that the one before counted, or nought."""
    count_decision(tx, "released")
    if published.making is not None:
        gate = published.making.gate
        new, former = int(gate.fresh.sum()), int(((gate.stands >= 0) & ~gate.fresh).sum())
        outcomes = {"new": new, "former": former, "withheld": gate.fresh.size - new - former}
        for outcome, many in outcomes.items():
            tx.once_committed(partial(FIGURES.labels(outcome).inc, many))
        if gate.mostly:
            tx.once_committed(WITHHOLDING.labels(gate.mostly).inc)
    newest = await find_newest(tx, published.kept.release.round, since, published.kept.watermark)
    if newest is not None:
        waited = _whole_seconds(newest, tx.now)
        tx.once_committed(partial(ANSWER_WAIT_SECONDS.observe, waited))


def count_retractions(tx: Transaction, events: Iterable[Event]) -> None:
    """Findings were told or retracted."""
    for event in events:
        if isinstance(event, InsightRetracted | IndicationRetracted):
            tx.once_committed(RETRACTIONS.labels(event.reason).inc)


def _whole_seconds(since: datetime, now: datetime) -> int:
    return max(0, round((now - since).total_seconds()))
