"""Contributions: what partners send, from the message as it came to what staff decided on it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import ValidationError

from services.campaign import stories, suspicions, thresholds
from services.campaign.partners import Partner
from shared.errors import Invalid, Refused
from shared.events import ContributionKind, RefusalReason
from shared.events.contributed import (
    CONTRIBUTED,
    HIGHEST_REVISION,
    Contributed,
    Indicator,
    IndicatorTakenBack,
    PracticeTakenBack,
)
from shared.vocabulary import vocabulary

Status = Literal["waiting", "quarantined", "accepted", "refused", "withdrawn"]

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
_REVISION: Final = re.compile(r"[1-9][0-9]{0,8}")
_FIELD: Final = re.compile(r"[a-z_]{1,20}")
LONGEST_PLACES: Final = 500
_TYPES: Final = {one.TYPE: one for one in CONTRIBUTED}
TAKING_BACK: Final = frozenset({PracticeTakenBack.TYPE, IndicatorTakenBack.TYPE})
# Each revision of a partner's has so many states that are told: come, decided, and taken down by staff.
_STATES: Final = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a message is refused; `where` names fields and repeats nothing of it."""

    reason: RefusalReason
    where: str = ""


NOT_NEWER: Final = Fault("not_valid", "revision: not_newer")


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was opened: of which thing it speaks, and what it says or why it cannot be taken."""

    name: str
    revision: int
    said: Contributed | None
    fault: Fault | None = None

    @property
    def takes_back(self) -> bool:
        """Whether the partner takes something back."""
        return isinstance(self.said, PracticeTakenBack | IndicatorTakenBack)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One contribution in the newest revision that could be taken, or that staff or the partner ended.

    `said` is there while it waits or is accepted. `heard` is the highest revision that came, which may have
    been refused as it came; of a contribution of which nothing could be taken yet the refusal is kept.
    """

    key: str
    partner: str
    kind: ContributionKind
    name: str
    revision: int
    status: Status
    received_at: datetime
    said: dict[str, Any] | None = None
    fingerprint: str = ""
    checks: tuple[str, ...] = ()
    reason: str = ""
    place: str = ""
    note: str = ""
    decided_at: datetime | None = None
    state: int = 0
    heard: int = 0

    @property
    def stands(self) -> int:
        """The revision on which something can be built or was ended; 0 where none could be taken."""
        return 0 if self.status == "refused" and self.reason != "declined" else self.revision

    @property
    def told_revision(self) -> int:
        """The revision of what we say of it: it follows from the partner's, in whatever order they came."""
        return _STATES * (self.heard + self.stands) + self.state


def key_of(partner: str, kind: str, name: str) -> str:
    """No other contribution has this key: ids of partners and kinds have no underscore."""
    return f"{partner}_{kind}_{name}"


def open_message(kind: str, headers: Mapping[str, str], body: bytes) -> Message:
    """Read a message in which nothing is believed; who sent it is told by its subject alone."""
    name, told = headers.get("ce-subject", ""), headers.get("ce-revision", "")
    if not (_NAME.fullmatch(name) and _REVISION.fullmatch(told) and int(told) <= HIGHEST_REVISION):
        return Message(_unread(kind, body), 1, None, Fault("no_event", "ce-subject, ce-revision"))
    said, fault = _read(kind, headers, body)
    if said and (said.key, said.revision) != (name, int(told)):
        said, fault = None, Fault("not_valid", "key, revision")
    return Message(name, int(told), said, fault)


def _unread(kind: str, body: bytes) -> str:
    return f"unread-{hashlib.sha256(kind.encode() + body).hexdigest()[:24]}"


def _read(kind: str, headers: Mapping[str, str], body: bytes) -> tuple[Contributed | None, Fault | None]:
    model = _TYPES.get(headers.get("ce-type", ""))
    if headers.get("ce-specversion") != "1.0" or not headers.get("ce-id"):
        return None, Fault("no_event", "ce-specversion, ce-id")
    if model is None or kind != model.KIND:
        return None, Fault("unknown_type", "ce-type")
    if len(body) > thresholds.PARTNER_PAYLOAD:
        return None, Fault("too_large")
    try:
        said = model.model_validate_json(body)
    except ValidationError as error:
        return None, Fault("not_valid", _places(error))
    return (None, Fault("unknown_place", "segment")) if _is_elsewhere(said) else (said, None)


def _places(error: ValidationError) -> str:
    """The fields and what is wrong with each; what is no name of a field may be the partner's word."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    places = {(".".join(map(_shown, one["loc"])) or "body", one["type"]) for one in found}
    return ", ".join(f"{place}: {kind}" for place, kind in sorted(places))[:LONGEST_PLACES]


def _shown(part: int | str) -> str:
    return part if isinstance(part, str) and _FIELD.fullmatch(part) else "*"


def _is_elsewhere(said: Contributed) -> bool:
    if not isinstance(said, Indicator):
        return False
    words = vocabulary()
    return any(
        code not in {term.code for term in words.terms(dimension)} for dimension, code in said.segment.items()
    )


def barred(partner: Partner, kind: str) -> Fault | None:
    """Why this partner may not send this kind, if it may not."""
    if partner.status != "active":
        return Fault("not_active")
    return None if kind in partner.contributes else Fault("not_granted")


def receive(
    partner: str, kind: ContributionKind, message: Message, now: datetime, *, duplicate: bool = False
) -> Contribution:
    """The contribution as a message by itself would make it."""
    key = key_of(partner, kind, message.name)
    made = Contribution(
        key, partner, kind, message.name, message.revision, "refused", now, heard=message.revision
    )
    if message.said is None or message.fault:
        fault = message.fault or Fault("not_taken")
        return replace(made, reason=fault.reason, place=fault.where)
    if message.takes_back:
        # It may have the revision of what it takes back, where there is no higher one.
        last = message.revision == HIGHEST_REVISION
        return replace(made, status="withdrawn", state=_STATES if last else 0)
    checks = suspicions.found(message.said, now.date(), duplicate=duplicate)
    return replace(
        made,
        status="quarantined" if checks else "waiting",
        said=message.said.model_dump(mode="json"),
        fingerprint=fingerprint(message.said),
        checks=checks,
    )


def hear(before: Contribution | None, made: Contribution) -> tuple[Contribution, Contribution]:
    """What is known after a message, and what its answer speaks of.

    The two differ where a revision is refused beside another one that stands: a slip of the partner, or of
    ours, takes nothing down.
    """
    if before is None:
        return made, made
    if made.revision <= before.stands and not _ends_the_last(before, made):
        if _repeats(before, made):
            return before, before
        if made.status != "refused":
            made = replace(made, status="refused", reason=NOT_NEWER.reason, place=NOT_NEWER.where)
        return before, made
    heard = max(before.heard, made.heard)
    if made.status != "refused":
        made = replace(made, heard=heard)
        return made, made
    kept = before if before.stands or before.revision > made.revision else made
    # What is told of it all grows with each of both, whichever came first.
    return replace(kept, heard=heard), replace(made, heard=made.revision + before.stands)


def is_always_heard(before: Contribution | None, message: Message) -> bool:
    """Whether a partner takes back what is there."""
    return message.takes_back and before is not None and bool(before.stands) and before.status != "withdrawn"


def _ends_the_last(before: Contribution, made: Contribution) -> bool:
    """Above the highest revision there is none to take it back with."""
    return made.status == "withdrawn" != before.status and made.revision == HIGHEST_REVISION


def _repeats(before: Contribution, made: Contribution) -> bool:
    """Whether it says what is known; with words that are erased nothing can be compared."""
    return made.revision == before.revision and before.said in (None, made.said)


def fingerprint(said: Contributed) -> str:
    """The same for the same words, however they are spaced and written large or small."""
    words = " ".join(" ".join(suspicions.texts(said)).casefold().split())
    value = json.dumps([said.value, said.period]) if isinstance(said, Indicator) else ""
    return hashlib.sha256(f"{words} {value}".encode()).hexdigest()


def accept(known: Contribution, revision: int, note: str, now: datetime) -> Contribution:
    """Staff accept what waits; of what is suspicious they say why.

    Raises:
        Refused: it does not wait, or the partner sent another revision meanwhile.
        Invalid: the note is missing or too long.
    """
    _check_same(known, revision)
    if known.status not in ("waiting", "quarantined"):
        raise Refused("contribution_decided", "This contribution has already been decided on.")
    if known.status == "quarantined" and not note.strip():
        raise Invalid("contribution_note", "Say why it is accepted although it looked suspicious.")
    return replace(known, status="accepted", note=_noted(note), decided_at=now, state=1)


def refuse(known: Contribution, revision: int, note: str, now: datetime) -> Contribution:
    """Staff refuse what waits or take down what was accepted; the words are erased.

    Raises:
        Refused: it is gone already, or the partner sent another revision meanwhile.
        Invalid: the partner is not told why.
    """
    _check_same(known, revision)
    if known.status not in ("waiting", "quarantined", "accepted"):
        raise Refused("contribution_decided", "This contribution has already been decided on.")
    if not note.strip():
        raise Invalid("contribution_why", "Tell the partner why it is refused.")
    state = 2 if known.status == "accepted" else 1
    gone = replace(known, status="refused", said=None, fingerprint="", reason="declined", state=state)
    return replace(gone, note=_noted(note), decided_at=now)


def _check_same(known: Contribution, revision: int) -> None:
    if known.revision != revision:
        raise Refused("contribution_changed", "The partner has sent another revision. Look at it first.")


def _noted(note: str) -> str:
    if len(note) > thresholds.CONTRIBUTION_NOTE:
        raise Invalid("contribution_note_long", "A note to the partner has at most 500 characters.")
    return stories.tidy(note)
