"""Answers that it is ready, tells what it was told, and looks around once more when it is asked to stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HOME = Path(os.environ["LATU_HOME"])


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def database_answers() -> bool:
    folder = parse_qs(urlsplit(os.environ["LATU_DATABASE_URL"]).query)["host"][0]
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(f"{folder}/.s.PGSQL.5432") == 0


def broker_answers() -> bool:
    port = urlsplit(os.environ["LATU_NATS_URL"]).port or 0
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def leave(*_: object) -> None:
    found = {"database": database_answers(), "broker": broker_answers()}
    (HOME / "at-the-end.json").write_text(json.dumps(found))
    sys.exit(0)


if __name__ == "__main__":
    told = {name: value for name, value in os.environ.items() if name.startswith("LATU_")}
    (HOME / "told.json").write_text(json.dumps(told))
    signal.signal(signal.SIGTERM, leave)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["LATU_PORT"])), Ready).serve_forever()
