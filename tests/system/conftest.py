"""A whole stack on which the demonstration's loop was run once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.embedded import Plan, Stack, own_stack
from shared.cli.client import Services, of_stack
from shared.cli.demo import run_loop
from tests.collector import Collector, collecting
from tests.conftest import quick_folder


@dataclass(frozen=True)
class DemoStack:
    """The running stack, its JSON APIs as an operator sees them, what the loop counted, and its spans.

    Without the extra `tracing` no spans come.
    """

    stack: Stack
    services: Services
    counts: dict[str, Any]
    collector: Collector


@pytest.fixture(scope="module")
def demo_stack() -> Iterator[DemoStack]:
    """One for each module: what a module's tests do to the stack is nobody else's concern."""
    with quick_folder() as folder, collecting() as collector, pytest.MonkeyPatch.context() as environment:
        home = folder / "home"
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        environment.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")  # it must tell nothing even then
        with own_stack(Plan(home, any_port=True, durable=False)) as stack:
            services = of_stack(stack, home)
            with services.http:
                yield DemoStack(stack, services, run_loop(services), collector)
