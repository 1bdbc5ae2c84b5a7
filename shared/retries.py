"""The one policy for errors of handlers: what is tried again, how often, how soon, and what is put aside."""

from __future__ import annotations

import random
import re
import traceback
from dataclasses import dataclass
from typing import Final

from nats.errors import Error as NatsError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.errors import Refused

_NAME = re.compile(r"[a-z_]{1,40}")
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Policy:
    """How a kind of error is tried again; `tries` counts every delivery, the first one too."""

    name: str
    tries: int
    first_seconds: float = 0.25
    longest_seconds: float = 60.0

    def delay(self, tries: int, chance: float) -> float:
        """Seconds to wait after the `tries`-th try: doubled each time, less a random part of half of it."""
        longest = min(self.longest_seconds, self.first_seconds * 2.0 ** min(tries - 1, 20))
        return longest * (0.5 + chance / 2)


# What the message itself is at fault for: no later try can be better.
PERMANENT: Final = Policy("permanent", tries=1)
# Two transactions wanted the same at once: again, and soon.
CONTENTION: Final = Policy("contention", tries=30, first_seconds=0.05, longest_seconds=5.0)
# Something that we need is away. 30 tries are about 25 minutes; a database that is down is waited for without
# counting (shared/messaging.py).
OUTAGE: Final = Policy("outage", tries=30)
# Probably a fault of ours, perhaps a rare one.
UNFORESEEN: Final = Policy("unforeseen", tries=8)

# By the SQLSTATE that PostgreSQL names, its first characters.
_SQLSTATES: Final = {
    "22": PERMANENT,  # a value that cannot be kept: a NUL character, a number out of range
    "40": CONTENTION,  # deadlock, serialisation
    "55P03": CONTENTION,  # a lock was not to be had
    "08": OUTAGE,  # the connection
    "25006": OUTAGE,  # only reading is allowed: this server is not the first one any more
    "53": OUTAGE,  # disk, memory, connections used up
    "57": OUTAGE,  # shutting down, starting up, cancelled
    "58": OUTAGE,  # the machine under it
}
# Faults of the code or of the set-up that look like outages.
_NO_OUTAGE: Final = (
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


@dataclass(frozen=True)
class Verdict:
    """`retry_after` in seconds, or None: a dead letter, with a reason that repeats nothing of the message."""

    reason: str
    retry_after: float | None


def judge(error: BaseException, tries: int, chance: float | None = None) -> Verdict:
    """Decide over an error at the `tries`-th delivery."""
    policy, reason = policy_for(error), describe(error)
    if tries >= policy.tries:
        return Verdict(reason, None)
    return Verdict(reason, policy.delay(tries, random.random() if chance is None else chance))  # noqa: S311


def policy_for(error: BaseException) -> Policy:
    """How an error is tried again."""
    if isinstance(error, ValidationError | Refused | UnicodeError):
        return PERMANENT
    if isinstance(error, DBAPIError):
        return _policy_for_database(error)
    if isinstance(error, PoolTimeout | NatsError | OSError | TimeoutError):
        return UNFORESEEN if isinstance(error, _NO_OUTAGE) else OUTAGE
    return UNFORESEEN


def is_of_database(error: BaseException) -> bool:
    """Whether an outage is the database's: then no message can be handled."""
    return isinstance(error, SQLAlchemyError)


def describe(error: BaseException) -> str:
    """What went wrong and where, repeating nothing of the message; the same for the same fault."""
    if isinstance(error, ValidationError):
        return _where(error)
    if isinstance(error, Refused):
        return f"refused: {error.slug}"
    place, name = _place(error), type(_root(error)).__name__
    return f"{name} in {place}" if place else name


def _policy_for_database(error: DBAPIError) -> Policy:
    state = getattr(error.orig, "sqlstate", None) or ""
    for length in (5, 2):
        if state[:length] in _SQLSTATES:
            return _SQLSTATES[state[:length]]
    away = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return OUTAGE if away else UNFORESEEN


def _root(error: BaseException) -> BaseException:
    """The driver's own exception, which says more than the two that are wrapped around it."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return error
    return error.orig.__cause__ or error.orig


def _place(error: BaseException) -> str:
    """The innermost function of ours, such as `coaching.store.facts.save_fact`."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("services."):
            return f"{module.removeprefix('services.')}.{frame.f_code.co_name}"
    return ""


def _where(error: ValidationError) -> str:
    """The fields by name; what is no name of a field may come from the message."""
    places = {f"{'.'.join(map(_shown, _inside(item['loc'])))}: {item['type']}" for item in error.errors()}
    return f"not valid: {', '.join(sorted(places))}"[:_LONGEST_REASON]


def _inside(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The place within the event: FastStream names the handler's argument before it, a redrive does not."""
    return place[1:] if place[:1] == ("event",) else place


def _shown(part: int | str) -> str:
    return part if isinstance(part, str) and _NAME.fullmatch(part) else "*"
