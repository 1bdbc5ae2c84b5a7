"""The tables of the coaching database (SQLAlchemy Core)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.replicas import replica_table

metadata = MetaData()

insights = replica_table(metadata, "insights")
indications = replica_table(metadata, "indications")
recommendations = replica_table(metadata, "recommendations")
suggestions = replica_table(metadata, "suggestions")

practices = Table(
    "practices",
    metadata,
    Column("practice", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("wording", JSONB, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

# An editor's word on a suggestion. The text stays in the replica alone, so that withdrawing leaves nothing.
decisions = Table(
    "decisions",
    metadata,
    Column("suggestion", Text, primary_key=True),
    Column("decision", Text, nullable=False),
    Column("practice", Text),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
)

organisations = Table(
    "organisations",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("details", JSONB, nullable=False),
    Column("place", JSONB, nullable=False),
    Column("stale", Boolean, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Index("organisations_stale", "organisation", postgresql_where=text("stale")),
)

# A mark outlives its organisation with nothing but a number, so that what is told of it later is newer.
survey_marks = Table(
    "survey_marks",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.organisation", ondelete="SET NULL"), unique=True),
    Column("revision", Integer, nullable=False),
    Column("topics", JSONB, nullable=False),
)

playbooks = Table(
    "playbooks",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column(
        "organisation",
        Text,
        ForeignKey("organisations.organisation", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("revision", Integer, nullable=False),
    Column("items", JSONB, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("advised", Integer, nullable=False),
    Column("suspended", Integer, nullable=False),
    Column("remade_at", DateTime(timezone=True), nullable=False),
)

# What changed, for which segment: rows that the timer turns into stale organisations. `key` names the
# evidence, for those who act on advice that stood on it wherever it speaks now.
changes = Table(
    "changes",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("segment", JSONB(none_as_null=True)),
    Column("key", Text, nullable=False),
)

visits = Table(
    "visits",
    metadata,
    Column("visit", Text, primary_key=True),
    Column(
        "organisation", Text, ForeignKey("organisations.organisation", ondelete="CASCADE"), nullable=False
    ),
    Column("visited_on", Date, nullable=False),
    Column("note", Text, nullable=False),
    Column("coach", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("visits_organisation", "organisation"),
)

actions = Table(
    "actions",
    metadata,
    Column("action", Text, primary_key=True),
    Column("visit", Text, ForeignKey("visits.visit", ondelete="CASCADE"), nullable=False),
    Column(
        "organisation", Text, ForeignKey("organisations.organisation", ondelete="CASCADE"), nullable=False
    ),
    Column("practice", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("due_on", Date),
    Column("agreed_on", Date, nullable=False),
    Column("grounds", JSONB, nullable=False),
    Column("evidence_keys", ARRAY(Text), nullable=False),
    Index("actions_organisation", "organisation"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome", Text, primary_key=True),
    Column("action", Text, ForeignKey("actions.action", ondelete="CASCADE"), nullable=False),
    Column("practice", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("before", Float, nullable=False),
    Column("after", Float, nullable=False),
    Column("measured_on", Text, nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("outcomes_action", "action", unique=True, postgresql_where=text("status = 'recorded'")),
)
