"""The front as a real Caddy runs it: TLS for every host, nothing of the inside, and the broker by WebSocket."""

from __future__ import annotations

import base64
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.embedded.binaries import nats_server
from tests.compose.trial import free_ports
from tests.conftest import ROOT

CADDY = Path(sys.executable).with_name("caddy")
CADDYFILE = ROOT / "deploy/caddy/Caddyfile"
SERVICES = ("survey", "coaching", "model", "campaign")
PATIENCE_SECONDS = 30.0


class Echo(BaseHTTPRequestHandler):
    """A service that answers with the headers it was sent."""

    def do_GET(self) -> None:
        body = str(self.headers).lower().encode()
        self.send_response(200)
        self.send_header("Server", "inside")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running(argv: list[str | Path], **environment: str) -> Iterator[None]:
    process = subprocess.Popen(argv, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port for HTTPS of a front on loopback, before a service that echoes and a broker."""
    folder = tmp_path_factory.mktemp("front")
    inside = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=inside.serve_forever, daemon=True).start()
    plain, tls, well, broker, websocket, nobody = free_ports(6)
    text = CADDYFILE.read_text(encoding="utf-8")
    places = {f"service {name} 8000": f"service 127.0.0.1 {inside.server_port}" for name in SERVICES}
    places |= {"http_port 8080": f"http_port {plain}"}
    places |= {"https_port 8443": f"https_port {tls}\n\tskip_install_trust", ":8081": f":{well}"}
    for before, after in places.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "Caddyfile").write_text(text)
    (folder / "nats.conf").write_text(
        f"host: 127.0.0.1\nport: {broker}\nwebsocket {{ host: 127.0.0.1, port: {websocket}, no_tls: true }}\n"
    )
    # The machine's port for HTTPS is another one.
    hosts = {f"LATU_{name.upper()}_URL": f"https://{name}.localhost:4443" for name in SERVICES}
    hosts |= {
        "LATU_PARTNER_HOST": "partners.localhost:4443",
        "XDG_DATA_HOME": str(folder),
        "HOME": str(folder),
    }
    # Of three nodes one works.
    nodes = " ".join(f"127.0.0.1:{port}" for port in (nobody, websocket, nobody))
    hosts["LATU_NATS_WEBSOCKETS"] = nodes
    hosts["PATH"] = f"{CADDY.parent}:{os.environ['PATH']}"
    caddy = ["sh", CADDYFILE.with_name("start.sh"), folder / "Caddyfile"]
    with running([nats_server(), "-c", folder / "nats.conf"]), running([*caddy], **hosts):
        until = time.monotonic() + PATIENCE_SECONDS
        while not answers(well):
            assert time.monotonic() < until, "the front does not get well"
            time.sleep(0.1)
        yield tls
    inside.shutdown()


def answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/")
        return connection.getresponse().read() == b"well"
    except OSError:
        return False


def tls_to(port: int, host: str) -> ssl.SSLSocket:
    """A connection to a host of the front; its certificates are its own, so nobody vouches for them here."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return context.wrap_socket(
                socket.create_connection(("127.0.0.1", port), 10), server_hostname=host
            )
        except OSError:  # it may still be making the certificate
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def ask(port: int, host: str, path: str) -> tuple[int, http.client.HTTPMessage, str]:
    with tls_to(port, host) as wrapped:
        asked = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n"
        )
        wrapped.sendall(asked.encode())
        answer = http.client.HTTPResponse(wrapped)
        answer.begin()
        return answer.status, answer.headers, answer.read().decode()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_at_its_host_and_is_not_told_who_asks(front: int, name: str) -> None:
    status, headers, told = ask(front, f"{name}.localhost", "/")
    assert status == 200
    assert f"host: {name}.localhost" in told
    assert "192.0.2.7" not in told
    assert "127.0.0.1" not in told
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Server"] is None


@pytest.mark.parametrize("path", ["/metrics", "/health/ready", "/health/live"])
def test_what_is_for_the_machines_inside_is_not_shown(front: int, path: str) -> None:
    status, _, told = ask(front, "survey.localhost", path)
    assert (status, told) == (404, "")


def test_partners_reach_the_broker_by_websocket(front: int) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    asked = (
        "GET / HTTP/1.1\r\nHost: partners.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    with tls_to(front, "partners.localhost") as wrapped:
        wrapped.sendall(asked.encode())
        told = b""
        while b"INFO {" not in told:
            part = wrapped.recv(4096)
            assert part, told
            told += part
    assert told.startswith(b"HTTP/1.1 101")


def test_the_front_takes_its_file_in_the_form_that_it_writes(tmp_path: Path) -> None:
    copy = tmp_path / "Caddyfile"
    shutil.copy(CADDYFILE, copy)
    done = subprocess.run([CADDY, "fmt", copy], capture_output=True, text=True, check=False)
    assert done.stdout == CADDYFILE.read_text(encoding="utf-8")
