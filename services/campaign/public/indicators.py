"""Figures from partners, apart from our own estimates: with whose they are, and since when."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.campaign import store
from shared.db import Transaction
from shared.requests import Tx

router = APIRouter()


@router.get("/api/indicators")
async def list_indicators(tx: Tx) -> list[dict[str, Any]]:
    """Accepted indicators. They are the partners' own, no estimates of Latu, and never evidence."""
    return await shown(tx)


async def shown(tx: Transaction) -> list[dict[str, Any]]:
    """The accepted indicators with the names of their partners."""
    names = {one.id: one.name for one in await store.list_partners(tx)}
    found = await store.list_contributions(tx, "accepted", kind="indicator")
    return [
        {
            **(one.said or {}),
            "indicator": one.key,
            "from_partner": names.get(one.partner, ""),
            "accepted_at": one.decided_at,
        }
        for one in found
    ]
