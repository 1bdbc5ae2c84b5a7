"""Everything the model service can do: load, decide, save and tell."""

from __future__ import annotations

from services.model import store, versions
from services.model.decisions import Wish
from services.model.entries import local_date
from services.model.evidence import Known
from services.model.recommendations import Standing, make_case, settle, subjects_of
from services.model.records import Record, begin, decide, follow, reword, word
from services.model.subjects import Subject
from services.model.versions import PublishedVersion
from shared.auth import Account
from shared.db import Transaction
from shared.events import (
    IndicationReleased,
    IndicationRetracted,
    InsightReleased,
    InsightRetracted,
    OutcomeRecorded,
    OutcomeWithdrawn,
    PracticePublished,
    Text,
)
from shared.loop import Effect

JUDGE = "judge"
RULES = "rules"
CHANGED_MODEL = Effect("model", "model")


async def keep_insight(tx: Transaction, event: InsightReleased | InsightRetracted) -> None:
    """Keep a confirmed finding or its retraction, and ask for a new judgement."""
    if await store.save_fact(tx, event):
        await _ask_to_judge(tx)


async def keep_indication(tx: Transaction, event: IndicationReleased | IndicationRetracted) -> None:
    """Keep an indication or its retraction, for the experts to look at; it judges nothing."""
    await store.save_fact(tx, event)


async def keep_outcome(tx: Transaction, event: OutcomeRecorded | OutcomeWithdrawn) -> None:
    """Keep an outcome or its withdrawal, and ask for a new judgement."""
    if isinstance(event, OutcomeWithdrawn):
        await tx.forget_letters(OutcomeRecorded, event.outcome, event.revision)
    if await store.save_fact(tx, event):
        await _ask_to_judge(tx)


async def keep_practice(tx: Transaction, event: PracticePublished) -> None:
    """Keep a practice of the library, and ask for a new judgement."""
    if await store.save_fact(tx, event):
        await _ask_to_judge(tx)


async def judge(tx: Transaction) -> None:
    """Judge every recommendation again when evidence changed since the last time."""
    origin = await store.delete_stale(tx)
    if origin is None:
        return
    with tx.on_behalf_of(origin, JUDGE):
        await _judge(tx)


async def _judge(tx: Transaction) -> None:
    records = await store.lock_records(tx)
    known = await store.load_known(tx)
    proposed = subjects_of(known)
    subjects = {subject.key: subject for subject in proposed}
    subjects |= {record.key: record.standing.subject for record in records.values()}
    changed = False
    for key, subject in sorted(subjects.items()):
        standing = _stand(subject, known, records.get(key), proposed=subject in proposed)
        changed |= await _follow(tx, records.get(key), standing)
    await _mark_versions(tx)
    if changed:
        await CHANGED_MODEL.reach(tx)


async def judge_anew(tx: Transaction, _: str) -> None:
    """Judge every recommendation from what the replicas say now, whether or not anything asked for it."""
    await store.mark_stale(tx)
    await judge(tx)


async def decide_on(tx: Transaction, account: Account, key: str, wish: Wish) -> Record:
    """Adopt, send to review, retire or take up again, as a person wishes.

    Raises:
        Refused: see `decisions.check`.
        NotFound: there is no such recommendation.
    """
    record, known = await _load_with_evidence(tx, key)
    decided = decide(record, word(record, wish, known), account.name, tx.now)
    settled = await _settle(tx, decided, known, before=record)
    detail = wish.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    await tx.audit(account.name, wish.kind, key, {"status": settled.standing.status} | detail)
    await _mark_versions(tx)
    return settled


async def edit_text(tx: Transaction, account: Account, key: str, text: Text, revision: int) -> Record:
    """Put a person's wording in place of the present one.

    Raises:
        Refused, Invalid, NotFound: see `records.reword`.
    """
    record, known = await _load_with_evidence(tx, key)
    settled = await _settle(tx, reword(record, text, revision), known, before=record)
    await tx.audit(account.name, "reword", key, {"revision": settled.revision})
    return settled


async def publish_version(tx: Transaction, account: Account) -> PublishedVersion:
    """Publish the adopted recommendations as the next version of the model.

    Raises:
        Refused: nothing is adopted, or nothing changed since the last version.
    """
    await store.lock_versions(tx)
    earlier = [published.content for published in await store.list_versions(tx)]
    version = versions.make_version(await store.list_records(tx, "adopted"), earlier, local_date(tx.now))
    revision = await store.load_version_revision(tx) + 1
    published = PublishedVersion(content=version, revision=revision, published_by=account.name)
    await _save_version(tx, published)
    await tx.audit(account.name, "publish_version", f"version-{version.number}", {"revision": revision})
    return published


async def _ask_to_judge(tx: Transaction) -> None:
    await store.mark_stale(tx)
    tx.wake(JUDGE)


async def _follow(tx: Transaction, before: Record | None, standing: Standing) -> bool:
    """Let a recommendation follow its evidence; says whether it changed."""
    after = follow(before, standing, tx.now) if before else begin(standing, tx.now)
    if after is None:
        return False
    await _keep(tx, before, after)
    await _note_status(tx, before, after)
    return after != before


def _stand(subject: Subject, known: Known, record: Record | None, *, proposed: bool) -> Standing:
    decision, worded = (record.decision, record.worded) if record else (None, None)
    return settle(make_case(subject, known, proposed=proposed, decision=decision), decision, worded)


async def _load_with_evidence(tx: Transaction, key: str) -> tuple[Record, Known]:
    await store.lock_record(tx, key)
    record = await store.load_existing(tx, key)
    return record, await store.load_known(tx)


async def _settle(tx: Transaction, record: Record, known: Known, *, before: Record) -> Record:
    subject = record.standing.subject
    standing = _stand(subject, known, record, proposed=subject in subjects_of(known))
    after = follow(record, standing, tx.now)
    await _keep(tx, before, after)
    return after


async def _keep(tx: Transaction, before: Record | None, after: Record) -> None:
    if after != before:
        await store.save_record(tx, after)
    if before is None or before.revision != after.revision:
        tx.emit(after.standing.to_event(after.revision, tx.now))


async def _note_status(tx: Transaction, before: Record | None, after: Record) -> None:
    was = before and before.standing.status
    if was != after.standing.status:
        await tx.audit(RULES, after.standing.status, after.key, {"from": was, "revision": after.revision})


async def _mark_versions(tx: Transaction) -> None:
    """Mark in the newest version, at once, what no longer stands as it was published."""
    await store.lock_versions(tx)
    newest = await store.load_version(tx)
    if newest is None:
        return
    records = await store.load_records(tx, (entry.key for entry in newest.content.entries))
    marks = versions.marks(newest.content, {key: record.standing for key, record in records.items()})
    if marks != newest.marks:
        revision = await store.load_version_revision(tx) + 1
        await _save_version(tx, newest.model_copy(update={"marks": marks, "revision": revision}))


async def _save_version(tx: Transaction, published: PublishedVersion) -> None:
    await store.save_version(tx, published)
    tx.emit(published.to_event(tx.now))
