"""What partners send, in; what staff decide on it; and what all are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from services.campaign import answers, contributions, store, thresholds
from services.campaign.contributions import Contribution, Fault, Message
from services.campaign.partners import Partner
from shared.db import Transaction
from shared.errors import NotFound
from shared.events import ContributionKind, PracticeContributed

Headers = Mapping[str, str]


async def take_contribution(tx: Transaction, subject: str, headers: Headers, body: bytes) -> str:
    """Take a message of a partner, whom the subject names; returns what became of it."""
    return await _hear(tx, subject, lambda kind: contributions.open_message(kind, headers, body))


async def give_up_contribution(tx: Transaction, subject: str, headers: Headers, body: bytes) -> str:
    """Refuse a message that could not be handled, for whatever reason of ours."""

    def given_up(kind: str) -> Message:
        opened = contributions.open_message(kind, headers, body)
        return Message(opened.name, opened.revision, None, opened.fault or Fault("not_taken"))

    return await _hear(tx, subject, given_up)


async def _hear(tx: Transaction, subject: str, opened: Callable[[str], Message]) -> str:
    partner, kind = await _sender(tx, subject)
    if partner is None or kind is None:
        return "nobody"
    message = opened(kind)
    before = await store.load_contribution(tx, contributions.key_of(partner.id, kind, message.name))
    sent = await store.save_message_count(tx, partner.id, tx.now.date())
    if not contributions.is_always_heard(before, message):
        if sent > thresholds.CONTRIBUTIONS_A_DAY:
            return await _drop(tx, partner, kind, first=sent == thresholds.CONTRIBUTIONS_A_DAY + 1)
        if fault := contributions.barred(partner, kind):
            message = Message(message.name, message.revision, None, fault)
    duplicate = message.said is not None and await store.find_duplicate(
        tx, partner.id, contributions.fingerprint(message.said)
    )
    made = contributions.receive(partner.id, kind, message, tx.now, duplicate=duplicate)
    after, told = contributions.hear(before, made)
    await _follow(tx, partner, before, after, told)
    return "known" if told is before else told.status


async def accept_contribution(
    tx: Transaction, key: str, revision: int, note: str, actor: str
) -> Contribution:
    """Staff accept a contribution."""
    before = await _found(tx, key)
    return await _decide(tx, before, contributions.accept(before, revision, note, tx.now), actor)


async def refuse_contribution(
    tx: Transaction, key: str, revision: int, note: str, actor: str
) -> Contribution:
    """Staff refuse a contribution or take an accepted one down."""
    before = await _found(tx, key)
    return await _decide(tx, before, contributions.refuse(before, revision, note, tx.now), actor)


async def _decide(tx: Transaction, before: Contribution, after: Contribution, actor: str) -> Contribution:
    partner = await store.load_partner(tx, after.partner)
    if partner is None:
        raise NotFound("no_such_partner", "There is no such partner.")
    await _follow(tx, partner, before, after, after)
    detail = {"revision": after.revision, "checks": list(after.checks), "from": before.status}
    await tx.audit(actor, f"contribution_{after.status}", after.key, detail)
    return after


async def _sender(tx: Transaction, subject: str) -> tuple[Partner | None, ContributionKind | None]:
    _, _, name, said = (*subject.split("."), "", "", "", "")[:4]
    kind = next((one for one in get_args(ContributionKind) if one == said), None)
    return await store.load_partner(tx, name), kind


async def _drop(tx: Transaction, partner: Partner, kind: ContributionKind, *, first: bool) -> str:
    """Above the day's number only the first is answered, so that a flood is no flood of answers."""
    if first:
        message = Message(f"over-{tx.now.date().isoformat()}", 1, None, Fault("too_many"))
        told = answers.answer(contributions.receive(partner.id, kind, message, tx.now), tx.now)
        if told is not None:
            tx.emit(told)
    return "dropped"


async def _follow(
    tx: Transaction,
    partner: Partner,
    before: Contribution | None,
    after: Contribution,
    told: Contribution,
) -> None:
    await store.save_contribution(tx, after)
    stood = before is not None and before.status == "accepted"
    if after.kind == "practice" and stood and after.status != "accepted":
        await tx.purge_key(PracticeContributed, after.key)
        tx.emit(answers.practice_gone(after, tx.now))
    if after.kind == "practice" and after.status == "accepted" and not stood:
        tx.emit(answers.practice(after, partner, tx.now))
    answer = answers.answer(told, tx.now)
    if answer is not None:
        tx.emit(answer)


async def _found(tx: Transaction, key: str) -> Contribution:
    found = await store.load_contribution(tx, key)
    if found is None:
        raise NotFound("no_such_contribution", "There is no such contribution.")
    return found
