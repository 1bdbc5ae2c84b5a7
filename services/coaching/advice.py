"""Advice: ranked items, each with what it stands on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import Field

from services.coaching.grounds import Ground
from services.coaching.organisations import item_key
from services.coaching.reasons import Reason
from shared.events import Evidence, PlaybookItem, Text, Topic, Value


class Item(Value):
    """One piece of advice. `evidence` is what it stands on and what was measured of it elsewhere."""

    practice: str
    title: Text
    topic: Topic
    rank: int = Field(default=0, ge=0)
    status: Literal["active", "suspended"] = "active"
    score: float
    grounds: tuple[Ground, ...]
    evidence: tuple[Evidence, ...]
    reasons: tuple[Reason, ...] = ()
    suspended_because: tuple[Text, ...] = ()

    @property
    def only_indications(self) -> bool:
        """Whether nothing confirmed or adopted stands behind it."""
        return all(ground.tier == "indication" for ground in self.grounds)

    @property
    def synthetic(self) -> bool:
        """Whether generated answers are behind it."""
        return any(ground.synthetic for ground in self.grounds)

    def outline(self, owner: str) -> PlaybookItem:
        """What leaves the service of it."""
        return PlaybookItem(
            item=item_key(owner, self.practice),
            practice=self.practice,
            topic=self.topic,
            rank=self.rank,
            status=self.status,
            evidence=self.evidence,
        )


@dataclass(frozen=True)
class Advice:
    """Items in their order, the JSON text in which they are kept, and its fingerprint (SHA-256)."""

    items: tuple[Item, ...]
    text: str
    fingerprint: str

    @property
    def suspended(self) -> int:
        """How many items are suspended."""
        return sum(item.status == "suspended" for item in self.items)


def number(items: Iterable[Item]) -> Advice:
    """The items as advice, ranked from one in the order given."""
    ranked = tuple(item.model_copy(update={"rank": rank}) for rank, item in enumerate(items, start=1))
    plain = [item.model_dump(mode="json") for item in ranked]
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Advice(ranked, text, hashlib.sha256(text.encode()).hexdigest())


NOTHING: Final = number(())
