"""Traces: what a finding stands on, down to its question, figure, release and answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from services.survey.insights import Finding, Standing
from shared.events import Evidence, Figure, Text, Value


class Trace(Value):
    """The last link of the chain: here it ends, at answers that nobody sees."""

    kind: Literal["insight"] = "insight"
    key: str
    title: Text
    revision: int
    status: str
    tier: str
    certainty: str
    rule: str
    question: str
    question_text: Text
    segment: dict[str, str]
    segment_label: Text
    figure: Figure
    answers_hash: str
    release: str
    release_number: int
    released_on: date
    method: str
    synthetic: bool
    evidence: tuple[Evidence, ...] = ()


def trace_insight(standing: Standing) -> Trace:
    """A finding with everything that it stands on."""
    finding: Finding = standing.finding
    shared = {name: getattr(finding, name) for name in Trace.model_fields if hasattr(finding, name)}
    told = {
        "key": finding.insight,
        "title": finding.sentence,
        "revision": standing.revision,
        "status": finding.status if standing.live else "retracted",
        "evidence": (),
    }
    return Trace.model_validate({**shared, **told})
