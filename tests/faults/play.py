"""The answers of one seed: the same in every run, faults or none."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from deploy.demo.generator import demo_mapping
from services.survey.receipts import receipt_code
from shared.vocabulary import vocabulary
from tests.faults.ledger import Order

DEMO, LIVE = "lappi-2026", "kesto"
# How the orders are called that must be refused.
WRONG = ("bad answer ", "other ", "again ")


class Play:
    """The orders of one seed; `each` answers are given in every chapter but the first and the last."""

    def __init__(self, seed: int, each: int, key: bytes, today: date) -> None:
        self.seed = seed
        self.each = each
        self.key = key
        self.today = today
        self.document = demo_mapping(today)
        self._places = [m.code for m in vocabulary().municipalities]

    def chance(self, *about: object) -> random.Random:
        """Chance that is the same in every run of this seed."""
        return random.Random(f"{self.seed} {about}")  # noqa: S311

    def receipt(self, nonce: str) -> str:
        """The receipt of an answer to the live round."""
        return receipt_code(self.key, LIVE, nonce)

    def nonces(self, chapter: int) -> list[str]:
        """The names of the valid answers of a chapter."""
        return [f"faults-{self.seed}-{chapter:02}-{number:05}" for number in range(self.each)]

    def answers(self, chapter: int) -> list[Order]:
        """Answers, and among them some that must be refused."""
        orders = [self._answer(nonce) for nonce in self.nonces(chapter)]
        for number in range(max(1, self.each // 20)):
            nonce = f"faults-{self.seed}-{chapter:02}-bad-{number:04}"
            orders.append(
                _answer_order(f"bad answer {nonce}", nonce, {"background": {"municipality": "999"}})
            )
        return orders

    def second_thoughts(self, chapter: int) -> list[Order]:
        """Of the answers of a chapter some are erased; some come again under their name with other content."""
        chosen = self.chance("second", chapter).sample(self.nonces(chapter), max(2, self.each // 10))
        half = len(chosen) // 2
        erased = [
            Order(
                f"erase {nonce}",
                "survey",
                "/api/withdrawals",
                body={"json": {"receipt": self.receipt(nonce)}},
                done=frozenset({"nothing_to_erase"}),
            )
            for nonce in chosen[:half]
        ]
        others = [_answer_order(f"other {n}", n, self._content(f"other {n}")) for n in chosen[half:]]
        return erased + others

    def repeated(self, chapter: int) -> list[Order]:
        """Answers that were erased come once more: they must be refused."""
        chosen = self.chance("second", chapter).sample(self.nonces(chapter), max(2, self.each // 10))
        gone = chosen[: len(chosen) // 2]
        return [_answer_order(f"again {nonce}", nonce, self._content(nonce)) for nonce in gone]

    def _answer(self, nonce: str) -> Order:
        return _answer_order(f"answer {nonce}", nonce, self._content(nonce))

    def _content(self, name: str) -> dict[str, Any]:
        chance = self.chance("content", name)
        organisation = f"TYOPAIKKA-{chance.randint(1, 400):03}" if chance.random() < 0.5 else ""
        scales = [q["code"] for q in self.document["questionnaire"]["questions"] if q["kind"] == "scale"]
        content: dict[str, Any] = {
            "background": self._place(organisation or name),
            "values": {code: chance.randint(1, 5) for code in chance.sample(scales, 8)},
            "language": "fi",
        }
        if organisation:
            content["organisation"] = organisation
        if chance.random() < 0.3:
            content["open"] = {"worked": f"Synteettinen vastaus {name}: kokoukseton aamu."}
        return content

    def _place(self, unit: str) -> dict[str, str]:
        # One for all answers of an organisation: else the first to come would decide where it is counted.
        chance = self.chance("place", unit)
        return {
            "municipality": chance.choice(self._places),
            "industry": chance.choice(("production", "trade-transport", "expert-services")),
            "size": chance.choice(("1-9", "10-49", "50-249")),
        }


def _answer_order(key: str, nonce: str, content: dict[str, Any]) -> Order:
    path = f"/api/rounds/{LIVE}/answers"
    return Order(key, "survey", path, body={"json": content}, headers={"Idempotency-Key": nonce})
