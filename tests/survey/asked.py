"""A small round with one question of each kind, and answers to it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.survey.forms import Form, form_of
from services.survey.questionnaires import Option, Question, Questionnaire
from services.survey.rounds import Category, Dimension, Frame, Round
from shared.events import Text
from shared.vocabulary import vocabulary

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = b"a key that is only for tests ..."


def text(word: str) -> Text:
    return Text(fi=f"{word} suomeksi", en=f"{word} in English", sv=f"{word} på svenska")


def question(code: str, kind: str, **rest: Any) -> Question:
    fields = {"role": "state", "topic": "wellbeing", "text": text(code), **rest}
    return Question.model_validate({"code": code, "kind": kind, **fields})


OPTIONS = (Option(code="net", text=text("net")), Option(code="chair", text=text("chair")))

QUESTIONNAIRE = Questionnaire(
    code="trial",
    version=1,
    title=text("trial"),
    intro=text("intro"),
    questions=(
        question("energy", "scale"),
        question("share", "number", role="background", low=0, high=100),
        question("place", "choice", role="background", options=OPTIONS),
        question("barriers", "multi", role="barrier", options=OPTIONS),
        question("worked", "open", role="practice", topic="leadership"),
        question("learned", "open", role="open"),
    ),
)


def dimension(code: str, counts: dict[str, float]) -> Dimension:
    categories = tuple(Category(code=c, label=text(c), count=n) for c, n in counts.items())
    return Dimension(code=code, label=text(code), categories=categories)


FRAME = Frame(
    dimensions=(
        dimension("sub-region", {"rovaniemi": 60, "pohjois-lappi": 40}),
        dimension("size", {"1-9": 70, "10-49": 30}),
    ),
    assumptions=(text("assumed"),),
)


def round_(code: str = "r1", **changes: Any) -> Round:
    fields = {
        "round": code,
        "questionnaire": "trial",
        "title": text("round"),
        "status": "open",
        "opens_on": date(2026, 11, 1),
        "closes_on": date(2026, 11, 30),
        "frame": FRAME,
    }
    return Round.model_validate({**fields, **changes})


def form(**changes: Any) -> Form:
    return form_of(round_(**changes), QUESTIONNAIRE, vocabulary())


def raw(**changes: Any) -> dict[str, Any]:
    """An answer as a program sends it."""
    answer = {
        "background": {"municipality": "698", "size": "1-9"},
        "values": {"energy": 4, "share": 62.5, "place": "net", "barriers": ["chair"]},
        "open": {"learned": "Sovitaan yhdessä."},
        "language": "fi",
    }
    return {**answer, **changes}
