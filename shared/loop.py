"""How long the loop takes: from what made a release possible to what followed from it in each service."""

from __future__ import annotations

import time
from functools import partial

from prometheus_client import Histogram

from shared import inbox, tracing
from shared.db import Transaction
from shared.events import IndicationReleased, IndicationRetracted, InsightReleased, InsightRetracted
from shared.streams import Durable

FINDINGS = (InsightReleased, InsightRetracted, IndicationReleased, IndicationRetracted)

LOOP_SECONDS = Histogram(
    "latu_loop_seconds",
    "From the beginning of the request or the tick that led to a release, to the commit of what followed.",
    ["effect"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400),
)


class Effect:
    """What findings change in one service, by the name that the metric has for it."""

    def __init__(self, service: str, name: str) -> None:
        self._handlers = [Durable(service, event).name for event in FINDINGS]
        self._seconds = LOOP_SECONDS.labels(name)

    async def reach(self, tx: Transaction) -> None:
        """Say that this transaction changes what a finding asked to change; measured at its commit.

        Nothing is measured where the transaction does not answer to a finding: a person changed it, or the
        clock found what a crash or another process had left.
        """
        cause = tx.origin.causation_id
        began = tracing.began(tx.origin.correlation_id, time.time())
        if cause is None or began is None:
            return
        if await inbox.has_seen(tx, self._handlers, cause):
            tx.once_committed(partial(self._observe, began))

    def _observe(self, began: float) -> None:
        self._seconds.observe(max(0.0, time.time() - began))
