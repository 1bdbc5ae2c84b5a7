"""The staff's JSON API: organisations, playbooks, visits, outcomes, counts and traces."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from services.coaching import commands, traces
from services.coaching.actions import Action
from services.coaching.admin.forms import MarkForm
from services.coaching.organisations import Organisation, split_item_key
from services.coaching.outcomes import Measurement
from services.coaching.playbook import Playbook
from services.coaching.practices import Practice, Wording
from services.coaching.store import organisations, playbooks, practices, visits
from services.coaching.visits import Report, Visit
from shared.auth import Account, staff
from shared.db import Transaction
from shared.errors import NotFound
from shared.events import Key, Text, Value
from shared.requests import Tx

router = APIRouter(prefix="/admin/api", tags=["staff"])
STAFF = staff()
COACH = staff("coach", "operator")
Coach = Annotated[Account, COACH]
EDITOR = staff("editor")
Editor = Annotated[Account, EDITOR]
MOST_AT_ONCE = 5000


class Summary(Value):
    """An organisation with its best advice; `stale` says that its playbook is about to be remade."""

    organisation: str
    label: str
    place: dict[str, str]
    synthetic: bool
    stale: bool
    revision: int
    advised: int
    suspended: int
    top: Key | None


class Kept(Value):
    """What became of a list of organisations."""

    added: int
    changed: int
    same: int


class Client(Value):
    """An organisation with what was agreed with it."""

    organisation: Organisation
    visits: tuple[Visit, ...]
    actions: tuple[Action, ...]


class AskedVisit(Report):
    """A visit; a program that may send it twice gives it a key."""

    visit: Key | None = None


class RecordedVisit(Value):
    """A visit's key, and the action's key for each practice agreed on."""

    visit: Key
    actions: dict[str, Key]


class RecordedOutcome(Value):
    """An outcome's key."""

    outcome: Key


class Counts(Value):
    """`playbooks` advise something, `playbooks_changed` counts their changes, `stale` wait for a remake."""

    organisations: int
    playbooks: int
    playbooks_changed: int
    items: int
    suspended: int
    stale: int
    practices: int
    outcomes: int


@router.get("/organisations", dependencies=[COACH])
async def read_organisations(
    tx: Tx,
    search: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 500,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[Summary]:
    """Client organisations, those with suspended advice first."""
    rows = await organisations.list_organisations(tx, search=search, limit=limit, offset=offset)
    return [_summary(row) for row in rows]


@router.post("/organisations")
async def keep_organisations(
    tx: Tx, account: Coach, given: Annotated[list[Organisation], Field(max_length=MOST_AT_ONCE)]
) -> Kept:
    """Add organisations or bring them up to date; sending the same list again changes nothing."""
    return Kept.model_validate(await commands.add_organisations(tx, account.name, given))


@router.get("/organisations/{key}", dependencies=[COACH])
async def read_organisation(tx: Tx, key: str) -> Client:
    """One organisation with its visits and agreed actions."""
    organisation = await organisations.load_organisation(tx, key)
    made = [Visit.model_validate(dict(row)) for row in await visits.list_visits(tx, key)]
    agreed = (await visits.list_actions(tx, [key])).get(key, [])
    return Client(organisation=organisation, visits=tuple(made), actions=tuple(agreed))


@router.delete("/organisations/{key}", status_code=204)
async def remove_organisation(tx: Tx, account: Coach, key: str) -> None:
    """Forget an organisation that withdraws, with its visits and outcomes."""
    await commands.remove_organisation(tx, account.name, key)


@router.put("/organisations/{key}/mark", status_code=204)
async def give_mark(tx: Tx, account: Coach, key: str, given: MarkForm) -> None:
    """Keep the survey mark that the organisation gave with its consent."""
    await commands.give_mark(tx, account.name, key, given.mark)


@router.delete("/organisations/{key}/mark", status_code=204)
async def return_mark(tx: Tx, account: Coach, key: str) -> None:
    """The organisation takes its survey mark back; it is forgotten here and in the survey."""
    await commands.return_mark(tx, account.name, key)


@router.post("/organisations/{key}/visits", status_code=201)
async def record_visit(tx: Tx, account: Coach, key: str, asked: AskedVisit) -> RecordedVisit:
    """Write a visit down with what was agreed."""
    visit = Visit.model_validate(asked.model_dump() | {"visit": asked.visit or tx.new_id()})
    agreed = await commands.record_visit(tx, account.name, key, visit)
    return RecordedVisit(visit=visit.visit, actions=agreed)


@router.post("/actions/{key}/cancel", status_code=204)
async def cancel_action(tx: Tx, account: Coach, key: str) -> None:
    """Call an agreed action off."""
    await commands.cancel_action(tx, account.name, key)


@router.post("/actions/{key}/outcome", status_code=201)
async def record_outcome(tx: Tx, account: Coach, key: str, measurement: Measurement) -> RecordedOutcome:
    """Record what a follow-up measured."""
    return RecordedOutcome(outcome=await commands.record_outcome(tx, account.name, key, measurement))


@router.delete("/outcomes/{key}", status_code=204)
async def withdraw_outcome(tx: Tx, account: Coach, key: str) -> None:
    """Take an outcome back."""
    await commands.withdraw_outcome(tx, account.name, key)


@router.get("/playbooks/{key}", dependencies=[COACH])
async def read_playbook(tx: Tx, key: str) -> Playbook:
    """The playbook of an organisation, with its grounds and reasons."""
    return await playbooks.load_playbook(tx, key)


@router.post("/practices", status_code=201)
async def add_practice(tx: Tx, account: Editor, wording: Wording) -> Practice:
    """Add a practice to the library."""
    return await commands.add_practice(tx, account.name, wording)


@router.put("/practices/{key}")
async def reword_practice(tx: Tx, account: Editor, key: str, wording: Wording) -> Practice:
    """Give a practice a new wording."""
    return await commands.reword_practice(tx, account.name, key, wording)


@router.delete("/practices/{key}", status_code=204)
async def withdraw_practice(tx: Tx, account: Editor, key: str) -> None:
    """Take a practice out of the library."""
    await commands.withdraw_practice(tx, account.name, key)


@router.get("/status", dependencies=[STAFF])
async def read_status(tx: Tx) -> Counts:
    """Counts for operators and the demo."""
    counted: dict[str, Any] = dict(await playbooks.count_playbooks(tx))
    library = await practices.list_practices(tx)
    return Counts(
        **counted,
        stale=await organisations.count_stale(tx),
        practices=sum(practice.status == "published" for practice in library),
        outcomes=len(await visits.list_outcomes(tx)),
    )


@router.get("/trace/{thing}", dependencies=[STAFF])
async def trace(tx: Tx, thing: str) -> traces.Trace:
    """What a playbook item (`<organisation>--<practice>`) or an outcome stands on."""
    owner, practice = split_item_key(thing)
    if not owner:
        return await _trace_outcome(tx, thing)
    book = await playbooks.find_playbook(tx, owner)
    found = None if book is None else traces.of_item(book, practice)
    if found is None:
        raise NotFound("no_such_item", "There is no such advice in a playbook.")
    return found


async def _trace_outcome(tx: Transaction, key: str) -> traces.Trace:
    _, outcome = await visits.load_outcome(tx, key)
    practice = await practices.find_practice(tx, outcome.practice)
    title = practice.title if practice else Text(fi=outcome.practice, en=outcome.practice)
    return traces.of_outcome(outcome, title)


def _summary(row: Any) -> Summary:
    details = row["details"]
    own = {name: row[name] for name in ("organisation", "stale", "revision", "advised", "suspended", "place")}
    top = row["top"]["practice"] if row["top"] else None
    return Summary(**own, label=details["label"], synthetic=details["synthetic"], top=top)
