"""The headers of a message as the contract describes them, and those of an example."""

from __future__ import annotations

import json
from typing import Any

from shared import envelopes
from shared.contract.catalogue import ContractEvent
from shared.schemas.records import Body

_ALWAYS = {
    "ce-specversion": {"const": "1.0", "description": "The version of CloudEvents."},
    "ce-id": {
        "description": "The event's id; repetitions have the same. What repeats an event in an earlier "
        "version has its id with that version behind it: `<id>.v1`."
    },
    "ce-source": {"description": "The service that says it, such as /latu/survey."},
    "ce-type": {"description": "The type with its version."},
    "ce-subject": {"description": "The key of the thing that it is about."},
    "ce-time": {"format": "date-time", "description": "When it happened, with its offset."},
    "ce-revision": {
        "pattern": "^[1-9][0-9]*$",
        "description": "The revision of the thing; keep the highest. The same number as in the body.",
    },
    "ce-correlationid": {"description": "Ties together all that one request or import led to."},
    "ce-datacontenttype": {"const": "application/json", "description": "The media type of the body."},
    "content-type": {"const": "application/json", "description": "The same: no CloudEvent in one piece."},
    "Nats-Msg-Id": {"description": "The same as ce-id: the stream drops repetitions by it."},
}
_SOMETIMES = {
    "ce-causationid": {"description": "The id of the event that led to this one, where one did."},
    "traceparent": {"description": "W3C Trace Context of what emitted it; go on from it, or ignore it."},
}


_SENT = {
    "ce-specversion": _ALWAYS["ce-specversion"],
    "ce-id": {"description": "An id of yours."},
    "ce-source": {"description": "Who you are, as CloudEvents asks; it is not looked at."},
    "ce-type": {"description": "The type with its version."},
    "ce-subject": {"pattern": "^[A-Za-z0-9_-]{1,60}$", "description": "The same as `key` in the body."},
    "ce-revision": {"pattern": "^[1-9][0-9]{0,8}$", "description": "The same as `revision` in the body."},
}


def schema() -> dict[str, Any]:
    """The headers of every event; others may come, and readers ignore what they do not know."""
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in NATS binary mode. The values of headers are text.",
        "properties": {name: {"type": "string", **said} for name, said in (_ALWAYS | _SOMETIMES).items()},
        "required": list(_ALWAYS),
    }


def schema_of_sent() -> dict[str, Any]:
    """The headers of every message of a partner."""
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in NATS binary mode. Who sent it is known from the subject alone.",
        "properties": {name: {"type": "string", **said} for name, said in _SENT.items()},
        "required": [name for name in _SENT if name != "ce-source"],
    }


def schema_of(event: ContractEvent) -> dict[str, Any]:
    """The headers of one event: those of all, with its own type and, of ours, its source."""
    if event.is_sent:
        said = {"ce-type": {"const": event.type_name}}
        return {"type": "object", "allOf": [{"$ref": "#/components/schemas/HeadersSent"}], "properties": said}
    own = {"ce-type": {"const": event.type_name}, "ce-source": {"const": f"/latu/{event.publisher}"}}
    return {"type": "object", "allOf": [{"$ref": "#/components/schemas/Headers"}], "properties": own}


def example(event: ContractEvent, body: Body) -> dict[str, str]:
    """Headers as they come with a body that was said; the ids are made from its content."""
    key = str(body[event.key_field])
    if event.is_sent:
        return {
            "ce-specversion": "1.0",
            "ce-id": f"{key}-{body['revision']}",
            "ce-source": "https://partner.example",
            "ce-type": event.type_name,
            "ce-subject": key,
            "ce-revision": str(body["revision"]),
        }
    made = envelopes.event_id({}, event.subject_of(body), json.dumps(body, sort_keys=True).encode())
    return {
        "ce-specversion": "1.0",
        "ce-id": made,
        "ce-source": f"/latu/{event.publisher}",
        "ce-type": event.type_name,
        "ce-subject": key,
        "ce-time": body["occurred_at"],
        "ce-revision": str(body["revision"]),
        "ce-correlationid": made,
        "ce-datacontenttype": "application/json",
        "content-type": "application/json",
        "Nats-Msg-Id": made,
    }
