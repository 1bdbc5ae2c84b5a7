"""Rules of traces."""

from __future__ import annotations

from services.coaching import traces
from services.coaching.knowledge import know
from services.coaching.outcomes import Outcome
from services.coaching.playbook import Playbook, make
from tests.coaching.given import insight, practice, text


def book() -> Playbook:
    items = make({}, know([practice("p1")], [insight("i1", 3, synthetic=True)], [], [], {}), []).items
    return Playbook(playbook="pb", organisation="o1", revision=7, items=items)


def test_a_trace_of_advice_leads_to_the_revisions_that_it_stands_on() -> None:
    found = traces.of_item(book(), "p1")
    assert found is not None
    assert (found.kind, found.key, found.revision, found.rank) == ("playbook_item", "o1--p1", 7, 1)
    assert [(ref.kind, ref.key, ref.revision) for ref in found.evidence] == [("insight", "i1", 3)]
    assert found.synthetic


def test_advice_that_is_not_in_the_playbook_has_no_trace() -> None:
    assert traces.of_item(book(), "p2") is None


def test_a_trace_of_an_outcome_leads_to_what_its_advice_stood_on() -> None:
    outcome = Outcome(
        outcome="out1",
        practice="p1",
        topic="leadership",
        kept=True,
        before=1,
        after=2,
        measured_on="2026-11",
        evidence=book().items[0].evidence,
    )
    found = traces.of_outcome(outcome, text("Title"))
    assert (found.kind, found.key, len(found.evidence)) == ("outcome", "out1", 1)
