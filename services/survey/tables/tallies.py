"""Tallies of rounds, and how far each has been counted."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from services.survey.tables.base import metadata

# Which answers the tallies of a round hold: those numbered up to `counted_to`. signature: the items and
# dimensions that they are of.
folds = Table(
    "folds",
    metadata,
    Column("round", Text, ForeignKey("rounds.round"), primary_key=True),
    Column("counted_to", BigInteger, nullable=False),
    Column("signature", ARRAY(Text), nullable=False),
)

# One row a layer (see layers.Layer). sums: moments × items, whole numbers of 16 bytes, the lowest byte first.
tallies = Table(
    "tallies",
    metadata,
    Column("round", Text, ForeignKey("rounds.round"), nullable=False),
    Column("cell", ARRAY(Text), nullable=False),
    Column("first", Integer, nullable=False),
    Column("until", Integer, nullable=False),
    Column("arrived", BigInteger, nullable=False),
    Column("newest", BigInteger, nullable=False),
    Column("sums", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    PrimaryKeyConstraint("round", "cell", "first", "until"),
)
