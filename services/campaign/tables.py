"""The campaign's tables."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
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
model_versions = replica_table(metadata, "model_versions")
practices = replica_table(metadata, "practices")

themes = Table(
    "themes",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("points", JSONB, nullable=False),
    Column("insights", ARRAY(Text), nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

posts = Table(
    "posts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("insights", ARRAY(Text), nullable=False),
    Column("title", JSONB, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("written_on", JSONB, nullable=False),
    Column("ground", JSONB, nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("stale", Boolean, nullable=False),
    Column("held_because", Text),
    Column("note", JSONB(none_as_null=True)),
    Column("hold_note", JSONB(none_as_null=True)),
    Column("scheduled_for", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False),
    Index("posts_insights", "insights", postgresql_using="gin"),
    Index("posts_status", "status"),
    Index("posts_published", "published_at"),
)

stories = Table(
    "stories",
    metadata,
    Column("key", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("hints", ARRAY(Text), nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False),
    Column("code_digest", Text, nullable=False, unique=True),
    Index("stories_status", "status", "submitted_at"),
)

# Apart from the stories, so that an address is never selected, exported or published with one by accident.
story_contacts = Table(
    "story_contacts",
    metadata,
    Column("story", Text, ForeignKey("stories.key", ondelete="CASCADE"), primary_key=True),
    Column("email", Text, nullable=False),
)

partners = Table(
    "partners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("reads", ARRAY(Text), nullable=False),
    Column("contributes", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("keys", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("applied_at", DateTime(timezone=True)),
)

# Every event of the stream PUBLIC, as it is told over HTTP, in the order in which it was kept. Positions are
# given out under the lock of the row in `public_history`: a reader who goes by them loses nothing.
# A withdrawn story leaves its row, without its text: it may be somebody's cursor.
public_events = Table(
    "public_events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("event", Text),
    Index("public_events_key", "type", "key"),
    Index("public_events_day", "day", "position"),
    Index("public_events_type", "type", "position"),
)

# One row: where in the stream its follower is, and the last position and day that were given out.
public_history = Table(
    "public_history",
    metadata,
    Column("name", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("day", Date),
)

# The SHA-256 of a finished day's file and the state of it, its ETag, that it was worked out of.
export_digests = Table(
    "export_digests",
    metadata,
    Column("day", Date, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("sha256", Text, nullable=False),
)

# Where partners want events. A place in the history for each, instead of a row for each event and endpoint.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("partner", Text, ForeignKey("partners.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("serials", JSONB, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("seconds", Float, nullable=False),
    Index("webhooks_partner", "partner"),
    Index("webhooks_due", "due_at", postgresql_where=text("status = 'active'")),
)

# The log: what came of each event that was sent, and what waits to be sent again. It never holds a body.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("webhook", Text, ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
    Column("event", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("position", BigInteger),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("http_status", Integer),
    Column("fault", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Index("webhook_deliveries_due", "webhook", "due_at", postgresql_where=text("status = 'waiting'")),
    Index("webhook_deliveries_last", "last_at"),
)

# The newest revision of each thing that a partner sent and that could be taken, and the highest that came.
# What was refused or taken back has no words any more.
contributions = Table(
    "contributions",
    metadata,
    Column("key", Text, primary_key=True),
    Column("partner", Text, ForeignKey("partners.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("said", JSONB(none_as_null=True)),
    Column("fingerprint", Text, nullable=False),
    Column("checks", ARRAY(Text), nullable=False),
    Column("reason", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("state", Integer, nullable=False),
    Column("heard", Integer, nullable=False),
    Index("contributions_status", "status", "received_at"),
    Index("contributions_fingerprint", "fingerprint"),
)

contribution_counts = Table(
    "contribution_counts",
    metadata,
    Column("partner", Text, ForeignKey("partners.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("messages", Integer, nullable=False),
)
