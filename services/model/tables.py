"""Tables of the model service's own database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Identity, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from shared.replicas import replica_table

metadata = MetaData()

insights = replica_table(metadata, "insights")
indications = replica_table(metadata, "indications")
practices = replica_table(metadata, "practices")
outcomes = replica_table(metadata, "outcomes")

recommendations = Table(
    "recommendations",
    metadata,
    Column("key", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status_since", DateTime(timezone=True), nullable=False),
    Column("standing", JSONB, nullable=False),
    Column("decision", JSONB),
    Column("worded", JSONB),
)

versions = Table(
    "versions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("published_on", Date, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("marks", JSONB, nullable=False),
)

stale = Table(
    "stale",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text),
    Column("traceparent", Text),
)
