"""Asking a process over HTTP how it is."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path
from urllib.parse import urlsplit

from deploy.embedded.plan import HOST

TIMEOUT_SECONDS = 2.0


def fetch(url: str, timeout: float = TIMEOUT_SECONDS) -> tuple[int, bytes]:
    """Status and body of a GET; status 0 when nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or HOST, parts.port, timeout=timeout)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def is_ready(address: str) -> bool:
    """Whether a service says that it is ready to work."""
    return fetch(f"{address}/health/ready")[0] == 200


def socket_answers(path: Path) -> bool:
    """Whether a server listens on this unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(TIMEOUT_SECONDS)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
