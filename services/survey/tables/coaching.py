"""Survey marks that organisations asked for, and what coaching tells of those that were given to a coach."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text

from services.survey.tables.base import metadata
from shared.replicas import replica_table

# The only place where a mark and a pseudonym stand together.
marks = Table(
    "marks",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Index("marks_organisation", "organisation"),
)

coached = replica_table(metadata, "coached")
