"""What people, partners and faults do to a stack while its dashboards are looked at."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Any

import httpx
import nats

from shared.cli.client import Services
from shared.cli.demo import run_loop
from shared.errors import Refused
from tests.bench.load import bodies
from tests.partners.receiver import receiving

PARTNER = "example"
PAGES = (("survey", "/"), ("survey", "/rounds/lappi-2026"), ("model", "/"), ("campaign", "/"))
STORY = {
    "title": "Yhteinen päivä",
    "text": "Synteettinen: sovimme, että tiistaisin olemme kaikki samassa paikassa.",
    "topic": "community",
    "language": "fi",
    "consent": True,
}
POISON = "latu.public.campaign.story_published.v1.poison"


@contextmanager
def load_on(services: Services) -> Iterator[dict[str, Any]]:
    """The whole loop once, then a steady load until the block ends; gives what the loop came to."""
    with receiving() as receiver:
        _take_in_a_partner(services, receiver)
        counts = run_loop(services)
        asyncio.run(_poison_and_contribute(services.stack.nats_url))
        over = threading.Event()
        steady = threading.Thread(target=_keep_on, args=(services, over))
        steady.start()
        try:
            yield counts
        finally:
            over.set()
            steady.join()


def _take_in_a_partner(services: Services, receiver: str) -> None:
    wanted = {"name": "Example", "id": PARTNER, "reads": ["all"], "contributes": ["practice"]}
    services.post("campaign", "/admin/api/partners", json=wanted)
    for path in ("/healthy/1", "/failing/2", "/gone/3"):
        hook = {"partner": PARTNER, "url": receiver + path}
        services.post("campaign", "/admin/api/webhooks", json=hook)


async def _poison_and_contribute(nats_url: str) -> None:
    """A message that no handler can read, and one of a partner that is not valid."""
    client = await nats.connect(nats_url)
    headers = {"ce-id": str(uuid.uuid4()), "ce-type": "latu.campaign.story_published.v1"}
    await client.jetstream().publish(POISON, b"{}", headers=headers)
    await client.jetstream().publish(f"latu.partner.{PARTNER}.practice", b"{}")
    await client.close()


def _keep_on(services: Services, over: threading.Event) -> None:
    answers, number = cycle(bodies()), 0
    with httpx.Client(trust_env=False, timeout=30) as http:
        while not over.wait(0.1):
            number += 1
            with suppress(httpx.HTTPError, Refused):  # on a busy machine one may come too late
                _visit(services, http, number, next(answers))


def _visit(services: Services, http: httpx.Client, number: int, answer: bytes) -> None:
    urls = services.stack.urls
    service, path = PAGES[number % len(PAGES)]
    http.get(urls[service] + path)
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    http.post(f"{urls['survey']}/api/rounds/lappi-2026/answers", content=answer, headers=headers)
    http.get(f"{urls['coaching']}/admin")
    if number % 5 == 0:
        _tell_a_story(services, http)


def _tell_a_story(services: Services, http: httpx.Client) -> None:
    story = STORY | {"title": f"Päivä {uuid.uuid4().hex[:6]}"}
    http.post(f"{services.stack.urls['campaign']}/api/stories", json=story)
    for one in services.get("campaign", "/admin/api/stories"):
        if one["status"] == "submitted":
            services.post("campaign", f"/admin/api/stories/{one['story']}/publish")
