"""A round of 80 organisations that answered, and its releases, worked out without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from services.survey.answers import AnswerSet, answer_set
from services.survey.counting import counted
from services.survey.items import items_of
from services.survey.looks import Look
from services.survey.publication import Kept, Published, Wanted, publish
from services.survey.questionnaires import Option, Question, Questionnaire
from services.survey.rounds import Round
from tests.survey.asked import FRAME, QUESTIONNAIRE, question, round_, text

OPTIONS = tuple(Option(code=code, text=text(code), practice=code) for code in ("lunch", "walk"))
QUESTIONS: tuple[Question, ...] = (
    question("energy", "scale"),
    question("trust", "scale", good="low"),
    question("habits", "multi", role="practice", options=OPTIONS),
)
ASKED: Questionnaire = QUESTIONNAIRE.model_copy(update={"questions": QUESTIONS})
ITEMS = items_of(ASKED)
ROUND: Round = round_(tables=((), ("sub-region",), ("size",), ("sub-region", "size")))
PLACES = [("rovaniemi", "1-9")] * 6 + [("pohjois-lappi", "1-9")] * 3 + [("rovaniemi", "10-49")] * 2


def rows(count: int) -> list[Mapping[str, Any]]:
    """Low energy everywhere, trust in the middle, one habit of most and one of few."""
    rng = np.random.default_rng(4)
    return [
        {
            "answer": f"a{n}",
            "organisation": f"o{n}",
            "segment": dict(zip(("sub-region", "size"), PLACES[n % len(PLACES)], strict=True)),
            "values": {
                "energy": int(rng.integers(1, 4)),
                "trust": int(rng.integers(1, 6)),
                "habits": ["lunch"] * int(rng.random() < 0.85) + ["walk"] * int(rng.random() < 0.3),
            },
            "seq": n + 1,
        }
        for n in range(count)
    ]


def answers(count: int) -> AnswerSet:
    return answer_set(ASKED, FRAME, rows(count))


@cache
def releases(counts: Sequence[int] = (60, 80)) -> tuple[Published, ...]:
    """One release after so many answers each."""
    made: list[Published] = []
    for number, count in enumerate(counts, 1):
        former: list[Kept] = [one.kept for one in made]
        look = Look(number, number, number == len(counts), 0.8 if number == len(counts) else 0.2)
        wanted = Wanted(f"r1-{number}", look, date(2026, 11, 10 + number))
        known = counted(answers(count), [kept.watermark for kept in former])
        made.append(publish(ROUND, ASKED, known, former, wanted))
    return tuple(made)
