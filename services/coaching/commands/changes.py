"""Saying that playbooks are behind what is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.coaching.store import facts, organisations
from shared.db import Transaction

REMAKE: Final = "remake_playbooks"
REGION: Final[Mapping[str, str]] = {}


async def note_change(tx: Transaction, *segments: Mapping[str, str], key: str = "") -> None:
    """Have playbooks remade after the commit: of every organisation in one of these segments, and of those
    that act on advice which stood on the evidence `key`.
    """
    await facts.mark_changed(tx, segments, key)
    tx.wake(REMAKE)


async def remake_one(tx: Transaction, organisation: str) -> None:
    """Have one organisation's playbook remade after the commit."""
    await organisations.mark_organisation_stale(tx, organisation)
    tx.wake(REMAKE)
