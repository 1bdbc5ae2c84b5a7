"""Queries of the partners."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.campaign.partners import Partner, PartnerKey
from services.campaign.tables import partners
from shared.db import Transaction

_KEYS_LOCK = 7_301_006


async def lock_partner_keys(tx: Transaction) -> None:
    """One transaction at a time gives keys to partners; comes before the lock of a partner."""
    await tx.execute(select(func.pg_advisory_xact_lock(_KEYS_LOCK)))


async def load_partner(tx: Transaction, partner: str) -> Partner | None:
    """One partner, locked until the transaction ends; a removed one too."""
    row = await tx.first(select(partners).where(partners.c.id == partner).with_for_update())
    return _partner(row) if row is not None else None


async def find_partner(tx: Transaction, partner: str) -> Partner | None:
    """One partner to look at; a removed one too."""
    row = await tx.first(select(partners).where(partners.c.id == partner))
    return _partner(row) if row is not None else None


async def list_partners(tx: Transaction) -> list[Partner]:
    """All partners by name, removed ones too."""
    return [_partner(row) for row in await tx.all(select(partners).order_by(partners.c.name, partners.c.id))]


async def save_new_partner(tx: Transaction, partner: Partner) -> bool:
    """Keep a new partner; False when its id was ever given to one."""
    added = upsert(partners).values(_row(partner)).on_conflict_do_nothing(index_elements=["id"])
    return await tx.run(added) == 1


async def save_partner(tx: Transaction, partner: Partner) -> None:
    """Keep a partner as it was decided on."""
    await tx.execute(partners.update().where(partners.c.id == partner.id).values(_row(partner)))


async def mark_applied(tx: Transaction, partner: Partner) -> None:
    """The broker follows this state of a partner, unless it has changed since."""
    same = (partners.c.id == partner.id) & (partners.c.changed_at == partner.changed_at)
    await tx.execute(partners.update().where(same).values(applied_at=partner.changed_at))


def _row(partner: Partner) -> dict[str, Any]:
    keys = [
        {
            "public": key.public,
            "since": key.since.isoformat(),
            "until": key.until.isoformat() if key.until else None,
        }
        for key in partner.keys
    ]
    lists = {"reads": list(partner.reads), "contributes": list(partner.contributes)}
    return {**asdict(partner), **lists, "keys": keys}


def _partner(row: RowMapping) -> Partner:
    lists = {"reads": tuple(row["reads"]), "contributes": tuple(row["contributes"])}
    return Partner(**{**row, **lists, "keys": tuple(_key(each) for each in row["keys"])})


def _key(kept: dict[str, str | None]) -> PartnerKey:
    until = kept["until"]
    return PartnerKey(
        public=str(kept["public"]),
        since=datetime.fromisoformat(str(kept["since"])),
        until=datetime.fromisoformat(until) if until else None,
    )
