"""Queries on client organisations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import RowMapping, any_, delete, exists, func, insert, or_, select, text, update

from services.coaching.advice import NOTHING
from services.coaching.organisations import Organisation
from services.coaching.tables import actions, changes, organisations, playbooks
from shared.db import Transaction
from shared.errors import NotFound

# One statement takes the noted changes and marks every organisation that one of them is about.
_MARK_STALE = text("""
    WITH taken AS (DELETE FROM changes RETURNING segment, key)
    UPDATE organisations SET stale = true
    WHERE NOT stale AND (
        place @> ANY (ARRAY(SELECT DISTINCT segment FROM taken WHERE segment IS NOT NULL))
        OR organisation IN (
            SELECT organisation FROM actions WHERE evidence_keys && ARRAY(SELECT DISTINCT key FROM taken)
        )
    )
""")


async def find_organisations(tx: Transaction, keys: Iterable[str]) -> dict[str, Organisation]:
    """Those of the named organisations that exist, locked until the end of the transaction."""
    wanted = select(organisations.c.organisation, organisations.c.details).where(
        organisations.c.organisation.in_(sorted(set(keys)))
    )
    rows = await tx.all(wanted.order_by(organisations.c.organisation).with_for_update())
    return {row["organisation"]: Organisation.model_validate(row["details"]) for row in rows}


async def load_organisation(tx: Transaction, key: str) -> Organisation:
    """An organisation.

    Raises:
        NotFound: there is none.
    """
    row = await tx.first(select(organisations.c.details).where(organisations.c.organisation == key))
    if row is None:
        raise NotFound("no_such_organisation", "There is no such client organisation.")
    return Organisation.model_validate(row["details"])


async def save_new_organisations(tx: Transaction, fresh: Sequence[Organisation]) -> None:
    """Add organisations, each with an empty playbook under a pseudonym."""
    if not fresh:
        return
    rows = [
        {
            "organisation": o.organisation,
            "details": o.model_dump(mode="json"),
            "place": o.place,
            "stale": True,
        }
        for o in fresh
    ]
    await tx.execute(insert(organisations).values(changed_at=tx.now), rows)
    books = [{"playbook": tx.new_id(), "organisation": o.organisation} for o in fresh]
    empty = {"revision": 0, "items": [], "fingerprint": NOTHING.fingerprint, "advised": 0, "suspended": 0}
    await tx.execute(insert(playbooks), [book | empty | {"remade_at": tx.now} for book in books])


async def save_organisation(tx: Transaction, organisation: Organisation) -> None:
    """Keep what is known of an organisation and have its playbook remade."""
    statement = (
        update(organisations)
        .where(organisations.c.organisation == organisation.organisation)
        .values(
            details=organisation.model_dump(mode="json"),
            place=organisation.place,
            stale=True,
            changed_at=tx.now,
        )
    )
    await tx.run(statement)


async def mark_organisation_stale(tx: Transaction, key: str) -> None:
    """Have one organisation's playbook remade."""
    await tx.run(update(organisations).where(organisations.c.organisation == key).values(stale=True))


async def mark_stale(tx: Transaction) -> None:
    """Turn the noted changes into stale organisations."""
    await tx.execute(_MARK_STALE)


async def mark_fresh(tx: Transaction, keys: Sequence[str]) -> None:
    """Their playbooks say what is known now."""
    await tx.run(update(organisations).where(organisations.c.organisation.in_(keys)).values(stale=False))


async def delete_organisation(tx: Transaction, key: str) -> None:
    """Forget an organisation with its playbook, visits, actions and outcomes."""
    await tx.run(delete(organisations).where(organisations.c.organisation == key))


async def list_organisations(
    tx: Transaction, *, search: str = "", limit: int = 100, offset: int = 0
) -> Sequence[RowMapping]:
    """Organisations by key, each with its mark and what its playbook holds; `top` is the first item.

    `search` finds a part of the key or the label. Those with suspended advice come first.
    """
    columns = [organisations.c[name] for name in ("organisation", "details", "place", "stale")]
    advice = (playbooks.c.revision, playbooks.c.advised, playbooks.c.suspended, playbooks.c.remade_at)
    wanted = select(*columns, *advice, playbooks.c["items"][0].label("top")).join_from(
        organisations, playbooks
    )
    if search:
        label = organisations.c.details["label"].astext
        wanted = wanted.where(
            or_(
                organisations.c.organisation.icontains(search, autoescape=True),
                label.icontains(search, autoescape=True),
            )
        )
    order = ((playbooks.c.suspended > 0).desc(), organisations.c.organisation)
    return await tx.all(wanted.order_by(*order).limit(limit).offset(offset))


async def count_stale(tx: Transaction) -> int:
    """How many playbooks do not say yet what is known, changes that are only noted included."""
    spoken_to = exists().where(organisations.c.place.contains(changes.c.segment))
    acting = select(actions.c.organisation).join(changes, changes.c.key == any_(actions.c.evidence_keys))
    behind = or_(organisations.c.stale, spoken_to, organisations.c.organisation.in_(acting))
    wanted = select(func.count()).select_from(organisations).where(behind)
    return int(await tx.value(wanted))
