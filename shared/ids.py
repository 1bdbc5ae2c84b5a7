"""Identifiers that sort by time (UUID version 7, RFC 9562), written as 32 hex digits."""

from __future__ import annotations

import secrets
from datetime import datetime


def new_id(now: datetime) -> str:
    """A fresh identifier: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{value:032x}"
