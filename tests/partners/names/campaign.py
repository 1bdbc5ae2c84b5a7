"""The campaign service with names that lead here: `….example` at once, `….unanswered.example` not before half a minute."""

from __future__ import annotations

import socket
import time
from typing import Any

HANGS_SECONDS = 30.0
asked = socket.getaddrinfo


def answer(host: Any, *more: Any, **named: Any) -> Any:
    """What the resolver of the system answers, or we."""
    name = str(host).rstrip(".")
    if name.endswith(".unanswered.example"):
        time.sleep(HANGS_SECONDS)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")
    return asked("127.0.0.1" if name.endswith(".example") else host, *more, **named)


if __name__ == "__main__":
    socket.getaddrinfo = answer
    from services.campaign.app import service
    from shared.http import serve

    serve(service)
