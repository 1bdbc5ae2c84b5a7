"""Tallies in the database: one row a layer, of which only those that changed are written."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from services.survey.answers import item_scales
from services.survey.forms import Form
from services.survey.layers import Layer, Layers, no_layers
from services.survey.tables.releases import releases
from services.survey.tables.tallies import folds, tallies
from services.survey.tallies import MOMENTS
from services.survey.wholes import join, read_wholes, write_wholes
from shared.db import Transaction

# Who counts one round holds the first lock shared and that round's alone; an erasure holds the first alone.
_ALL_ROUNDS = 7_271_003
_ONE_ROUND = 7_271_004


async def lock_round(tx: Transaction, round_code: str) -> None:
    """Nobody else counts, releases or erases from this round until the transaction ends."""
    await tx.execute(select(func.pg_advisory_xact_lock_shared(_ALL_ROUNDS)))
    await tx.execute(select(func.pg_advisory_xact_lock(_ONE_ROUND, func.hashtext(round_code))))


async def lock_all_rounds(tx: Transaction) -> None:
    """Nobody else counts or releases until the transaction ends."""
    await tx.execute(select(func.pg_advisory_xact_lock(_ALL_ROUNDS)))


async def load_watermarks(tx: Transaction, round_code: str) -> list[int]:
    """The watermarks of the round's releases, in order."""
    query = select(releases.c.watermark).where(releases.c.round == round_code).order_by(releases.c.number)
    return [int(row["watermark"]) for row in await tx.all(query)]


async def load_counted_to(tx: Transaction, form: Form) -> int:
    """The number of the last answer that the tallies hold; 0 where they are of other items or dimensions."""
    row = await tx.first(select(folds).where(folds.c.round == form.round.round))
    return int(row["counted_to"]) if row and row["signature"] == _signature(form) else 0


async def load_layers(tx: Transaction, form: Form, counted_to: int) -> Layers:
    """The layers that are kept; none where nothing was counted."""
    items = tuple(item for question in form.questionnaire.questions for item in question.items)
    nobody = no_layers(items, np.array(item_scales(form.questionnaire)))
    rows = await tx.all(select(tallies).where(tallies.c.round == form.round.round)) if counted_to else ()
    if not rows:
        return nobody
    found = sorted((Layer(tuple(row["cell"]), row["first"], row["until"]), row) for row in rows)
    shape = (len(MOMENTS), len(items))
    return Layers(
        items=items,
        scales=nobody.scales,
        keys=tuple(layer for layer, _ in found),
        arrived=np.array([row["arrived"] for _, row in found], dtype=np.int64),
        newest=np.array([row["newest"] for _, row in found], dtype=np.int64),
        sums=join([read_wholes(row["sums"], shape) for _, row in found], axis=1),
        seals=tuple(int.from_bytes(row["seal"], "big") for _, row in found),
    )


async def save_layers(tx: Transaction, form: Form, layers: Layers, changed: Collection[Layer]) -> None:
    """Keep the layers that changed; those that are none any more go."""
    code, place = form.round.round, {layer: index for index, layer in enumerate(layers.keys)}
    gone = [layer for layer in changed if layer not in place]
    if gone:
        names = tuple_(tallies.c.cell, tallies.c.first, tallies.c.until)
        await tx.run(
            delete(tallies).where(tallies.c.round == code, names.in_([_name(layer) for layer in gone]))
        )
    rows = [_row(code, layers, place[layer]) for layer in changed if layer in place]
    if rows:
        new = upsert(tallies)
        kept = {name: new.excluded[name] for name in ("arrived", "newest", "sums", "seal")}
        await tx.execute(new.on_conflict_do_update(index_elements=list(tallies.primary_key), set_=kept), rows)


async def save_counted_to(tx: Transaction, form: Form, counted_to: int) -> None:
    """Keep how far the tallies are counted."""
    new = upsert(folds).values(round=form.round.round, counted_to=counted_to, signature=_signature(form))
    kept = {"counted_to": new.excluded.counted_to, "signature": new.excluded.signature}
    await tx.execute(new.on_conflict_do_update(index_elements=["round"], set_=kept))


async def delete_layers(tx: Transaction, form: Form) -> None:
    """Begin anew."""
    await tx.run(delete(tallies).where(tallies.c.round == form.round.round))


def _signature(form: Form) -> list[str]:
    items = [item for question in form.questionnaire.questions for item in question.items]
    return items + [f"by {dimension.code}" for dimension in form.round.frame.dimensions]


def _name(layer: Layer) -> tuple[object, ...]:
    return list(layer.cell), layer.first, layer.until


def _row(code: str, layers: Layers, index: int) -> dict[str, object]:
    layer = layers.keys[index]
    return {
        "round": code,
        "cell": list(layer.cell),
        "first": layer.first,
        "until": layer.until,
        "arrived": int(layers.arrived[index]),
        "newest": int(layers.newest[index]),
        "sums": write_wholes(layers.sums[:, index]),
        "seal": layers.seals[index].to_bytes(32, "big"),
    }
