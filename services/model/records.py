"""The record of a recommendation: its revision, where it stands and what people said about it."""

from __future__ import annotations

from datetime import datetime

from services.model import wording
from services.model.decisions import Decision, Wish, check, check_text
from services.model.evidence import Known
from services.model.recommendations import Standing
from services.model.reviews import Basis
from shared.errors import Refused
from shared.events import Certainty, Text, Value
from shared.events.model import Strength


class Record(Value):
    """What is kept of a recommendation: its revision, where it stands and what people said."""

    revision: int
    standing: Standing
    status_since: datetime
    decision: Decision | None = None
    worded: Text | None = None

    @property
    def key(self) -> str:
        """Of the subject."""
        return self.standing.key


def begin(standing: Standing, now: datetime) -> Record | None:
    """The first record of a subject; one that nothing proposes leaves none."""
    return Record(revision=1, standing=standing, status_since=now) if standing.status == "proposed" else None


def follow(before: Record, standing: Standing, now: datetime) -> Record:
    """The record after `standing`. Its revision grows only when the event would say something new."""
    said, says = (one.to_event(1, before.status_since) for one in (before.standing, standing))
    same_status = before.standing.status == standing.status
    update = {
        "revision": before.revision + (said != says),
        "standing": standing,
        "status_since": before.status_since if same_status else now,
    }
    return before.model_copy(update=update)


def decide(record: Record, wish: Wish, by: str, now: datetime) -> Record:
    """The record with a person's decision, to be settled again. Adopting freezes the wording.

    Raises:
        Refused: see `decisions.check`.
    """
    standing = record.standing
    supported = bool(standing.table.of("supports"))
    check(wish, standing.status, record.revision, standing.grade, supported=supported)
    decision = Decision(
        kind=wish.kind,
        by=by,
        at=now,
        reason=wish.reason.strip(),
        strength=wish.strength or _strength(standing, wish),
        certainty=wish.certainty or _certainty(standing, wish),
        segment_label=standing.segment_label,
        basis=Basis.of(standing.table, standing.grade),
    )
    return record.model_copy(update={"decision": decision, "worded": _wording(record, wish)})


def word(record: Record, wish: Wish, known: Known) -> Wish:
    """The wish with the opening that fits its strength, where nobody wrote a text of their own."""
    standing = record.standing
    own = wish.text is not None and wish.text != standing.text
    if own or record.worded or wish.strength in (None, standing.strength):
        return wish
    practice = known.named.get(standing.subject.practice)
    text = wording.text(standing.subject, practice, standing.segment_label, wish.strength)
    return wish.model_copy(update={"text": text})


def reword(record: Record, text: Text, revision: int) -> Record:
    """The record with a text that a person wrote.

    Raises:
        Refused: it changed meanwhile, or is retired.
    """
    if revision != record.revision:
        raise Refused(
            "changed_meanwhile", "The recommendation changed while you looked at it. Open it again."
        )
    if record.standing.status == "retired":
        raise Refused("wrong_status", "It is retired; take it up again before rewording it.")
    return record.model_copy(update={"worded": check_text(text)})


def _strength(standing: Standing, wish: Wish) -> Strength:
    return standing.grade.strength if wish.kind == "adopt" else standing.strength


def _certainty(standing: Standing, wish: Wish) -> Certainty:
    return standing.grade.certainty if wish.kind == "adopt" else standing.certainty


def _wording(record: Record, wish: Wish) -> Text | None:
    if wish.kind == "adopt":
        return check_text(wish.text or record.standing.text)
    return None if wish.kind == "reopen" else record.worded
