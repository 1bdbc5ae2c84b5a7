"""Spans leave by OTLP where the environment names a collector, and nowhere else."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from shared import tracing

if TYPE_CHECKING:
    from shared.otlp import Exporter

log = logging.getLogger(__name__)

NAMING_A_COLLECTOR = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's variables name a collector and do not turn it off."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return False
    return any(environment.get(name) for name in NAMING_A_COLLECTOR)


def share(environment: Mapping[str, str]) -> float:
    """Which share of the traces that begin here is exported, 0 to 1: all, unless the sampler is by ratio.

    Raises:
        ValueError: OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1.
    """
    if not environment.get("OTEL_TRACES_SAMPLER", "").strip().lower().endswith("traceidratio"):
        return 1.0
    said = environment.get("OTEL_TRACES_SAMPLER_ARG", "1")
    try:
        wanted = float(said)
    except ValueError:
        wanted = -1.0
    if not 0.0 <= wanted <= 1.0:
        raise ValueError("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1.")
    return wanted


@asynccontextmanager
async def exporting(service: str) -> AsyncIterator[None]:
    """Export the spans of this process for as long as this lasts, where that is asked for and possible."""
    exporter = _start(service) if is_wanted(os.environ) else None
    try:
        yield
    finally:
        if exporter:
            tracing.export_to(None)
            await exporter.close()


def _start(service: str) -> Exporter | None:
    """A service works without its spans: what is wrong is said, and it goes on."""
    try:
        from shared.otlp import Exporter  # noqa: PLC0415 - only here: the extra need not be installed

        wanted = share(os.environ)
        exporter = Exporter(service)
        tracing.export_to(exporter.export, wanted)
    except ImportError:
        log.warning("no spans leave though a collector is named: install the extra, latu[tracing]")
    except ValueError as error:
        log.warning("no spans leave though a collector is named: %s", error)
    else:
        return exporter
    return None
