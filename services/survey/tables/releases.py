"""Releases, the insights told from them, and the keys of their seals."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.survey.tables.base import metadata

releases = Table(
    "releases",
    metadata,
    Column("release", Text, primary_key=True),
    Column("round", Text, ForeignKey("rounds.round"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("look", JSONB, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("answers_hash", Text, nullable=False),
    Column("judged", JSONB, nullable=False),
    Column("withheld", JSONB, nullable=False),
    Column("weights", JSONB, nullable=False),
    Column("frame", JSONB, nullable=False),
    Column("means", JSONB, nullable=False),
    Column("released_by", Text, nullable=False),
    Column("released_at", DateTime(timezone=True), nullable=False),
    Index("releases_round", "round", "number", unique=True),
)

# Every revision stays, so that an evidence reference to an older one still resolves.
insights = Table(
    "insights",
    metadata,
    Column("insight", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("round", Text, ForeignKey("rounds.round"), nullable=False),
    Column("live", Boolean, nullable=False),
    Column("newest", Boolean, nullable=False),
    Column("hypothesis", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("event", JSONB, nullable=False),
    Column("retraction", JSONB),
    PrimaryKeyConstraint("insight", "revision"),
    Index("insights_newest", "insight", unique=True, postgresql_where=text("newest")),
    Index("insights_round", "round", postgresql_where=text("newest")),
)

seal_keys = Table(
    "seal_keys",
    metadata,
    Column("round", Text, ForeignKey("rounds.round"), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)
