"""Posting to a target: the name is looked up here, checked, and the connection goes to what was checked."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror, getaddrinfo
from typing import Any

import httpcore

from shared.outward.addresses import Address, Target, may_reach

ATTEMPT_SECONDS = 15.0
CONNECT_SECONDS = 5.0
LONGEST_ANSWER = 64_000
# A name server that hangs holds a thread: many of them, so that it holds up no other name.
LOOKUPS_AT_ONCE = 64
_ADDRESSES_TRIED = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a post: a status, or why there is none (`timeout`, `dns`, `address`, `tls`, `connect`,
    `protocol`, `too_long`). `retry_after` is in seconds from then, where the other side named it."""

    status: int | None
    fault: str
    seconds: float
    retry_after: float | None = None


class NotReachable(Exception):
    """A name does not lead to an address that may be reached; `fault` says why."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class Poster:
    """Posts to targets: no redirects, no proxies, no cookies, certificates checked, all of it bounded.

    Each post has a connection of its own, to the very address that was looked up and checked for it, under
    the name (SNI and Host) of the target. A pool would be slower: httpcore's looks at all its connections at
    each turn, which with hundreds of endpoints takes the whole processor.
    """

    def __init__(self, *, loopback: bool = False) -> None:
        self._tls = ssl.create_default_context()
        self._backend = _Checked(loopback=loopback)

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post once, within 15 seconds from lookup to answer; never raises for what the other side does."""
        started = time.perf_counter()
        status, fault, wait = None, "", None
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                status, wait = await self._post(target, headers, body)
        except (TimeoutError, httpcore.TimeoutException):
            fault = "timeout"
        except NotReachable as error:
            fault = error.fault
        except httpcore.ConnectError as error:
            fault = "tls" if isinstance(error.__context__, ssl.SSLError) else "connect"
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            fault = "protocol"
        return Answer(status, fault, time.perf_counter() - started, wait)

    async def _post(
        self, target: Target, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, float | None]:
        given = {
            "host": _authority(target),
            "content-length": str(len(body)),
            "connection": "close",
            **headers,
        }
        raw: Any = [(name.encode(), value.encode()) for name, value in given.items()]
        origin = httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
        url = httpcore.URL(
            scheme=origin.scheme, host=origin.host, port=origin.port, target=target.path.encode()
        )
        async with (
            httpcore.AsyncHTTPConnection(origin, self._tls, network_backend=self._backend) as connection,
            connection.stream("POST", url, headers=raw, content=body) as answer,
        ):
            status, wait = answer.status, _retry_after(answer.headers, datetime.now(UTC))
            read = 0
            async for part in answer.aiter_stream():
                read += len(part)
                if read > LONGEST_ANSWER:
                    break  # what it says is not looked at
        return status, wait


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked up and checked right here, and to nothing else."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback
        self._backend = httpcore.AnyIOBackend()
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers; all of them must be allowed."""
        failed: Exception = NotReachable("dns")
        for address in (await self._addresses(host, port))[:_ADDRESSES_TRIED]:
            try:
                return await self._backend.connect_tcp(
                    str(address), port, timeout or CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def _addresses(self, host: str, port: int) -> list[Address]:
        found = [ip_address(each) for each in await self._look_up(host, port)]
        # One that is not allowed among them is no mistake that a decent name makes.
        if not all(may_reach(address, loopback=self._loopback) for address in found):
            raise NotReachable("address")
        return found

    async def _look_up(self, host: str, port: int) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _ask, host, port)
        except (gaierror, UnicodeError) as error:
            raise NotReachable("dns") from error
        return list(dict.fromkeys(found))


def _ask(host: str, port: int) -> list[str]:
    # The dot at the end keeps the search list of this machine's resolver out of it.
    return [str(each[4][0]) for each in getaddrinfo(f"{host}.", port, type=SOCK_STREAM)]


def _authority(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == {"https": 443, "http": 80}[target.scheme]
    return host if usual else f"{host}:{target.port}"


def _retry_after(headers: Iterable[tuple[bytes, bytes]], now: datetime) -> float | None:
    """Seconds from a `Retry-After`, which holds seconds or a date; None where it is missing or broken."""
    said = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    text = said.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
