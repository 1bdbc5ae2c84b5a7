"""The contract as it is, and another record to hold it against."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from typing import Any

from shared.contract import catalogue, document, history
from shared.contract.catalogue import ContractEvent
from shared.contract.history import Change
from shared.schemas import records
from shared.schemas.records import Record

INSIGHT = "latu.survey.insight_released.v1"
TODAY = date(2027, 1, 15)


def log() -> list[Change]:
    return history.load()


def events() -> dict[str, ContractEvent]:
    return catalogue.contract_events(records.load_all(), log())


def made(places: document.Places = document.NOWHERE) -> dict[str, Any]:
    return document.document(events(), log(), places)


def insight(**changed: Any) -> Record:
    """The record of a confirmed finding, changed."""
    return replace(records.load()[INSIGHT], **changed)


def with_field(name: str, part: str = "") -> Record:
    """The same with one more field, in the body or in a part."""
    schema = copy.deepcopy(insight().schema)
    place = schema["$defs"][part] if part else schema
    place["properties"][name] = {"type": "string", "default": "", "description": "A word."}
    return insight(schema=schema)
