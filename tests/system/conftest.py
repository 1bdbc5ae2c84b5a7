"""A whole stack on which the demonstration's loop was run once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.embedded import Plan, Stack, own_stack
from shared.cli.client import Services, of_stack
from shared.cli.demo import run_loop
from tests.conftest import quick_folder


@dataclass(frozen=True)
class DemoStack:
    """The running stack, its JSON APIs as an operator sees them, and what the loop counted."""

    stack: Stack
    services: Services
    counts: dict[str, Any]


@pytest.fixture(scope="module")
def demo_stack() -> Iterator[DemoStack]:
    """One for each module: what a module's tests do to the stack is nobody else's concern."""
    with quick_folder() as folder:
        home = folder / "home"
        with own_stack(Plan(home, any_port=True, durable=False)) as stack:
            services = of_stack(stack, home)
            with services.http:
                yield DemoStack(stack, services, run_loop(services))
