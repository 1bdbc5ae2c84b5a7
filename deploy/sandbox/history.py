"""What the sandbox tells: the events that are recorded beside their contracts, in the order of their time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared import envelopes
from shared.events import ALL, BY_TYPE, InsightReleased, InsightRetracted
from shared.schemas import records


@dataclass(frozen=True)
class Said:
    """One event as the broker gets it. Its id follows from what it is: told again, it is a repeat."""

    type: str
    key: str
    body: dict[str, Any]

    @property
    def revision(self) -> int:
        """The revision that it tells."""
        return int(self.body["revision"])

    @property
    def id(self) -> str:
        """The same whenever the same is told."""
        return hashlib.sha256(f"{self.type} {self.key} {self.revision}".encode()).hexdigest()[:32]

    @property
    def at(self) -> datetime:
        """When it happened."""
        return datetime.fromisoformat(self.body["occurred_at"])

    @property
    def subject(self) -> str:
        """Where it is told."""
        return f"latu.public.{self.type.removeprefix('latu.')}.{self.key}"

    @property
    def data(self) -> bytes:
        """The body of the message."""
        return json.dumps(self.body, ensure_ascii=False).encode()

    def headers(self) -> dict[str, str]:
        """The envelope, made as the services make it."""
        row = {name: getattr(self, name) for name in ("id", "type", "key", "revision")}
        row |= {"occurred_at": self.at, "correlation_id": self.id, "causation_id": None, "traceparent": None}
        return envelopes.envelope(row, self.type.split(".")[1])  # type: ignore[arg-type]

    def structured(self) -> bytes:
        """The same as a webhook gets it."""
        return json.dumps(envelopes.structured(self.headers(), self.data), ensure_ascii=False).encode()

    def again(self, key: str, revision: int, **more: Any) -> Said:
        """The same said of another thing, or in another revision."""
        name = BY_TYPE[self.type].SUBJECT.rpartition("<")[2].rstrip(">")
        return replace(self, key=key, body=self.body | {name: key, "revision": revision} | more)


def recorded() -> list[Said]:
    """Every public event that is recorded, oldest first; one of its findings is retracted in the end."""
    kept = records.load()
    told = [
        Said(event.type_name(), event.model_validate(body).key, body)
        for event in ALL
        if event.audience() == "PUBLIC"
        for body in kept[event.type_name()].golden
    ]
    found = next(one for one in told if one.type == InsightReleased.type_name())
    gone = next(one for one in told if one.type == InsightRetracted.type_name())
    more = {name: found.body[name] for name in ("round", "topic")}
    told.append(gone.again(found.key, found.revision + 1, **more))
    return sorted(told, key=lambda one: (one.at, one.type))
