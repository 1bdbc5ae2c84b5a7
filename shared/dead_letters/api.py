"""Dead letters for programs, `latu dead-letters` among them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator

from shared.auth import Account, staff
from shared.dead_letters import deciding, listing
from shared.dead_letters.deciding import Chosen
from shared.requests import Tx

router = APIRouter(prefix="/admin/api/dead-letters", include_in_schema=False)
Operator = Annotated[Account, staff("operator")]


class Choice(BaseModel):
    """Exactly one of a letter (by its event's id), a group (by its fingerprint) and all that wait.

    `after` is the `last` of the answer before, for whoever goes on until none is left.
    """

    event_id: str = ""
    fingerprint: str = ""
    all: bool = False
    after: int = 0

    @model_validator(mode="after")
    def check_one(self) -> Self:
        """Exactly one is chosen."""
        if bool(self.event_id) + bool(self.fingerprint) + self.all != 1:
            raise ValueError("choose exactly one of event_id, fingerprint and all")
        return self

    @property
    def chosen(self) -> Chosen:
        """The same for the database."""
        return Chosen(self.event_id, self.fingerprint, self.after)


class Discarded(Choice):
    """Which letters are given up, and why."""

    reason: str = Field(max_length=500)


@router.get("", dependencies=[staff("operator")])
async def groups(tx: Tx) -> dict[str, Any]:
    """How many wait, and in which groups of failures."""
    found = [dict(group) for group in await listing.list_groups(tx)]
    return {"waiting": sum(group["letters"] for group in found), "groups": found}


@router.get("/letters", dependencies=[staff("operator")])
async def letters(
    tx: Tx, fingerprint: str = "", status: Literal["waiting", "redriven", "discarded"] = "waiting"
) -> list[dict[str, Any]]:
    """The newest letters of a status, perhaps of one group, without what they say."""
    return [dict(row) for row in await listing.list_letters(tx, status, fingerprint)]


@router.get("/letter")
async def letter(tx: Tx, account: Operator, event_id: str) -> dict[str, Any]:
    """One letter whole, with payload and headers; reading it is audited."""
    return dict(await listing.load_letter(tx, event_id, account.name))


@router.post("/redrive")
async def redrive(request: Request, tx: Tx, account: Operator, choice: Choice) -> dict[str, Any]:
    """Handle letters again, at most 200 at once."""
    events = request.app.state.service.events
    done = await deciding.redrive(tx, events, choice.chosen, account.name)
    failed = [vars(failure) for failure in done.failed]
    return {"handled": done.handled, "failed": failed, "last": done.last, "left": done.left}


@router.post("/discard")
async def discard(tx: Tx, account: Operator, choice: Discarded) -> dict[str, int]:
    """Give letters up, for a written reason."""
    return {"discarded": await deciding.discard(tx, choice.chosen, account.name, choice.reason)}
