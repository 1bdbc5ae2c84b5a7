"""What the nodes of the broker say of themselves at `/varz` and `/jsz`, as metrics of our own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import httpx
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.streams import ADVISORIES, SUBJECTS

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
ANSWER_SECONDS = 2.0
# Others have a name that somebody may have chosen, and are not ours.
STREAMS = (*SUBJECTS, ADVISORIES)

Said = dict[str, Any]


class BrokerMetrics(Collector):
    """The last that each node said; a node is told by its place in the setting, 1, 2 or 3."""

    def __init__(self) -> None:
        self.said: dict[str, tuple[Said, Said] | None] = {}

    def collect(self) -> Iterator[Metric]:
        """The metrics; none where this process asks no node."""
        if not self.said:
            return
        up = GaugeMetricFamily("latu_nats_up", "1 where a node answers.", labels=["node"])
        for node, said in self.said.items():
            up.add_metric([node], float(said is not None))
        yield up
        answers = {node: said for node, said in self.said.items() if said is not None}
        yield from _of_nodes({node: varz for node, (varz, _) in answers.items()})
        yield from _of_storage({node: jsz for node, (_, jsz) in answers.items()})


METRICS = BrokerMetrics()
REGISTRY.register(METRICS)


async def run_broker_metrics(addresses: str) -> None:
    """Ask every node for ever; `addresses` are those of their monitoring ports, with commas between."""
    nodes = [address.strip().rstrip("/") for address in addresses.split(",") if address.strip()]
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
        while nodes:
            said = await asyncio.gather(*(ask(http, node) for node in nodes))
            METRICS.said = {str(place): one for place, one in enumerate(said, 1)}
            await asyncio.sleep(EVERY_SECONDS)


async def ask(http: httpx.AsyncClient, node: str) -> tuple[Said, Said] | None:
    """What a node says at `/varz` and `/jsz`; None where it does not answer as it should."""
    try:
        answers = [await http.get(f"{node}{path}") for path in ("/varz", "/jsz?streams=true")]
        varz, jsz = (answer.raise_for_status().json() for answer in answers)
    except (httpx.HTTPError, ValueError) as error:
        log.debug("a node of the broker does not tell of itself: %s", type(error).__name__)
        return None
    return varz, jsz


def _of_nodes(nodes: dict[str, Said]) -> Iterator[Metric]:
    connections = GaugeMetricFamily("latu_nats_connections", "Clients of a node.", labels=["node"])
    memory = GaugeMetricFamily("latu_nats_memory_bytes", "Memory that a node has.", labels=["node"])
    slow = CounterMetricFamily("latu_nats_slow_consumers", "Clients cut off as too slow.", labels=["node"])
    messages = CounterMetricFamily("latu_nats_messages", "Messages by way.", labels=["node", "way"])
    for node, varz in nodes.items():
        connections.add_metric([node], varz.get("connections", 0))
        memory.add_metric([node], varz.get("mem", 0))
        slow.add_metric([node], varz.get("slow_consumers", 0))
        for way in ("in", "out"):
            messages.add_metric([node, way], varz.get(f"{way}_msgs", 0))
    yield from (connections, memory, slow, messages)


def _of_storage(nodes: dict[str, Said]) -> Iterator[Metric]:
    used = GaugeMetricFamily("latu_nats_storage_bytes", "Disk that streams take on a node.", labels=["node"])
    most = GaugeMetricFamily("latu_nats_storage_limit_bytes", "Disk that they may take.", labels=["node"])
    messages = GaugeMetricFamily("latu_nats_stream_messages", "Events kept.", labels=["node", "stream"])
    size = GaugeMetricFamily("latu_nats_stream_bytes", "Bytes that they take.", labels=["node", "stream"])
    for node, jsz in nodes.items():
        used.add_metric([node], jsz.get("storage", 0))
        most.add_metric([node], jsz.get("config", {}).get("max_storage", 0))
        for name, state in _streams(jsz).items():
            messages.add_metric([node, name], state.get("messages", 0))
            size.add_metric([node, name], state.get("bytes", 0))
    yield from (used, most, messages, size)


def _streams(jsz: Said) -> dict[str, Said]:
    accounts = jsz.get("account_details") or ()
    streams = [stream for account in accounts for stream in account.get("stream_detail") or ()]
    return {one["name"]: one.get("state", {}) for one in streams if one.get("name") in STREAMS}
