"""Consumers that know nothing of Latu read every public event: with the SDK of CloudEvents, and as plain JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event

from deploy.sandbox.history import Said, recorded
from shared.events import ALL
from tests.examples.running import Table, expected

STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
MODES = ("over NATS", "over HTTP")


def message(said: Said, mode: str) -> HTTPMessage:
    """What arrives: in binary mode over NATS, in structured mode by webhook, pages, stream and export."""
    if mode == "over NATS":
        return HTTPMessage(said.headers(), said.data)
    return HTTPMessage(STRUCTURED, said.structured())


def by_the_sdk(arrived: HTTPMessage) -> tuple[str, str, int, Any]:
    event = from_http_event(arrived)
    return event.get_type(), str(event.get_subject()), int(event.get_extension("revision")), event.get_data()


def by_plain_json(arrived: HTTPMessage) -> tuple[str, str, int, Any]:
    body, said = json.loads(arrived.body), arrived.headers
    if "ce-type" in said:
        return said["ce-type"], said["ce-subject"], int(said["ce-revision"]), body
    return body["type"], body["subject"], body["revision"], body["data"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("read", [by_the_sdk, by_plain_json])
def test_a_consumer_that_knows_nothing_of_latu_reads_every_event(mode: str, read: Any) -> None:
    table: Table = {}
    told = recorded()
    for said in [*reversed(told), *told]:
        kind, key, revision, body = read(message(said, mode))
        assert body == said.body
        thing = f"{kind.rpartition('_')[0]}/{key}"
        if revision > table.get(thing, {"revision": 0})["revision"]:
            gone = "_retracted." in kind or "_withdrawn." in kind
            table[thing] = {"revision": revision, "gone": gone, "event": None if gone else body}
    assert table == expected(told)
    assert {said.type for said in told} == {e.type_name() for e in ALL if e.audience() == "PUBLIC"}
