"""Traces: what a recommendation or a version stands on, for whoever follows the chain back."""

from __future__ import annotations

from typing import Literal

from services.model.records import Record
from services.model.versions import PublishedVersion
from shared.events import Evidence, Key, Text, Value


class Trace(Value):
    """One link of the chain."""

    kind: Literal["recommendation", "version"]
    key: Key
    title: Text
    revision: int
    status: str
    strength: str = ""
    certainty: str = ""
    synthetic: bool
    evidence: tuple[Evidence, ...]


def trace_recommendation(record: Record) -> Trace:
    """A recommendation with its insights and outcomes."""
    standing = record.standing
    return Trace(
        kind="recommendation",
        key=record.key,
        title=standing.title,
        revision=record.revision,
        status=standing.status,
        strength=standing.strength,
        certainty=standing.certainty,
        synthetic=standing.synthetic,
        evidence=standing.evidence,
    )


def trace_version(published: PublishedVersion) -> Trace:
    """A version with its recommendations as it words them."""
    content = published.content
    refs = (Evidence(kind="recommendation", key=e.key, revision=e.revision) for e in content.entries)
    return Trace(
        kind="version",
        key=f"version-{content.number}",
        title=content.changes,
        revision=published.revision,
        status="under_review" if published.marks else "published",
        synthetic=content.synthetic,
        evidence=tuple(refs),
    )
