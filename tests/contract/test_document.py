"""The AsyncAPI document says what the code does, and what lies in the repository is what the code says."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from services.campaign.partners import Partner
from services.campaign.timers.access import durable_of
from shared import outbox
from shared.contract import __main__ as program
from shared.contract import catalogue, document, headers, history, published
from shared.contract.document import Places
from shared.http import make_app
from shared.schemas import records
from shared.settings import Settings
from tests.contract import given
from tests.contract.given import INSIGHT

PARSE = Path(__file__).with_name("parse.mjs")
ERROR = 0
STREAMS = {"public": "PUBLIC", "answers": "ANSWERS", "partner": "PARTNER"}


def test_the_documents_in_the_repository_are_current() -> None:
    for path, text in program.written(given.log()).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is not current: run `make schemas`"


def test_every_public_event_has_channel_message_operation_and_all_its_examples() -> None:
    made = given.made()
    for name, event in given.events().items():
        way = "send" if event.is_sent else "receive"
        operation = made["operations"][f"{way}.{name}"]
        assert operation["action"] == way
        assert operation["x-nats-jetstream"]["stream"] == STREAMS[event.audience]
        channel = made["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        assert name in channel["messages"]
        assert re.sub(r"\{\w+\}", "*", channel["address"]) == re.sub(r"<\w+>", "*", event.record.subject)
        payloads = [one["payload"] for one in made["components"]["messages"][name]["examples"]]
        assert len(payloads) == len(event.record.golden)
        assert all(one in payloads for one in event.record.golden)
    assert len(made["operations"]) == len(given.events())


def test_the_contract_says_of_a_partners_place_in_the_stream_what_the_broker_is_told() -> None:
    partner = Partner("kemi", "Kemi", ("all",), datetime.now(UTC), datetime.now(UTC))
    place = durable_of(partner, ())
    said = [one["x-nats-jetstream"].get("consumer") for one in given.made()["operations"].values()]
    for consumer in filter(None, said):
        assert consumer["ackWaitSeconds"] == place.ack_wait
        assert consumer["deliverPolicy"] == place.deliver_policy.value
        assert consumer["ackPolicy"] == place.ack_policy.value
    assert any(said)


def test_every_golden_event_is_valid_by_its_published_schema() -> None:
    for record in records.load_all().values():
        schema = published.json_schema(record, "https://latu.example")
        Draft202012Validator.check_schema(schema)
        for body in record.golden:
            Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)


def test_a_body_that_lacks_a_field_or_has_a_wrong_one_is_not_valid() -> None:
    record = given.insight()
    validator = Draft202012Validator(published.json_schema(record, ""))
    good = record.golden[0]
    assert not validator.is_valid({name: value for name, value in good.items() if name != "figure"})
    assert not validator.is_valid({**good, "revision": 0})
    assert validator.is_valid({**good, "came_later": 1})


def test_every_example_is_valid_by_the_schemas_of_the_document() -> None:
    made = given.made()
    for message in made["components"]["messages"].values():
        for said, schema in (("payload", message["payload"]), ("headers", message["headers"])):
            validator = Draft7Validator({**schema, "components": made["components"]})
            for example in message["examples"]:
                validator.validate(example[said])


def test_published_schemas_have_standard_words_only() -> None:
    for record in records.load_all().values():
        text = json.dumps(published.json_schema(record, ""))
        assert not any(f'"{word}"' in text for word in ("timezone", "maxDigits", "wholeDigits"))
    assert published.standard({"properties": {"timezone": {"timezone": "aware"}}}) == {
        "properties": {"timezone": {}}
    }


def test_headers_of_examples_are_those_that_the_relay_sends() -> None:
    for event in (one for one in given.events().values() if not one.is_sent):
        body = event.examples[0]
        made = headers.example(event, body)
        row = {
            "id": made["ce-id"],
            "type": event.type_name,
            "key": body[event.key_field],
            "occurred_at": datetime.fromisoformat(body["occurred_at"]),
            "revision": body["revision"],
            "correlation_id": made["ce-correlationid"],
            "causation_id": None,
            "traceparent": None,
        }
        sent = outbox.envelope(row, event.publisher)
        assert {**made, "ce-time": ""} == {**sent, "ce-time": ""}
        assert datetime.fromisoformat(made["ce-time"]) == datetime.fromisoformat(sent["ce-time"])
        full = outbox.envelope({**row, "causation_id": "1", "traceparent": "2"}, event.publisher)
        assert set(full) == set(headers.schema()["properties"])


def test_every_example_is_read_by_the_cloudevents_sdk() -> None:
    for event in given.events().values():
        for body in event.examples:
            sent = HTTPMessage(headers.example(event, body), json.dumps(body).encode())
            read = from_binary_event(sent)
            assert (read.get_type(), read.get_subject()) == (event.type_name, body[event.key_field])
            assert read.get_extension("revision") == str(body["revision"])
            assert read.get_data() == body


def test_addresses_come_from_the_settings_without_passwords_and_are_asked_for_where_unknown() -> None:
    told = given.made(Places("", "nats://a:b@one.example:4222, tls://two.example:4222", "wss://ws.example"))
    hosts = {name: (one["protocol"], one["host"]) for name, one in told["servers"].items()}
    assert hosts == {
        "nats": ("nats", "one.example:4222"),
        "nats-2": ("nats", "two.example:4222"),
        "websocket": ("wss", "ws.example"),
    }
    assert {one["host"] for one in given.made()["servers"].values()} == {"{broker}"}


def test_a_version_with_a_sunset_is_deprecated_everywhere() -> None:
    dying = {**records.load_all(), INSIGHT: given.insight(sunset=date(2028, 1, 1))}
    made = document.document(catalogue.contract_events(dying, given.log()), given.log())
    assert made["channels"][INSIGHT]["x-sunset"] == "2028-01-01"
    assert {"name": "deprecated"} in made["components"]["messages"][INSIGHT]["tags"]
    assert made["components"]["schemas"][INSIGHT]["deprecated"] is True
    assert published.json_schema(dying[INSIGHT], "")["deprecated"] is True


def test_two_events_may_have_another_part_of_the_same_name() -> None:
    grown = {**records.load_all(), INSIGHT: given.with_field("colour", "Figure")}
    log = [*given.log(), *history.unlogged(grown, given.log(), given.TODAY)]
    schemas = document.document(catalogue.contract_events(grown, log), log)["components"]["schemas"]
    post = "latu.campaign.post_published.v1"
    assert "colour" in schemas["Figure"]["properties"]
    assert "colour" not in schemas[f"{post}.Figure"]["properties"]
    assert f"#/components/schemas/{post}.Figure" in json.dumps(schemas[f"{post}.PostFigure"])


@pytest.mark.asyncapi
def test_asyncapis_own_parser_finds_no_fault_in_the_document(tmp_path: Path) -> None:
    (read,) = parsed(tmp_path, given.made(Places("https://latu.example", "nats://one.example:4222")))
    assert set(read["messages"]) == set(given.events())
    assert read["found"] == []


@pytest.mark.asyncapi
def test_asyncapis_own_parser_does_find_a_fault(tmp_path: Path) -> None:
    broken = given.made()
    del broken["channels"][INSIGHT]["messages"]
    broken["channels"][INSIGHT]["adress"] = "x"
    assert any(one["severity"] == ERROR for one in parsed(tmp_path, broken)[0]["found"])


@pytest.mark.asyncapi
@pytest.mark.parametrize("service", ["survey", "coaching", "model", "campaign"])
async def test_asyncapis_own_parser_reads_the_document_of_each_service(tmp_path: Path, service: str) -> None:
    (read,) = parsed(tmp_path, await of_service(service))
    assert read["messages"]
    assert read["found"] == []


async def test_the_document_of_a_service_has_the_envelope_and_no_address_of_its_broker() -> None:
    made = await of_service("model")
    assert "10.1.2.3" not in json.dumps(made)
    assert made["servers"]["nats"]["host"] == "{broker}"
    for message in made["components"]["messages"].values():
        assert message["headers"] == {"$ref": "#/components/schemas/Headers"}
        assert message["correlationId"]["location"] == "$message.header#/ce-correlationid"


async def of_service(name: str) -> dict[str, Any]:
    """What a service answers under /asyncapi; nothing is started."""
    nowhere = "postgresql+asyncpg://nobody@10.1.2.3/nothing"
    settings = Settings(
        database_url=nowhere, staff_database_url=nowhere, nats_url="nats://latu:secret@10.1.2.3:4222"
    )
    app = make_app(import_module(f"services.{name}.app").service, settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://latu.example") as client:
        found: dict[str, Any] = (await client.get("/asyncapi")).json()
    return found


def parsed(folder: Path, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    """What the parser says of documents as YAML; that 3.1 is there is no fault of a document in 3.0."""
    paths = []
    for number, made in enumerate(documents):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_text(document.as_yaml(made), encoding="utf-8")
        assert yaml.safe_load(paths[-1].read_text(encoding="utf-8")) == json.loads(json.dumps(made))
    done = subprocess.run(["node", PARSE, *paths], capture_output=True, text=True, check=True, timeout=120)
    read = [json.loads(line) for line in done.stdout.splitlines()]
    for one in read:
        one["found"] = [fault for fault in one["found"] if fault["code"] != "asyncapi-latest-version"]
    return read
