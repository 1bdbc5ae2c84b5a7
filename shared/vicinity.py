"""What a process sees of where it runs: its disk, its clock, and the certificate that the public gets."""

from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from prometheus_client import Gauge

from shared.db import Database

log = logging.getLogger(__name__)

LOOK_SECONDS = 3600.0
ANSWER_SECONDS = 10.0

DISK_FREE = Gauge("latu_disk_free_bytes", "What is free on the disk of the data folder.")
DISK_SIZE = Gauge("latu_disk_bytes", "The size of that disk.")
CLOCK = Gauge(
    "latu_clock_seconds", "What time it is for the commands of this process, in seconds since 1970."
)
# Told only where there is one: nought would be a certificate that ended in 1970.
CERTIFICATE_ENDS = Gauge(
    "latu_certificate_ends_timestamp_seconds",
    "When the certificate at an address ends; 0 where readers are warned of it already.",
    ["at"],
)
SECURE = ("https", "wss")


def show_clock(database: Database) -> None:
    """Have the metrics tell the clock whenever they are asked."""
    CLOCK.set_function(lambda: database.clock().timestamp())


def measure_disk(folder: Path) -> None:
    """Measure the disk that a folder lies on, or would."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    found = shutil.disk_usage(there)
    DISK_FREE.set(found.free)
    DISK_SIZE.set(found.total)


async def run_certificate(address: str, context: ssl.SSLContext | None = None, at: str = "public") -> None:
    """Look at the certificate of an address every hour, for ever; not at all where it has none.

    What cannot be reached keeps what was seen last. Names that end in .localhost are for trying out.
    """
    place = urlsplit(address)
    host = place.hostname or ""
    if place.scheme not in SECURE or host.endswith("localhost"):
        return
    while True:
        ends = await certificate_ends(host, place.port or 443, context)
        if ends is not None:
            CERTIFICATE_ENDS.labels(at).set(ends)
        await asyncio.sleep(LOOK_SECONDS)


async def certificate_ends(host: str, port: int, context: ssl.SSLContext | None = None) -> float | None:
    """When the certificate ends, in seconds since 1970; 0 where it is not valid, None without an answer."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            trust = context or ssl.create_default_context()
            _, writer = await asyncio.open_connection(host, port, ssl=trust)
    except ssl.SSLCertVerificationError as error:
        log.warning("the certificate of the public address is not valid: %s", error.verify_message)
        return 0.0
    except OSError as error:
        log.warning("the public address does not answer: %s", type(error).__name__)
        return None
    certificate = writer.get_extra_info("peercert")
    writer.transport.abort()
    return float(ssl.cert_time_to_seconds(certificate["notAfter"]))
