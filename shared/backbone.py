"""Tables of every service: outbox, inbox, dead letters, withdrawals, looks back, purges, audit trail."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text),
    Column("traceparent", Text),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    Column("stream_sequence", BigInteger),
    Index("outbox_waiting", "stream", "position", postgresql_where=text("published_at IS NULL")),
    Index("outbox_key", "type", "key"),
    Index("outbox_published", "published_at", postgresql_using="brin"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("handler", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("handler", "event_id"),
    Index("inbox_received", "received_at", postgresql_using="brin"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("handler", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("revision", Integer),
    Column("reason", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("status", Text, nullable=False, server_default="waiting"),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    PrimaryKeyConstraint("handler", "event_id"),
    Index("dead_letters_fingerprint", "fingerprint", "status"),
    Index("dead_letters_waiting", "position", postgresql_where=text("status = 'waiting'")),
    Index("dead_letters_key", "type", "key"),
)

# What this service was told to forget, and as of which revision: no dead letter keeps the text of it.
withdrawn = Table(
    "withdrawn",
    metadata,
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("type", "key"),
)

# Up to where each handler has looked for events that the broker passed over (`passed_over`).
looked_back = Table(
    "looked_back",
    metadata,
    Column("handler", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

purges = Table(
    "purges",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
)

audit = Table(
    "audit",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
)
