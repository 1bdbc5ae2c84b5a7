"""Survey marks: given by an organisation, told to the survey, taken back."""

from __future__ import annotations

from services.coaching import marks
from services.coaching.marks import KeptMark
from services.coaching.store import marks as store
from services.coaching.store import organisations, visits
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import OrganisationCoached


async def give_mark(tx: Transaction, actor: str, organisation: str, written: str) -> None:
    """Keep the mark that an organisation gave with its consent, and tell the survey of its coaching.

    Raises:
        NotFound: there is no such organisation.
        Invalid: it is no mark.
        Refused: another organisation gave the same.
    """
    await organisations.load_organisation(tx, organisation)
    mark = marks.read_mark(written)
    owner, kept = await store.find_mark(tx, mark)
    if owner == organisation:
        return
    if owner is not None:
        raise Refused("mark_in_use", "Another organisation has given this mark. Ask for it once more.")
    if (former := await store.load_mark(tx, organisation)) is not None:
        await _give_back(tx, former)
    await store.save_mark(tx, organisation, kept)
    await tell_coached(tx, organisation)
    await tx.audit(actor, "survey_mark_given", organisation)


async def return_mark(tx: Transaction, actor: str, organisation: str) -> None:
    """The organisation takes its mark back: it is forgotten here and in the survey.

    Raises:
        NotFound: it has given none.
    """
    kept = await store.load_mark(tx, organisation)
    if kept is None:
        raise NotFound("no_mark", "This organisation has given no survey mark.")
    await _give_back(tx, kept)
    await tx.audit(actor, "survey_mark_returned", organisation)


async def forget_mark(tx: Transaction, organisation: str) -> None:
    """What becomes of the mark of an organisation that is deleted."""
    kept = await store.load_mark(tx, organisation)
    if kept is not None:
        await _give_back(tx, kept)


async def tell_coached(tx: Transaction, organisation: str) -> None:
    """Tell the survey on what an organisation was coached, if it gave its mark and that is news."""
    kept = await store.load_mark(tx, organisation)
    actions = (await visits.list_actions(tx, [organisation])).get(organisation, [])
    topics = marks.coached_topics(actions)
    if kept is None or topics == kept.topics:
        return
    told = kept.told(topics)
    await store.save_mark(tx, organisation, told)
    tx.emit(marks.coached(told, tx.now))


async def _give_back(tx: Transaction, kept: KeptMark) -> None:
    gone = kept.told(())
    await store.mark_returned(tx, gone)
    if kept.revision:
        await tx.purge_key(OrganisationCoached, kept.mark)
        tx.emit(marks.withdrawn(gone, tx.now))
