"""Posting to a target: the name is looked up here, checked, and the connection goes to what was checked."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from socket import gaierror

import h11

from shared.outward.addresses import Address, Target, may_reach
from shared.outward.lookups import Asker, Lookups

ATTEMPT_SECONDS = 15.0
CONNECT_SECONDS = 5.0
LONGEST_HEAD = 64_000
_ADDRESSES_TRIED = 3
_READ = 16_384

NOBODY = Asker()
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a post: a status, or why there is none (`timeout`, `dns`, `address`, `tls`, `connect`,
    `protocol`). `retry_after` is in seconds from then, where the other side named it."""

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
    the name (SNI and Host) of the target. Posts of one asker that begin together share a lookup. Of
    the answer only the head is read.
    """

    def __init__(self, *, loopback: bool = False) -> None:
        self._loopback = loopback
        self._tls = ssl.create_default_context()
        self._lookups = Lookups()

    async def post(
        self, target: Target, headers: Mapping[str, str], body: bytes, asker: Asker = NOBODY
    ) -> Answer:
        """Post once, within 15 seconds from lookup to answer; never raises for what the other side does."""
        started = time.perf_counter()
        status, fault, wait = None, "", None
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                addresses = await self._addresses(target.host, asker)
                status, wait = await self._post(target, addresses, headers, body)
        except TimeoutError:
            fault = "timeout"
        except NotReachable as error:
            fault = error.fault
        except (h11.ProtocolError, OSError):
            fault = "protocol"
        return Answer(status, fault, time.perf_counter() - started, wait)

    async def _post(
        self, target: Target, addresses: Sequence[Address], headers: Mapping[str, str], body: bytes
    ) -> tuple[int, float | None]:
        said = {
            "host": _authority(target),
            "content-length": str(len(body)),
            "connection": "close",
            **headers,
        }
        request = h11.Request(method="POST", target=target.path, headers=list(said.items()))
        protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        reader, writer = await self._connect(target, addresses)
        try:
            for event in (request, h11.Data(data=body), h11.EndOfMessage()):
                writer.write(protocol.send(event) or b"")
            await writer.drain()
            answer = await _head(reader, protocol)
        finally:
            writer.close()
        return answer.status_code, _retry_after(answer.headers, datetime.now(UTC))

    async def _connect(self, target: Target, addresses: Sequence[Address]) -> Streams:
        """Connect to the first address of a target that answers."""
        tls = self._tls if target.scheme == "https" else None
        name = target.host if tls else None
        fault = "dns"
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(
                        str(address), target.port, ssl=tls, server_hostname=name
                    )
            except TimeoutError:
                fault = "timeout"
            except ssl.SSLError:
                fault = "tls"
            except OSError:
                fault = "connect"
        raise NotReachable(fault)

    async def _addresses(self, host: str, asker: Asker) -> list[Address]:
        """The addresses of a host; all of them must be allowed."""
        found = [ip_address(each) for each in await self._look_up(host, asker)]
        # One that is not allowed among them is no mistake that a decent name makes.
        if not all(may_reach(address, loopback=self._loopback) for address in found):
            raise NotReachable("address")
        return found

    async def _look_up(self, host: str, asker: Asker) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            return await self._lookups.find(host, asker)
        except (gaierror, UnicodeError) as error:
            raise NotReachable("dns") from error


async def _head(reader: asyncio.StreamReader, protocol: h11.Connection) -> h11.Response:
    while True:
        event = protocol.next_event()
        if isinstance(event, h11.Response):
            return event
        if event is h11.NEED_DATA:
            protocol.receive_data(await reader.read(_READ))
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("no answer came")


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
