"""A post goes to the address that was checked for it, once, and ends in time whatever the other side does."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.outward import Answer, Poster, Target, lookups, posting

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Names:
    """A resolver that gives its answers one after another, the last one again and again."""

    def __init__(self, *answers: list[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: None, **_: Any) -> list[Any]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return [(0, 0, 0, "", (address, port)) for address in answer]


@asynccontextmanager
async def serving(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that reads a request's head and says `answer`; what it got, by connection."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if not answer:
            await asyncio.sleep(30)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1], got
    server.close()


async def post(port: int, host: str = "hook.example", scheme: Any = "http", **more: Any) -> Answer:
    poster = Poster(loopback=more.pop("loopback", True))
    return await poster.post(Target(scheme, host, port, "/x"), {"webhook-id": "e1"}, b"{}")


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: list[str] | Exception) -> Names:
    names = Names(*answers)
    monkeypatch.setattr(lookups, "getaddrinfo", names)
    return names


async def test_a_name_is_looked_up_once_for_a_post_and_keeps_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = resolve(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    async with serving(OK) as (port, got):
        answer = await post(port)
    assert (answer.status, answer.fault) == (200, "")
    assert names.asked == ["hook.example."]
    assert f"host: hook.example:{port}".encode() in got[0].lower()


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
    ],
)
async def test_a_name_that_leads_inside_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    resolve(monkeypatch, addresses)
    async with serving(OK) as (port, got):
        answer = await post(port, loopback=False)
    assert (answer.status, answer.fault, got) == (None, "address", [])


async def test_an_address_is_checked_again_at_each_post(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, ["127.0.0.1"], ["192.168.0.1"])
    async with serving(OK) as (port, got):
        poster, target = Poster(loopback=True), Target("http", "hook.example", port, "/x")
        assert (await poster.post(target, {}, b"{}")).status == 200
        assert (await poster.post(target, {}, b"{}")).fault == "address"
    assert len(got) == 1


async def test_a_proxy_of_the_surroundings_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(OK) as (port, got), serving(OK) as (proxy, through):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        assert (await post(port, "127.0.0.1")).status == 200
    assert (len(got), len(through)) == (1, 0)


async def test_a_name_that_does_not_exist_is_a_fault_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, socket.gaierror(socket.EAI_NONAME, "no"))
    assert (await post(4443)).fault == "dns"


async def test_nobody_listening_is_a_fault_of_connecting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert (await post(taken.getsockname()[1], "127.0.0.1")).fault == "connect"


async def test_one_that_hangs_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "ATTEMPT_SECONDS", 0.3)
    async with serving(b"") as (port, _):
        answer = await post(port, "127.0.0.1")
    assert answer.fault == "timeout"
    assert 0.2 < answer.seconds < 5


async def test_a_lookup_that_hangs_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "ATTEMPT_SECONDS", 0.3)
    monkeypatch.setattr(lookups, "getaddrinfo", lambda *_, **__: __import__("time").sleep(1) or [])
    assert (await post(4443)).fault == "timeout"


async def test_an_answer_without_end_is_not_read_to_it() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 200_000
    async with serving(endless) as (port, _):
        answer = await post(port, "127.0.0.1")
    assert (answer.status, answer.fault) == (200, "")


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000]
)
async def test_what_is_no_http_is_a_fault_of_the_protocol(answer: bytes) -> None:
    async with serving(answer) as (port, _):
        assert (await post(port, "127.0.0.1")).fault == "protocol"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("-5", None),
        ("soon", None),
        ("9" * 400, 999999999.0),
        ("1e3", None),
        ("", None),
    ],
)
async def test_seconds_of_retry_after_are_read_or_left_out(said: str, seconds: float | None) -> None:
    head = f"HTTP/1.1 503 No\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode()
    async with serving(head) as (port, _):
        assert (await post(port, "127.0.0.1")).retry_after == seconds


@pytest.mark.parametrize(
    ("said", "least"), [("Fri, 31 Dec 2100 23:59:59 GMT", 10**9), ("Fri, 31 Dec 1999 23:59:59 GMT", 0)]
)
async def test_a_date_of_retry_after_is_read(said: str, least: float) -> None:
    head = f"HTTP/1.1 503 No\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode()
    async with serving(head) as (port, _):
        found = (await post(port, "127.0.0.1")).retry_after
    assert found is not None
    assert found >= least


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to make a certificate with")
async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    asked += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(asked, check=True, capture_output=True)  # noqa: ASYNC221 - a moment, before all else
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    async with serving(OK, tls) as (port, got):
        answer = await post(port, "127.0.0.1", "https")
    assert (answer.fault, got) == ("tls", [])
