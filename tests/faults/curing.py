"""What operators do with dead letters once the fault is mended."""

from __future__ import annotations

from deploy.embedded.plan import SERVICES
from tests.faults.ledger import Ledger, Order

LETTERS = "/admin/api/dead-letters"


def is_cure(order: Order) -> bool:
    """Whether an order is one of those that are sent here."""
    return order.path.startswith(LETTERS)


async def cure(ledger: Ledger) -> list[str]:
    """Redrive all letters of all services and give up what still fails; says what of the lists is left."""
    left = []
    for service in SERVICES:
        listed = await ledger.look(service, LETTERS)
        if listed["waiting"]:
            await ledger.send(
                Order(f"redrive {service}", service, f"{LETTERS}/redrive", body={"json": {"all": True}})
            )
        listed = await ledger.look(service, LETTERS)
        if listed["waiting"]:
            reason = {"json": {"all": True, "reason": "These are no events."}}
            await ledger.send(Order(f"discard {service}", service, f"{LETTERS}/discard", body=reason))
        waiting = (await ledger.look(service, LETTERS))["waiting"]
        if waiting:
            left.append(f"{service}: {waiting} dead letters are left")
    return left
