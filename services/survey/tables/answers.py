"""Answers, their texts, and what is left of those that were erased."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.survey.tables.base import metadata
from shared.replicas import replica_table

# One numbering for answers and erasures, so that both have a place in one order.
answer_seq = Sequence("answer_seq", metadata=metadata)

answers = Table(
    "answers",
    metadata,
    Column("answer", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, server_default=answer_seq.next_value()),
    Column("round", Text, nullable=False),
    Column("organisation", Text),
    Column("segment", JSONB, nullable=False),
    Column("values", JSONB, nullable=False),
    Column("language", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("import", Text),
    Column("receipt", Text),
    Column("content", Text),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Index("answers_receipt", "receipt", unique=True),
    Index("answers_round", "round", "seq"),
    Index("answers_organisation", "organisation", postgresql_where=text("organisation IS NOT NULL")),
    Index("answers_import", "import", postgresql_where=text("import IS NOT NULL")),
)

open_answers = Table(
    "open_answers",
    metadata,
    Column("open_answer", Text, primary_key=True),
    Column("answer", Text, ForeignKey("answers.answer", ondelete="CASCADE"), nullable=False),
    Column("round", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("suggested", Boolean, nullable=False),
    Index("open_answers_answer", "answer"),
    Index("open_answers_round", "round", "question"),
)

# So that an answer that was taken back cannot be sent in again by going back a page.
withdrawn_receipts = Table(
    "withdrawn_receipts",
    metadata,
    Column("receipt", Text, primary_key=True),
    Column("withdrawn_at", DateTime(timezone=True), nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    Column("erasure", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("import", Text),
    Column("answers", Integer, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("erased_at", DateTime(timezone=True), nullable=False),
)

erased_units = Table(
    "erased_units",
    metadata,
    Column("seq", BigInteger, primary_key=True, server_default=answer_seq.next_value()),
    Column("erasure", Text, ForeignKey("erasures.erasure"), nullable=False),
    Column("round", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("segment", JSONB, nullable=False),
    Column("questions", ARRAY(Text), nullable=False),
    Index("erased_units_round", "round", "seq"),
)

stories = replica_table(metadata, "stories")
