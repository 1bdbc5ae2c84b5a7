"""Which open answers name a practice, and so go to the practice library."""

from __future__ import annotations

from services.survey.questionnaires import Question
from shared.events import Topic


def practice_topic(question: Question) -> Topic | None:
    """The topic of an open question about what a workplace does well; None for any other question."""
    return question.topic if question.kind == "open" and question.role == "practice" else None
