"""Client organisations: adding, changing, forgetting."""

from __future__ import annotations

from collections.abc import Sequence

from services.coaching import outcomes, playbook
from services.coaching.advice import NOTHING
from services.coaching.commands.changes import REGION, REMAKE, note_change
from services.coaching.commands.marks import forget_mark
from services.coaching.organisations import Organisation, check_each_once
from services.coaching.store import organisations as store
from services.coaching.store import playbooks, visits
from shared.db import Transaction
from shared.events import OutcomeRecorded
from shared.vocabulary import vocabulary


async def add_organisations(tx: Transaction, actor: str, given: Sequence[Organisation]) -> dict[str, int]:
    """Add organisations, or bring those that are known up to date; counts `added`, `changed`, `same`.

    Raises:
        Invalid: one is in the list twice, or its municipality is not of the region.
    """
    check_each_once(given)
    placed = [_placed(organisation) for organisation in given]
    known = await store.find_organisations(tx, [o.organisation for o in placed])
    fresh = [o for o in placed if o.organisation not in known]
    changed = [o for o in placed if known.get(o.organisation, o) != o]
    await store.save_new_organisations(tx, fresh)
    for organisation in sorted(changed, key=lambda o: o.organisation):
        await store.save_organisation(tx, organisation)
    if fresh or changed:
        tx.wake(REMAKE)
        touched = {"added": [o.organisation for o in fresh], "changed": [o.organisation for o in changed]}
        await tx.audit(actor, "organisations_kept", "organisations", touched)
    same = len(given) - len(fresh) - len(changed)
    return {"added": len(fresh), "changed": len(changed), "same": same}


async def remove_organisation(tx: Transaction, actor: str, key: str) -> None:
    """Forget an organisation that withdraws: its outcomes stop counting everywhere.

    Raises:
        NotFound: there is none.
    """
    book = await playbooks.load_playbook(tx, key)
    withdrawn = await visits.list_outcomes(tx, key)
    for outcome in withdrawn:
        await tx.purge_key(OutcomeRecorded, outcome.outcome)
        tx.emit(outcomes.withdrawn(outcome, tx.now))
    emptied = playbook.remake(book, NOTHING)
    if emptied is not None:
        tx.emit(playbook.announcement(emptied, NOTHING, tx.now))
    await forget_mark(tx, key)
    await store.delete_organisation(tx, key)
    if withdrawn:
        await note_change(tx, REGION)
    await tx.audit(actor, "organisation_removed", key, {"outcomes_withdrawn": len(withdrawn)})


def _placed(organisation: Organisation) -> Organisation:
    if not organisation.municipality:
        return organisation
    found = vocabulary().municipality(organisation.municipality)
    place = {"municipality": found.code, "sub_region": organisation.sub_region or found.subregion}
    return organisation.model_copy(update=place)
