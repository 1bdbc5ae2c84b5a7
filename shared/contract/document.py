"""The AsyncAPI 3.0 document for partners, from their side: what they `receive` and may `send`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from shared.contract import channels, headers, history, published
from shared.contract.catalogue import ContractEvent
from shared.contract.history import Change

Part = dict[str, Any]

PROTOCOLS = {"tls": "nats"}
LICENCE = {"name": "EUPL-1.2", "url": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12"}
ABOUT = """\
What Latu says in public, for anyone in the region to build on. This document describes *your* side:
`receive` is what you read, `send` what you may contribute if the operator has let you.

An event is a past fact about one thing and carries its whole public state, its key and a revision that only
grows. Keep the highest revision of each key and ignore what is not higher: then order and repetition do not
matter. A withdrawal is a revision too: keep its number, forget the content, take down what you built on it.
Ignore fields that you do not know.

A published version only gains optional fields; anything else becomes a next version beside it. `x-sunset`
names the day until which an older version is published for certain. Every figure has passed the release
gate: never show one without its interval, its band and its date. `synthetic: true` means that the answers
were generated; say so where you show it.

What you contribute you send as a request to your own subject; its receipt says that it is in the queue. It
is checked, and staff decide on it. The answer, `contribution_accepted` or `contribution_refused`, comes in
the stream `ANSWERS`, which only you read. At most 200 messages of yours are looked at in a day.

The bodies of the examples of public events were published by Latu in a demo, whose answers are synthetic;
the other examples, and the ids in all headers, are made up.
"""
_IN_A_DEMO = "Published in a demo; its answers are synthetic."
_MADE_UP = "Made up."
BROKER_TOLD = "Host and port, which the operator of the broker tells you with your credentials."


CORRELATION = {"location": "$message.header#/ce-correlationid"}
SECURITY = {
    "nkey": {
        "type": "asymmetricEncryption",
        "description": "A NATS nkey (Ed25519): the client signs the server's nonce with its seed.",
    }
}


@dataclass(frozen=True)
class Places:
    """Where partners find what: the site, and the broker's nodes by NATS and WebSocket; empty is not told."""

    site: str = ""
    nats: str = ""
    websocket: str = ""


NOWHERE = Places()


def document(events: Mapping[str, ContractEvent], log: Sequence[Change], places: Places = NOWHERE) -> Part:
    """The whole contract."""
    all_events = [*events.values()]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Latu for partners",
            "version": history.version(log),
            "description": ABOUT,
            "license": LICENCE,
            "tags": [{"name": name} for name in dict.fromkeys(event.group for event in all_events)],
        },
        "defaultContentType": "application/json",
        "servers": dict(servers(places)),
        "channels": channels.channels(all_events),
        "operations": channels.operations(all_events),
        "components": {
            "messages": {event.type_name: _message(event, places.site) for event in all_events},
            "schemas": {
                "Headers": headers.schema(),
                "HeadersSent": headers.schema_of_sent(),
                **_schemas(all_events),
            },
            "securitySchemes": SECURITY,
        },
    }


def as_yaml(made: Part) -> str:
    """The document as YAML, without anchors."""
    apart = json.loads(json.dumps(made))
    text: str = yaml.safe_dump(apart, sort_keys=False, allow_unicode=True, width=110)
    return text


def servers(places: Places) -> Iterator[tuple[str, Part]]:
    """The broker's nodes; where their address is not told it is a variable."""
    for name, urls, protocol in (("nats", places.nats, "nats"), ("websocket", places.websocket, "wss")):
        found = [urlsplit(url.strip()) for url in urls.split(",") if url.strip()]
        for number, url in enumerate(found, start=1):
            port = f":{url.port}" if url.port else ""
            known = {"host": f"{url.hostname}{port}", "protocol": PROTOCOLS.get(url.scheme, url.scheme)}
            yield name if number == 1 else f"{name}-{number}", _server(known)
        if not found:
            variables = {"broker": {"description": BROKER_TOLD}}
            yield name, _server({"host": "{broker}", "protocol": protocol, "variables": variables})


def _server(place: Part) -> Part:
    security = {"security": [{"$ref": "#/components/securitySchemes/nkey"}]}
    return {**place, "description": "NATS with JetStream.", **security, "bindings": {"nats": {}}}


def _message(event: ContractEvent, site: str) -> Part:
    return {
        "name": event.type_name,
        "title": event.name,
        "summary": event.says,
        "description": "\n\n".join([event.says, *event.more, *_related(event)]),
        "contentType": "application/json",
        "correlationId": CORRELATION,
        "headers": headers.schema_of(event),
        "payload": {"$ref": f"#/components/schemas/{event.type_name}"},
        "tags": channels.tags(event),
        "examples": [_example(event, number) for number in range(len(event.examples))],
        "x-schema": site.rstrip("/") + published.path(event.type_name),
        **channels.sunset(event),
    }


def _related(event: ContractEvent) -> Iterator[str]:
    if event.relatives:
        yield f"Shares its key and its row of revisions with {', '.join(event.relatives)}."


def _example(event: ContractEvent, number: int) -> Part:
    body = event.examples[number]
    return {
        "name": f"{event.name}{number + 1}",
        "summary": _IN_A_DEMO if event.audience == "public" else _MADE_UP,
        "headers": headers.example(event, body),
        "payload": body,
    }


def _schemas(events: Iterable[ContractEvent]) -> dict[str, Part]:
    """Parts are shared by their name; an event that has another part of that name has it under its own."""
    found: dict[str, Part] = {}
    for event in events:
        own = dict(published.components(event.record))
        if any(found.get(name, schema) != schema for name, schema in own.items()):
            own = dict(published.components(event.record, f"{event.type_name}."))
        found |= own
    return found
