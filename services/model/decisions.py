"""What people decide about a recommendation, and what they may decide when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.model.grading import Grade
from services.model.reviews import Basis
from services.model.thresholds import LONGEST_TEXT, SHORTEST_REASON
from shared.errors import Invalid, Refused
from shared.events import Certainty, Text, Value
from shared.events.model import Strength

Status = Literal["proposed", "under_review", "adopted", "retired"]
Kind = Literal["adopt", "review", "retire", "reopen"]

MAY: dict[Kind, tuple[Status, ...]] = {
    "adopt": ("proposed", "under_review"),
    "review": ("adopted",),
    "retire": ("proposed", "under_review", "adopted"),
    "reopen": ("retired",),
}


class Decision(Value):
    """What a person last decided, with what lay in front of them. `reopen` gives it back to the rules."""

    kind: Kind
    by: str
    at: datetime
    reason: str = ""
    strength: Strength
    certainty: Certainty
    segment_label: Text
    basis: Basis


class Wish(Value):
    """What a person asks for. Strength and certainty are given only to override the rules, with a reason."""

    kind: Kind
    revision: int
    reason: str = ""
    strength: Strength | None = None
    certainty: Certainty | None = None
    text: Text | None = None


def check(wish: Wish, status: Status, revision: int, grade: Grade, *, supported: bool) -> None:
    """Whether the wish may become a decision.

    Raises:
        Refused: the recommendation changed meanwhile, is in the wrong state or nothing supports it.
        Invalid: a reason is missing.
    """
    if wish.revision != revision:
        raise Refused(
            "changed_meanwhile", "The recommendation changed while you looked at it. Open it again."
        )
    if status not in MAY[wish.kind]:
        raise Refused("wrong_status", "This cannot be done to a recommendation in its present state.")
    if wish.kind in ("adopt", "reopen") and not supported:
        raise Refused("no_evidence", "No confirmed finding supports it now, so it cannot be taken up.")
    if needs_reason(wish, grade) and len(wish.reason.strip()) < SHORTEST_REASON:
        raise Invalid("reason_missing", f"Say why in at least {SHORTEST_REASON} characters.")


def needs_reason(wish: Wish, grade: Grade) -> bool:
    """Going against the rules, asking for a review and retiring are explained; following the rules is not."""
    overrides = wish.kind == "adopt" and (wish.strength, wish.certainty) not in _of_the_rules(grade)
    return overrides or wish.kind in ("review", "retire")


def check_text(text: Text) -> Text:
    """A text that a person wrote, trimmed.

    Raises:
        Invalid: Finnish or English is missing, or a language is too long.
    """
    trimmed = Text(fi=text.fi.strip(), en=text.en.strip(), sv=text.sv.strip())
    if not trimmed.fi or not trimmed.en:
        raise Invalid("text_missing", "The text is needed in Finnish and in English.")
    if max(len(trimmed.fi), len(trimmed.en), len(trimmed.sv)) > LONGEST_TEXT:
        raise Invalid("text_too_long", f"A text may have at most {LONGEST_TEXT} characters.")
    return trimmed


def _of_the_rules(grade: Grade) -> set[tuple[Strength | None, Certainty | None]]:
    return {(s, c) for s in (None, grade.strength) for c in (None, grade.certainty)}
