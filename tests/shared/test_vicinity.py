"""What a process tells of where it runs."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from shared.db import Database, now_in_utc
from shared.vicinity import certificate_ends, measure_disk, run_certificate, show_clock

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="no openssl here to make a certificate with"
)


def certify(folder: Path, days: int) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that is its own authority, and its key."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    asked += ["-days", str(days), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*asked, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


@asynccontextmanager
async def front(folder: Path, days: int = 30) -> AsyncIterator[tuple[int, ssl.SSLContext]]:
    """A server with a certificate: its port, and who trusts it."""
    certificate, key = certify(folder, days)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], ssl.create_default_context(cafile=str(certificate))


@needs_openssl
async def test_the_end_of_a_certificate_is_found(tmp_path: Path) -> None:
    async with front(tmp_path) as (port, trusting):
        ends = await certificate_ends("127.0.0.1", port, trusting)
    assert ends == pytest.approx(time.time() + 30 * 86_400, abs=3_600)


@needs_openssl
async def test_a_certificate_that_readers_are_warned_of_has_ended(tmp_path: Path) -> None:
    async with front(tmp_path) as (port, _):
        assert await certificate_ends("127.0.0.1", port) == 0


async def test_an_address_that_does_not_answer_tells_nothing() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert await certificate_ends("127.0.0.1", port) is None


@needs_openssl
async def test_only_where_there_is_a_certificate_its_end_is_told(tmp_path: Path) -> None:
    def told(at: str) -> float | None:
        return REGISTRY.get_sample_value("latu_certificate_ends_timestamp_seconds", {"at": at})

    await run_certificate("http://127.0.0.1:8001")
    await run_certificate("https://latu.localhost")
    assert told("public") is None
    async with front(tmp_path) as (port, trusting):
        places = {"public": f"https://127.0.0.1:{port}", "partners": f"wss://127.0.0.1:{port}"}
        for at, place in places.items():
            looking = asyncio.create_task(run_certificate(place, trusting, at))
            async with asyncio.timeout(20):
                while told(at) is None:
                    await asyncio.sleep(0.02)
            looking.cancel()
            assert (told(at) or 0) > time.time()


def test_the_disk_is_that_of_the_folder_or_of_where_it_would_be(tmp_path: Path) -> None:
    measure_disk(tmp_path / "not" / "there")
    assert REGISTRY.get_sample_value("latu_disk_bytes") == shutil.disk_usage(tmp_path).total
    assert (REGISTRY.get_sample_value("latu_disk_free_bytes") or 0) > 0


async def test_the_clock_is_that_of_the_commands() -> None:
    off = Database("postgresql+asyncpg:///nowhere", clock=lambda: now_in_utc() + timedelta(seconds=90))
    show_clock(off)
    told = REGISTRY.get_sample_value("latu_clock_seconds") or 0
    assert told - time.time() == pytest.approx(90, abs=5)
    await off.close()
