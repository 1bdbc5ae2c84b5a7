"""Partners: who reads our events and sends to us, which events and kinds, and with which keys."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from services.campaign import thresholds
from shared.errors import Invalid, Refused
from shared.events import ALL, Event

Status = Literal["active", "suspended", "removed"]

CONTRIBUTIONS: Final = ("practice", "indicator")
_ID: Final = re.compile(r"[a-z](?:-?[a-z0-9])+")
# A partner's durable has the partner's name: never one that could be a service's.
_RESERVED: Final = re.compile(r"(latu|sys|survey|coaching|model|campaign)(-.*)?")
_FOREIGN: Final = str.maketrans({"ø": "o", "æ": "ae", "đ": "d", "ŋ": "n", "ŧ": "t", "ß": "ss"})
_USER_PREFIX: Final = 20 << 3
_KEY_BYTES: Final = 35


def public_types(events: Iterable[type[Event]]) -> Mapping[str, type[Event]]:
    """Every type under which a public event is or was told, and the event as which it is read."""
    return {name: one for one in events if one.audience() == "PUBLIC" for name in one.type_names()}


PUBLIC: Final = public_types(ALL)


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """The public half of an identity; `until` is when it ends, None while nothing ends it."""

    public: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner. `reads` are types of public events, `contributes` what it may send.

    `id` names it in subjects, accounts and durables and is never given to another one; of a removed
    partner the contact and the keys are gone. `applied_at` is the change that the broker last followed.
    """

    id: str
    name: str
    reads: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    contributes: tuple[str, ...] = ()
    contact: str = ""
    status: Status = "active"
    keys: tuple[PartnerKey, ...] = ()
    applied_at: datetime | None = None

    @property
    def in_effect(self) -> bool:
        """Whether the broker has followed the last change."""
        return self.applied_at == self.changed_at


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff ask for; an empty `id` is made from the name."""

    name: str
    reads: tuple[str, ...] = ()
    contributes: tuple[str, ...] = ()
    contact: str = ""
    id: str = ""


def add(wish: Wish, public_key: str, now: datetime) -> Partner:
    """A new partner, active from now on; without a key it has no way in over NATS.

    Raises:
        Invalid: the first thing that is wrong with the wish.
    """
    name, contact = wish.name.strip(), wish.contact.strip()
    if not 1 <= len(name) <= thresholds.PARTNER_NAME_LENGTH:
        raise Invalid("partner_name", "A partner's name has 1 to 120 characters.")
    if len(contact) > thresholds.EMAIL_LENGTH:
        raise Invalid("partner_contact", "A partner's contact has at most 254 characters.")
    key = () if not public_key else (PartnerKey(checked_key(public_key), now),)
    return Partner(
        id=checked_id(wish.id or slug(name)),
        name=name,
        contact=contact,
        reads=readable(wish.reads),
        contributes=contributable(wish.contributes),
        created_at=now,
        changed_at=now,
        keys=key,
    )


def rotate(partner: Partner, public_key: str, overlap: timedelta, now: datetime) -> Partner:
    """Give a partner another key; the keys of before end after the overlap, at once if it is nought.

    Raises:
        Invalid: it is no key, or the overlap is too long.
        Refused: the partner is removed, or has the key already.
    """
    _check_not_removed(partner)
    if not timedelta() <= overlap <= thresholds.KEY_OVERLAP:
        raise Invalid("partner_overlap", "The old key may stay valid for at most 30 days.")
    public = checked_key(public_key)
    if public in {key.public for key in partner.keys}:
        raise Refused("partner_key_known", "The partner has this key already. Make a new one.")
    ending = (_ended(key, now + overlap) for key in valid_keys(partner, now)) if overlap else ()
    return replace(partner, keys=(*ending, PartnerKey(public, now)), changed_at=now)


def check_key_unused(public_key: str, others: Iterable[Partner], now: datetime) -> None:
    """See that no other partner is let in by a key now, or would be once it is resumed.

    The broker takes nobody's accounts while one key stands in two of them.

    Raises:
        Refused: one is.
    """
    kept = (key for other in others for key in other.keys)
    if public_key in {key.public for key in kept if key.until is None or key.until > now}:
        raise Refused(
            "partner_key_taken", "Another partner has this key. Each needs one of its own: make one."
        )


def suspend(partner: Partner, now: datetime) -> Partner:
    """Let a partner in no more, until it is resumed; its place in the stream stays."""
    _check_not_removed(partner)
    return replace(partner, status="suspended", changed_at=now)


def resume(partner: Partner, now: datetime) -> Partner:
    """Let a suspended partner in again."""
    _check_not_removed(partner)
    return replace(partner, status="active", changed_at=now)


def remove(partner: Partner, now: datetime) -> Partner:
    """Take a partner out for good: keys, contact and its place in the stream."""
    _check_not_removed(partner)
    return replace(partner, status="removed", keys=(), contact="", changed_at=now)


def change(partner: Partner, reads: Iterable[str], contributes: Iterable[str], now: datetime) -> Partner:
    """Let a partner read and send something else."""
    _check_not_removed(partner)
    return replace(partner, reads=readable(reads), contributes=contributable(contributes), changed_at=now)


def valid_keys(partner: Partner, now: datetime) -> tuple[PartnerKey, ...]:
    """The keys that let the partner in at this moment: none unless it is active."""
    if partner.status != "active":
        return ()
    return tuple(key for key in partner.keys if key.until is None or key.until > now)


def readable(wanted: Iterable[str]) -> tuple[str, ...]:
    """Types of public events in all their versions, from types, short names (`insight_released`) or `all`.

    What is told of one thing belongs together: who may read a finding is also told when it is retracted, and
    in a next version when there is one.

    Raises:
        Invalid: there is no such public event.
    """
    found = {name for word in wanted for name in _named(word.strip())}
    things = {_thing(PUBLIC[name]) for name in found}
    return tuple(sorted(name for name, event in PUBLIC.items() if _thing(event) in things))


def in_all_versions(types: Iterable[str]) -> tuple[str, ...]:
    """Types that were chosen once, with all that belongs to them now; what is not known any more stays."""
    chosen = set(types)
    return tuple(sorted(chosen.union(readable(chosen & PUBLIC.keys()))))


def subjects(reads: Iterable[str]) -> tuple[str, ...]:
    """Where these events lie in the stream, in all their versions."""
    return tuple(sorted(f"{root}.*" for name in reads if name in PUBLIC for root in PUBLIC[name].roots()))


def contributable(wanted: Iterable[str]) -> tuple[str, ...]:
    """Kinds of contributions.

    Raises:
        Invalid: there is no such kind.
    """
    kinds = {word.strip() for word in wanted}
    if not kinds <= set(CONTRIBUTIONS):
        raise Invalid("partner_contributes", "What partners can contribute is practice and indicator.")
    return tuple(sorted(kinds))


def slug(name: str) -> str:
    """`Meri-Lapin yrittäjät ry` is `meri-lapin-yrittajat-ry`."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_FOREIGN)).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))
    return words[: thresholds.PARTNER_ID_LENGTH].strip("-")


def checked_id(wanted: str) -> str:
    """The id as it may be.

    Raises:
        Invalid: it may not.
    """
    if len(wanted) > thresholds.PARTNER_ID_LENGTH or not _ID.fullmatch(wanted) or _RESERVED.fullmatch(wanted):
        raise Invalid(
            "partner_id",
            "A partner's id has 2 to 40 small letters, digits and single hyphens, starts with a letter and "
            "not with the name of a service. Name one that fits.",
        )
    return wanted


def checked_key(public: str) -> str:
    """A user's public nkey: 56 letters and digits that start with U and carry their own checksum.

    Raises:
        Invalid: it is none.
    """
    raw = b""
    if len(public) == thresholds.PUBLIC_KEY_LENGTH:
        try:
            raw = base64.b32decode(public)
        except ValueError:  # also of letters that are none of base32
            raw = b""
    good = len(raw) == _KEY_BYTES and raw[0] == _USER_PREFIX
    if not good or binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little"):
        raise Invalid("partner_key", "This is no public user key of NATS: it starts with U and has 56 signs.")
    return public


def _named(word: str) -> list[str]:
    if word == "all":
        return list(PUBLIC)
    found = [name for name in PUBLIC if word in (name, name.split(".")[2], PUBLIC[name].__name__)]
    if not found:
        raise Invalid("partner_reads", "There is no such public event. The README lists all; `all` is all.")
    return found


def _thing(event: type[Event]) -> tuple[str, str]:
    return event.publisher(), event.SUBJECT.rpartition(".")[2]


def _ended(key: PartnerKey, at: datetime) -> PartnerKey:
    return replace(key, until=at if key.until is None else min(at, key.until))


def _check_not_removed(partner: Partner) -> None:
    if partner.status == "removed":
        raise Refused("partner_removed", "This partner has been removed. Add a new one under another name.")
