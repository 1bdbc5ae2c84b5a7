"""FastStream's document of what one service listens to, completed with what FastStream does not know."""

from __future__ import annotations

from shared.contract import document, headers
from shared.contract.channels import BINDING_VERSION
from shared.contract.document import NOWHERE, Part


def completed(made: Part) -> Part:
    """The same document with the envelope of each message, and the NATS binding as it is specified.

    FastStream puts the address of the broker into it, which is of no use to strangers, and names a header for
    the correlation that nobody sends.
    """
    server = dict(document.servers(NOWHERE))["nats"]
    components = {**made["components"], "securitySchemes": document.SECURITY}
    components["schemas"] = {**components.get("schemas", {}), "Headers": headers.schema()}
    components["messages"] = {name: _enveloped(one) for name, one in components.get("messages", {}).items()}
    channels = {name: _without_address(channel) for name, channel in made["channels"].items()}
    operations = {name: _bound(operation) for name, operation in made["operations"].items()}
    rest = {"channels": channels, "operations": operations, "components": components}
    return {**made, "servers": {"nats": server}, **rest}


def _enveloped(message: Part) -> Part:
    return {
        **message,
        "contentType": "application/json",
        "correlationId": document.CORRELATION,
        "headers": {"$ref": "#/components/schemas/Headers"},
    }


def _without_address(channel: Part) -> Part:
    return {name: value for name, value in channel.items() if name not in ("servers", "bindings")}


def _bound(operation: Part) -> Part:
    return {**operation, "bindings": {"nats": {"bindingVersion": BINDING_VERSION}}}
