"""What people may decide when."""

from __future__ import annotations

import pytest

from services.model.decisions import Kind, Status, Wish, check, check_text
from services.model.grading import Grade
from shared.errors import Invalid, Refused
from shared.events import Text

BY_THE_RULES = Grade(certainty="moderate", strength="conditional", reasons=())
REASON = "The group discussed it on Tuesday."


def ask(kind: Kind, status: Status, *, supported: bool = True, **changes: object) -> None:
    wish = Wish.model_validate({"kind": kind, "revision": 3, "reason": REASON} | changes)
    check(wish, status, 3, BY_THE_RULES, supported=supported)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("adopt", "proposed"),
        ("adopt", "under_review"),
        ("review", "adopted"),
        ("retire", "proposed"),
        ("retire", "under_review"),
        ("retire", "adopted"),
        ("reopen", "retired"),
    ],
)
def test_these_can_be_decided(kind: Kind, status: Status) -> None:
    ask(kind, status)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("adopt", "adopted"),
        ("adopt", "retired"),
        ("review", "proposed"),
        ("retire", "retired"),
        ("reopen", "adopted"),
    ],
)
def test_a_decision_that_does_not_fit_the_status_is_refused(kind: Kind, status: Status) -> None:
    with pytest.raises(Refused, match="present state"):
        ask(kind, status)


def test_nobody_decides_on_what_changed_while_they_looked() -> None:
    with pytest.raises(Refused, match="changed while"):
        ask("adopt", "proposed", revision=2)


@pytest.mark.parametrize(("kind", "status"), [("adopt", "under_review"), ("reopen", "retired")])
def test_nothing_is_taken_up_without_a_confirmed_finding(kind: Kind, status: Status) -> None:
    with pytest.raises(Refused, match="No confirmed finding"):
        ask(kind, status, supported=False)


def test_following_the_rules_needs_no_reason() -> None:
    ask("adopt", "proposed", reason="")
    ask("adopt", "proposed", reason="", strength="conditional", certainty="moderate")


@pytest.mark.parametrize("override", [{"strength": "strong"}, {"certainty": "low"}])
def test_overriding_the_rules_needs_a_reason(override: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="Say why"):
        ask("adopt", "proposed", reason="  because ", **override)
    ask("adopt", "proposed", **override)


@pytest.mark.parametrize("kind", ["review", "retire"])
def test_review_and_retirement_need_a_reason(kind: Kind) -> None:
    with pytest.raises(Invalid, match="Say why"):
        ask(kind, "adopted", reason="")


def test_a_text_is_needed_in_finnish_and_english() -> None:
    with pytest.raises(Invalid, match="Finnish and in English"):
        check_text(Text(fi="Tauko", en="  "))


def test_a_text_is_trimmed_and_not_too_long() -> None:
    assert check_text(Text(fi=" Tauko ", en=" Break\n")) == Text(fi="Tauko", en="Break")
    with pytest.raises(Invalid, match="2000"):
        check_text(Text(fi="Tauko", en="x" * 2001))
