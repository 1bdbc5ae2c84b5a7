"""What a service meets on a real socket."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import pytest

from tests.system.conftest import DemoStack

pytestmark = pytest.mark.system


def hang_up(url: str, path: str) -> None:
    """Promise a body, send half of it and go."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 0)) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: latu\r\nContent-Type: application/json\r\n"
        client.sendall((head + "Idempotency-Key: half-of-one\r\nContent-Length: 400\r\n\r\n{").encode())
        time.sleep(0.2)


def test_a_reader_who_hangs_up_is_no_fault_of_the_service(demo_stack: DemoStack) -> None:
    log = demo_stack.stack.home / "logs" / "survey.log"
    hang_up(demo_stack.stack.urls["survey"], "/api/rounds/lappi-2026/answers")
    deadline = time.monotonic() + 10
    while "went away" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "went away" in log.read_text()
    assert "a request failed" not in log.read_text()
