"""Measures webhooks: of many endpoints a fifth hangs, fails or is slow, and how soon the others get their events.

`python -m tests.partners.webhooks [--endpoints=200] [--events=60]` starts NATS, PostgreSQL, the campaign service
and a receiver, each a process of its own, publishes events and waits. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import httpx
import nats

from deploy.embedded import Plan, own_stack
from shared.cli.client import Services, of_stack
from shared.ids import new_id
from tests.conftest import quick_folder
from tests.partners.receiver import receiving

TYPE = "latu.campaign.post_withdrawn.v1"
# Of the last kind the name server does not answer.
SICK = ("hanging", "failing", "cut", "dripping", "slow", "unanswered")
SICK_SHARE = 0.2
PACKAGE = "tests.partners.names"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Load:
    """How many endpoints get how many events, so many a second."""

    endpoints: int = 200
    events: int = 60
    a_second: float = 2.0

    @property
    def sick(self) -> int:
        """How many of the endpoints hang or fail."""
        return round(self.endpoints * SICK_SHARE)


def add_endpoints(services: Services, receiver: str, load: Load) -> dict[str, str]:
    """Twenty endpoints for each partner; returns the secrets by path."""
    secrets = {}
    for number in range(load.endpoints):
        partner = f"partner-{number // 20}"
        if number % 20 == 0:
            wanted = {"name": partner, "id": partner, "reads": ["all"]}
            services.post("campaign", "/admin/api/partners", json=wanted)
        sick = number * load.sick // load.endpoints != (number + 1) * load.sick // load.endpoints
        kind = SICK[number % len(SICK)] if sick else "healthy"
        path, host = f"/{kind}/{number}", f"hook{number}.{kind}.example"
        wanted = {"partner": partner, "url": receiver.replace("127.0.0.1", host) + path}
        made = services.post("campaign", "/admin/api/webhooks", json=wanted)
        secrets[path] = made["secret"]
    return secrets


async def publish(url: str, load: Load) -> dict[str, float]:
    """Publish the events; returns when each was in the stream, by its id."""
    client = await nats.connect(url)
    published = {}
    for number in range(load.events):
        now = datetime.now(UTC)
        event = new_id(now)
        reason = {"fi": "Mitattu.", "en": "Measured.", "sv": ""}
        body = {"revision": 1, "occurred_at": now.isoformat(), "post": f"measured-{number}", "reason": reason}
        headers = {
            "ce-specversion": "1.0",
            "ce-id": event,
            "ce-source": "/latu/campaign",
            "ce-type": TYPE,
            "ce-subject": f"measured-{number}",
            "ce-time": now.isoformat(),
            "ce-revision": "1",
            "Nats-Msg-Id": event,
        }
        subject = f"latu.public.campaign.post_withdrawn.v1.measured-{number}"
        await client.jetstream().publish(subject, json.dumps(body).encode(), headers=headers)
        published[event] = time.time()
        await asyncio.sleep(1 / load.a_second)
    await client.close()
    return published


async def wait_for_arrivals(receiver: str, count: int) -> dict[str, Any]:
    """What came once all came, or after a minute."""
    told: dict[str, Any] = {"arrivals": []}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        until = time.monotonic() + PATIENCE_SECONDS
        while len(told["arrivals"]) < count and time.monotonic() < until:
            await asyncio.sleep(0.5)
            told = (await client.get(f"{receiver}/arrivals")).json()
    return told


def measure(load: Load) -> dict[str, Any]:
    """Run the load on a stack of its own; times are in milliseconds from the stream to the receiver."""
    loopback = patch.dict(os.environ, {"LATU_WEBHOOK_LOOPBACK": "true"})
    with loopback, quick_folder() as folder, receiving() as receiver:
        plan = Plan(folder / "home", services=("campaign",), any_port=True, durable=False, package=PACKAGE)
        with own_stack(plan) as stack:
            services = of_stack(stack, folder / "home")
            with services.http:
                secrets = add_endpoints(services, receiver, load)
                published = asyncio.run(publish(stack.nats_url, load))
                healthy = [path for path in secrets if path.startswith("/healthy/")]
                told = asyncio.run(wait_for_arrivals(receiver, len(healthy) * len(published)))
                listed = services.get("campaign", "/admin/api/webhooks")
    return evaluate(load, published, healthy, told) | {
        "secrets": secrets,
        "whole": told["whole"],
        "failing": sum(one["failures"] > 0 for one in listed),
    }


def evaluate(
    load: Load, published: dict[str, float], healthy: list[str], told: dict[str, Any]
) -> dict[str, Any]:
    """How late the first arrivals were, and whether every healthy endpoint got every event."""
    first: dict[tuple[str, str], float] = {}
    for path, event, at in told["arrivals"]:
        if event in published:
            first.setdefault((path, event), at)
    late = sorted((at - published[event]) * 1000 for (_, event), at in first.items()) or [float("inf")]
    return {
        "endpoints": load.endpoints,
        "sick": load.sick,
        "events": load.events,
        "expected": len(healthy) * load.events,
        "arrived": len(first),
        "repeated": len(told["arrivals"]) - len(first),
        "webhook_p50_ms": round(late[len(late) // 2]),
        "webhook_p99_ms": round(late[min(len(late) - 1, len(late) * 99 // 100)]),
        "webhook_max_ms": round(late[-1]),
    }


def main() -> int:
    """Measure, print, and say by the exit code whether the promise held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=200)
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--a-second", type=float, default=2.0)
    asked = parser.parse_args()
    found = measure(Load(asked.endpoints, asked.events, asked.a_second))
    shown = {name: value for name, value in found.items() if name not in ("secrets", "whole")}
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    print(json.dumps(shown | machine))
    return 0 if found["arrived"] == found["expected"] and found["webhook_p99_ms"] <= 2000 else 1


if __name__ == "__main__":
    raise SystemExit(main())
