"""The diagram of the architecture page, made of what the code declares; `python -m tests.docs.diagram` writes it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from shared.events import ALL, Event
from shared.messaging import Handlers
from shared.streams import PARTNER, SUBJECTS
from tests.docs.pages import ROOT, SERVICES

PAGE = ROOT / "docs/architecture.md"
BEGIN, END = "<!-- diagram -->\n", "<!-- /diagram -->\n"
PARTNERS = "partners"
READ_BY_PARTNERS = ("PUBLIC", "ANSWERS")


def diagram() -> str:
    """Services with their handlers, and what flows between them through which stream, as Mermaid draws it."""
    return "\n".join(["```mermaid", "flowchart LR", *_services(), *_flows(), "```", ""])


def filled(page: str) -> str:
    """The page with the diagram as it is now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + diagram() + END + rest.partition(END)[2]


def _handlers(service: str) -> Handlers:
    found: Handlers = importlib.import_module(f"services.{service}.handlers").events
    return found


def _services() -> Iterator[str]:
    for service in SERVICES:
        names = sorted(handler.__name__ for handler in _handlers(service).by_event.values())
        yield f'  {service}["<b>{service}</b><br/>{"<br/>".join(names)}"]'
    yield f'  {PARTNERS}(["partners"])'


def _flows() -> Iterator[str]:
    """One node for the events of a stream that go the same way."""
    ways: dict[tuple[str, str, tuple[str, ...]], list[type[Event]]] = {}
    for event in ALL:
        ways.setdefault((event.publisher(), event.audience(), _readers(event)), []).append(event)
    for number, ((publisher, stream, readers), events) in enumerate(ways.items(), 1):
        said = "<br/>".join(event.__name__ for event in events)
        yield f'  flow{number}[/"{stream}<br/>{said}"/]'
        yield f"  {publisher} --> flow{number}"
        yield from (f"  flow{number} --> {reader}" for reader in readers)
    yield f'  contributions[/"{PARTNER}<br/>{SUBJECTS[PARTNER]}"/]'
    yield f"  {PARTNERS} --> contributions --> campaign"


def _readers(event: type[Event]) -> tuple[str, ...]:
    listening = tuple(service for service in SERVICES if event in _handlers(service).by_event)
    return listening + ((PARTNERS,) if event.audience() in READ_BY_PARTNERS else ())


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
