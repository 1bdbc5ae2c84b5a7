"""Somebody who answers the open round all the time, and remembers what was accepted."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import httpx

ROUND = "lappi-2026"
TIMEOUT_SECONDS = 5.0
PAUSE_SECONDS = 0.05


class Answering:
    """Sends synthetic answers in a thread of its own; what gets no answer is sent again under the same key."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.accepted: dict[str, str] = {}
        self.failures = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def __enter__(self) -> Answering:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _go_on(self) -> None:
        number = 0
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            while not self._over.is_set():
                number += 1
                self._send(client, str(uuid.uuid4()), number)
                time.sleep(PAUSE_SECONDS)

    def _send(self, client: httpx.Client, key: str, number: int) -> None:
        while True:
            receipt = send(client, self.url, key, number)
            if receipt:
                self.accepted[key] = receipt
                return
            self.failures += 1
            time.sleep(PAUSE_SECONDS)


def send(client: httpx.Client, url: str, key: str, number: int) -> str:
    """The receipt of one answer, or nothing where the service cannot answer now."""
    body = answer(number)
    try:
        told = client.post(f"{url}/api/rounds/{ROUND}/answers", json=body, headers={"Idempotency-Key": key})
    except httpx.HTTPError:
        return ""
    if told.status_code >= 500:
        return ""
    told.raise_for_status()
    return str(told.json()["receipt"])


def answer(number: int) -> dict[str, Any]:
    """The same synthetic answer for the same number."""
    return {
        "background": {"municipality": "698", "industry": "expert-services", "size": "10-49"},
        "values": {"trust": 1 + number % 5},
        "open": {"worked": f"Synthetic practice {number}: mornings without meetings."}
        if number % 10 == 0
        else {},
        "language": "fi",
        "organisation": "",
    }
