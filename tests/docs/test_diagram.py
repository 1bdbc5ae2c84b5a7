"""The diagram of the architecture page is the one that the code makes."""

from __future__ import annotations

from services.coaching.handlers import events
from shared.events import ALL, OrganisationCoached
from tests.docs import diagram


def test_the_diagram_of_the_page_is_what_the_code_makes() -> None:
    page = diagram.PAGE.read_text(encoding="utf-8")
    assert diagram.filled(page) == page, "python -m tests.docs.diagram writes it"


def test_the_diagram_has_every_event_and_every_handler() -> None:
    drawn = diagram.diagram()
    assert [event.__name__ for event in ALL if event.__name__ not in drawn] == []
    assert "on_insight_released" in drawn


def test_a_handler_that_is_gone_changes_the_diagram(monkeypatch) -> None:
    before = diagram.diagram()
    gone = next(event for event in events.by_event if event is not OrganisationCoached)
    monkeypatch.delitem(events.by_event, gone)
    assert diagram.diagram() != before
