"""Frames in the database: corrected, and which of their categories answers name."""

from __future__ import annotations

from sqlalchemy import text, update

from services.survey.rounds import Round
from services.survey.tables.rounds import rounds
from shared.db import Transaction

_USED = text("""
    SELECT DISTINCT named.key AS dimension, named.value AS category
    FROM (
        SELECT segment FROM answers WHERE round = :round
        UNION ALL
        SELECT segment FROM erased_units WHERE round = :round
    ) AS given, jsonb_each_text(given.segment) AS named
""")


async def list_used_categories(tx: Transaction, round_code: str) -> dict[str, set[str]]:
    """By dimension the categories that answers name, those of erased answers too."""
    used: dict[str, set[str]] = {}
    for row in await tx.all(_USED, {"round": round_code}):
        used.setdefault(row["dimension"], set()).add(row["category"])
    return used


async def save_frame(tx: Transaction, round_: Round) -> None:
    """Keep the round with its corrected frame."""
    row = {"document": round_.model_dump(mode="json"), "changed_at": tx.now}
    await tx.run(update(rounds).where(rounds.c.round == round_.round).values(row))
