"""What a ledger knows that must be found again: the answers, and the acts that stand in audit trails."""

from __future__ import annotations

from tests.faults.checks import Answers, Expected, receipts
from tests.faults.ledger import Ledger, State
from tests.faults.play import Play


def known(ledger: Ledger, play: Play) -> Expected:
    """All that was accepted or refused, of orders that `play` made."""
    acts = {(entry.order.service, *entry.order.act) for entry in ledger.accepted if entry.order.act}
    return Expected(_answers(ledger, play), acts=frozenset(acts))


def _answers(ledger: Ledger, play: Play) -> Answers:
    told: dict[State, set[str]] = {"accepted": set(), "refused": set(), "unknown": set()}
    for entry in ledger.entries.values():
        nonce = entry.order.headers.get("Idempotency-Key")
        if nonce:
            told[entry.state].add(play.receipt(nonce))
    erased = [
        entry.order.body["json"]["receipt"]
        for entry in ledger.accepted
        if entry.order.path == "/api/withdrawals"
    ]
    # A second answer under the name of one that was accepted is refused; the first one stands.
    refused = told["refused"] - told["accepted"]
    return Answers(receipts(told["accepted"]), receipts(erased), receipts(refused))
