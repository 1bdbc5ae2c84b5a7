"""Requests to addresses that somebody else named: checked, pinned to what was checked, bounded."""

from __future__ import annotations

from shared.outward.addresses import Target, checked_target, is_public
from shared.outward.lookups import Asker
from shared.outward.posting import Answer, Poster

__all__ = ["Answer", "Asker", "Poster", "Target", "checked_target", "is_public"]
