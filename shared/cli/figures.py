"""The figures that services measure of themselves, for `latu status`."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

import httpx
from rich.table import Table

from deploy.embedded import Stack
from shared.cli.client import of_stack, services_elsewhere
from shared.errors import Refused
from shared.web.lines import Unit, in_words

ANSWER_SECONDS = 3.0
Figures = Mapping[str, float | None]

# Short headings and units; the page /admin/status of each service says what is normal.
COLUMNS: Final[tuple[tuple[str, str, Unit], ...]] = (
    ("requests", "requests", "reqps"),
    ("answered", "no fault", "percentunit"),
    ("request_time", "95 % within", "s"),
    ("events_handled", "events", "cps"),
    ("events_waiting", "waiting", "short"),
    ("outbox_waiting", "outbox", "short"),
    ("outbox_oldest", "oldest", "s"),
    ("dead_letters", "dead", "short"),
    ("connections", "pool", "percentunit"),
    ("late", "late", "s"),
    ("memory", "memory", "bytes"),
)


def load_figures(stack: Stack, answering: Collection[str]) -> dict[str, Figures]:
    """What those services that answer tell of themselves; nothing while there is no token."""
    try:
        services = services_elsewhere() or of_stack(stack, stack.home)
    except (OSError, Refused):
        return {}
    found: dict[str, Figures] = {}
    services.http.timeout = httpx.Timeout(ANSWER_SECONDS)
    with services.http:
        for name in (name for name in stack.urls if name in answering):
            try:
                told: dict[str, Any] = services.get(name, "/admin/api/figures")
            except Refused:
                continue
            found[name] = told["figures"]
    return found


def figures_table(figures: Mapping[str, Figures]) -> Table:
    """A row for each service, with the last known value of each figure."""
    table = Table(title="The last five seconds, or the last known", title_justify="left")
    table.add_column("service")
    for _, heading, _ in COLUMNS:
        table.add_column(heading, justify="right")
    for service, told in figures.items():
        table.add_row(service, *(_said(told.get(name), unit) for name, _, unit in COLUMNS))
    return table


def _said(value: float | None, unit: Unit) -> str:
    return in_words(math.nan if value is None else value, unit)
