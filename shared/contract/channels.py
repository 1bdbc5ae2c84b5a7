"""The channels of the contract and what partners do on them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from shared.contract.catalogue import ContractEvent
from shared.streams import PARTNER_ACK_SECONDS

Part = dict[str, Any]

BINDING_VERSION = "0.1.0"
_STREAMS = {"public": "PUBLIC", "answers": "ANSWERS", "partner": "PARTNER"}


def channels(events: Iterable[ContractEvent]) -> dict[str, Part]:
    """A channel for each event that is read, and one for each kind that is sent, whatever is said of it."""
    made: dict[str, Part] = {}
    for event in events:
        channel = made.setdefault(channel_of(event), _channel(event))
        channel["messages"][event.type_name] = {"$ref": f"#/components/messages/{event.type_name}"}
    return made


def operations(events: Iterable[ContractEvent]) -> dict[str, Part]:
    """What a partner does: `receive` or `send`, by type."""
    return {f"{_action(event)}.{event.type_name}": _operation(event) for event in events}


def channel_of(event: ContractEvent) -> str:
    """The name of an event's channel: its type, or `latu.partner.practice` for all that is sent there."""
    return event.record.subject.replace(".<partner>", "") if event.is_sent else event.type_name


def tags(event: ContractEvent) -> list[Part]:
    """Who says it, and whether it is on its way out."""
    return [{"name": event.group}, *([{"name": "deprecated"}] if event.record.sunset else [])]


def sunset(event: ContractEvent) -> Part:
    """The day until which it is for certain."""
    return {"x-sunset": event.record.sunset.isoformat()} if event.record.sunset else {}


def _channel(event: ContractEvent) -> Part:
    subject = event.record.subject
    parameters = {} if event.is_sent else {"key": {"description": _key_told(event)}}
    if "<partner>" in subject:
        parameters["partner"] = {"description": "Your id, which the operator tells you."}
    named = subject if event.is_sent else f"{event.root}.<key>"
    return {
        "address": re.sub(r"<(\w+)>", r"{\1}", named),
        "title": event.name,
        "summary": event.says,
        "parameters": parameters,
        "messages": {},
        "tags": tags(event),
        **sunset(event),
    }


def _key_told(event: ContractEvent) -> str:
    return f"The key of the thing: the field `{event.key_field}`."


def _action(event: ContractEvent) -> str:
    return "send" if event.is_sent else "receive"


def _operation(event: ContractEvent) -> Part:
    """What the NATS binding has no word for, stream and consumer, is an extension."""
    channel = f"#/channels/{channel_of(event)}"
    return {
        "action": _action(event),
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.type_name}"}],
        "title": f"{'Send' if event.is_sent else 'Read'} {event.name}",
        "summary": event.says,
        "tags": tags(event),
        "bindings": {"nats": {"bindingVersion": BINDING_VERSION}},
        "x-nats-jetstream": {
            "stream": _STREAMS[event.audience],
            **({} if event.is_sent else _reading(event)),
        },
    }


def _reading(event: ContractEvent) -> Part:
    filtered = re.sub(r"<(\w+)>", r"{\1}", event.root)
    return {
        "consumer": {
            "filterSubject": f"{filtered}.*",
            "deliverPolicy": "all",
            "ackPolicy": "explicit",
            "ackWaitSeconds": PARTNER_ACK_SECONDS,
        }
    }
