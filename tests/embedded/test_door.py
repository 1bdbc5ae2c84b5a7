"""The partners' door speaks TLS with a certificate that may be replaced, and nothing comes in without it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import nats
import pytest
from nats.errors import NoServersError

from deploy.embedded import Plan, Stack, own_stack
from deploy.embedded.door import wished
from deploy.embedded.troubles import BadPlan
from tests.embedded.given import small

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Authority:
    """Somebody who signs certificates for this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        extra = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        self._run("req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", *extra)

    def sign(self, name: str, days: int = 5) -> tuple[Path, Path]:
        """A certificate with its key; with a day before today it has expired."""
        (self.folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
        self._run("req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-days", str(days), "-extfile", "names")
        self._run("x509", "-req", "-in", f"{name}.csr", *signed, "-CAcreateserial", "-out", f"{name}.pem")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def trusting(self) -> ssl.SSLContext:
        """A client that trusts this authority only."""
        return ssl.create_default_context(cafile=str(self.folder / "ca.pem"))

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=30)


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as drawn:
        drawn.bind(("127.0.0.1", 0))
        return int(drawn.getsockname()[1])


def pid_of_broker(stack: Stack) -> int:
    """The process of the broker."""
    return next(int(one["pid"]) for one in stack.status["processes"] if one["name"] == "nats")


async def greeted(port: int, context: ssl.SSLContext) -> tuple[str, bytes]:
    """Who the server says that it is, and what it says first over WebSocket."""
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
        told = writer.get_extra_info("peercert")
        writer.write(UPGRADE)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer
        first = await reader.readuntil(b"\r\n")
        writer.close()
    return dict(pair for part in told["subject"] for pair in part)["commonName"], first


async def test_services_and_partners_come_over_tcp_with_tls_and_nobody_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    certificate, key = ours.sign("broker")
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.folder / "ca.pem"))
    port = free_port()
    door = {"tcp": f"localhost:{port}", "certificate": str(certificate), "key": str(key)}
    plan = Plan(tmp_path / "home", services=("campaign",), any_port=True, durable=False, door=door)
    with own_stack(plan) as stack:  # the campaign is ready: it has reached the broker
        assert urlsplit(stack.nats_url).scheme == "tls"
        client = await nats.connect(stack.nats_url, tls=ours.trusting())
        assert (await client.jetstream().account_info()).streams
        await client.close()
        with pytest.raises((ssl.SSLCertVerificationError, NoServersError)):
            await nats.connect(stack.nats_url, tls=others.trusting(), allow_reconnect=False, error_cb=quiet)
        assert await refused_in_clear(port, stack.nats_url)


async def refused_in_clear(port: int, url: str) -> bool:
    """Whether the server ends a connection whose login comes without TLS, before it takes anything."""
    told = urlsplit(url)
    login = json.dumps({"verbose": True, "user": told.username, "pass": told.password})
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert json.loads((await reader.readline()).removeprefix(b"INFO "))["tls_required"]
        writer.write(f"CONNECT {login}\r\nPING\r\n".encode())
        answer = await reader.read()
        writer.close()
    return b"OK" not in answer and b"PONG" not in answer


async def test_a_partner_comes_in_by_websocket_with_tls_and_the_certificate_is_replaced_while_it_runs(
    tmp_path: Path, used: Path
) -> None:
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    certificate, key = ours.sign("first")
    port = free_port()
    door = {"websocket": f"127.0.0.1:{port}", "certificate": str(certificate), "key": str(key)}
    with own_stack(small(used, door=door)) as stack:
        name, info = await greeted(port, ours.trusting())
        assert name == "first"
        assert b"INFO {" in info
        with pytest.raises(ssl.SSLCertVerificationError):
            await greeted(port, others.trusting())
        for name, days in (("second", 5), ("stale", -1)):
            for old, new in zip((certificate, key), ours.sign(name, days), strict=True):
                new.replace(old)
            os.kill(pid_of_broker(stack), signal.SIGHUP)
            if days > 0:
                await until_named(port, ours, name)
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            await until_named(port, ours, "stale")


async def until_named(port: int, authority: Authority, name: str) -> None:
    """Wait until the server shows its new certificate."""
    async with asyncio.timeout(30):
        while (await greeted(port, authority.trusting()))[0] != name:
            await asyncio.sleep(0.1)


def test_a_door_that_is_half_described_is_refused_with_a_sentence(tmp_path: Path) -> None:
    anywhere = "127.0.0.1:8443"
    assert wished({}) == {}
    with pytest.raises(BadPlan, match="given together"):
        wished({"LATU_PARTNER_LISTEN": anywhere})
    files = {"LATU_PARTNER_CERTIFICATE": str(tmp_path / "c"), "LATU_PARTNER_KEY": str(tmp_path / "k")}
    with pytest.raises(BadPlan, match="with its port"):
        wished({**files, "LATU_PARTNER_LISTEN": "127.0.0.1"})
    with pytest.raises(BadPlan, match="cannot be read"):
        wished({**files, "LATU_PARTNER_LISTEN": anywhere})
    with pytest.raises(BadPlan, match="given together"):
        wished(files)
    with pytest.raises(BadPlan, match="name that is in the certificate"):
        wished({**files, "LATU_PARTNER_TCP": ":4222"})


def test_a_broker_of_three_nodes_has_no_door_over_tcp(tmp_path: Path) -> None:
    door = {"tcp": "localhost:4222", "certificate": "c", "key": "k"}
    with pytest.raises(BadPlan, match="one node"), own_stack(small(tmp_path, nats_nodes=3, door=door)):
        pass


async def quiet(error: Exception) -> None:
    """What a client says beside what it raises."""
