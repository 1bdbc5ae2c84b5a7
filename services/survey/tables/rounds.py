"""What is asked: questionnaires, rounds, and the imports into them."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.survey.tables.base import metadata

questionnaires = Table(
    "questionnaires",
    metadata,
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("code", "version"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("round", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("questionnaire", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["questionnaire", "version"], ["questionnaires.code", "questionnaires.version"]),
)

imports = Table(
    "imports",
    metadata,
    Column("import", Text, primary_key=True),
    Column("round", Text, ForeignKey("rounds.round"), nullable=False),
    Column("mapping", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    Column("read", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("dropped", JSONB, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False),
    Column("undone_at", DateTime(timezone=True)),
    Index("imports_round", "round"),
)
