"""The envelope of a message, CloudEvents 1.0 headers: as it goes out, and as it comes in, maybe broken."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from shared.errors import Refused
from shared.events import Event, versions
from shared.origins import Origin

Headers = Mapping[str, str]
E = TypeVar("E", bound=Event)
_REVISION = re.compile(r"[1-9]\d{0,8}")


class NoCloudEvent(Refused):
    """A message that is no CloudEvent with a JSON body."""


class UnknownVersion(Refused):
    """An event says that it is of a version that this handler does not read."""


def envelope(row: RowMapping, source: str) -> dict[str, str]:
    """The CloudEvents 1.0 headers of a row (NATS binary mode); the stream deduplicates by its id."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": row["id"],
        "ce-source": f"/latu/{source}",
        "ce-type": row["type"],
        "ce-subject": row["key"],
        "ce-time": row["occurred_at"].isoformat(),
        "ce-revision": str(row["revision"]),
        "ce-correlationid": row["correlation_id"],
        "ce-datacontenttype": "application/json",
        "content-type": "application/json",
        "Nats-Msg-Id": row["id"],
    }
    if row["causation_id"]:
        headers["ce-causationid"] = row["causation_id"]
    if row["traceparent"]:
        headers["traceparent"] = row["traceparent"]
    return headers


def event_id(headers: Headers, subject: str, body: bytes) -> str:
    """The event's id; a message that has none gets it from its content."""
    return headers.get("ce-id") or hashlib.sha256(subject.encode() + body).hexdigest()[:32]


def revision(headers: Headers) -> int | None:
    """The revision that the envelope names; None where it is missing or no number."""
    said = headers.get("ce-revision", "")
    return int(said) if _REVISION.fullmatch(said) else None


def origin(headers: Headers, of_event: str) -> Origin:
    """What the handling of an event answers to."""
    return Origin(
        headers.get("ce-correlationid") or of_event,
        causation_id=of_event,
        traceparent=headers.get("traceparent") or None,
    )


def happened_at(headers: Headers, default: float) -> float:
    """When the fact happened, in seconds since 1970; `default` where the header is missing or broken."""
    try:
        return datetime.fromisoformat(headers.get("ce-time", "")).timestamp()
    except ValueError:
        return default


def read(event: type[E], headers: Headers, body: bytes) -> E | None:
    """The event that a message of its own or of an earlier version says: the one way to read a message.

    None where the message only repeats, in an earlier version, what came in the event's own as well.

    Raises:
        UnknownVersion: it is of another version or type.
        NotUpcast: it is of an earlier version and broken.
        ValidationError: it is broken.
    """
    now = body_now(event, headers, body)
    return None if now is None else event.model_validate_json(now)


def body_now(event: type[Event], headers: Headers, body: bytes) -> bytes | None:
    """The body as one of the event's own version, not validated yet; None and errors as `read` has them."""
    said = headers.get("ce-type", "")
    if said not in event.type_names():
        raise UnknownVersion(
            "unknown_version", f"An event of type “{said[:80]}” came where {event.type_name()} is read."
        )
    if versions.repeats(event, said, headers.get("ce-id", "")):
        return None
    return versions.upcast(event, said, body)


def structured(headers: Headers, body: bytes) -> dict[str, Any]:
    """A message of the binary mode as one JSON document (CloudEvents 1.0, structured mode).

    Raises:
        NoCloudEvent: it has no id, type, source or time, or its body is not JSON.
    """
    said = {name.removeprefix("ce-"): value for name, value in headers.items() if name.startswith("ce-")}
    try:
        if not all(said.get(name) for name in ("specversion", "id", "source", "type", "subject")):
            raise ValueError("an attribute is missing")  # noqa: TRY301 - the same to the caller as the others
        when = datetime.fromisoformat(said.get("time", ""))
        if when.tzinfo is None:
            raise ValueError("no offset")  # noqa: TRY301 - as above
        data = json.loads(body)
    except ValueError as error:
        raise NoCloudEvent("no_cloud_event", "A message is no CloudEvent with a JSON body.") from error
    found: dict[str, Any] = {**said, "datacontenttype": "application/json"}
    if (number := revision(headers)) is not None:
        found["revision"] = number
    if headers.get("traceparent"):
        found["traceparent"] = headers["traceparent"]
    return found | {"data": data}
