"""What operators do to the backbone, for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from shared.auth import Account, staff
from shared.republishing import republish
from shared.requests import Tx

router = APIRouter(include_in_schema=False)


class Lost(BaseModel):
    """From when on the broker lost what it had; None for everything."""

    since: AwareDatetime | None = None


@router.post("/admin/api/outbox/republish")
async def republish_outbox(
    tx: Tx, account: Annotated[Account, staff("operator")], lost: Lost
) -> dict[str, int]:
    """Publish again what the broker lost; `events` and `purges` say how much."""
    done = await republish(tx, account.name, lost.since)
    return {"events": done.events, "purges": done.purges}
