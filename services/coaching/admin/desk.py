"""The coach's desk: organisations, their playbooks, visits and outcomes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.coaching import commands, thresholds
from services.coaching.admin.forms import MarkForm, OrganisationForm, OutcomeForm, read_visit
from services.coaching.store import marks, organisations, playbooks, practices, visits
from services.coaching.visits import day_of
from shared.auth import Account, staff
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter(prefix="/admin", include_in_schema=False)
COACH = staff("coach", "operator")
Coach = Annotated[Account, COACH]
STAFF = staff()
PAGE = 50


@router.get("")
async def show_organisations(
    request: Request,
    tx: Tx,
    account: Annotated[Account, staff()],
    search: Annotated[str, Query(max_length=100)] = "",
    start: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """All organisations with their best advice; what needs a look comes first."""
    if not account.roles & {"coach", "operator"}:
        return RedirectResponse("/admin/practices", status_code=303)
    rows = await organisations.list_organisations(tx, search=search, limit=PAGE + 1, offset=start)
    counted = dict(await playbooks.count_playbooks(tx)) | {"stale": await organisations.count_stale(tx)}
    following = start + PAGE if len(rows) > PAGE else None
    return render(
        request,
        "organisations.html",
        rows=rows[:PAGE],
        counted=counted,
        search=search,
        start=start,
        following=following,
        step=PAGE,
    )


@router.get("/new-organisation", dependencies=[COACH])
async def show_new_organisation(request: Request) -> Response:
    """The form of a new client organisation."""
    return render(request, "organisation_form.html", words=vocabulary())


@router.post("/organisations")
async def add_organisation(tx: Tx, account: Coach, form: Annotated[OrganisationForm, Form()]) -> Response:
    """Add an organisation, or bring it up to date."""
    await commands.add_organisations(tx, account.name, [form.read()])
    return _back(form.organisation)


@router.get("/organisations/{key}", dependencies=[COACH])
async def show_organisation(request: Request, tx: Tx, key: str) -> Response:
    """One organisation: its playbook with the evidence, visits, agreed actions and outcomes."""
    organisation = await organisations.load_organisation(tx, key)
    library = {practice.practice: practice for practice in await practices.list_practices(tx)}
    return render(
        request,
        "organisation.html",
        organisation=organisation,
        book=await playbooks.load_playbook(tx, key),
        library=library,
        visits=await visits.list_visits(tx, key),
        actions=(await visits.list_actions(tx, [key])).get(key, []),
        today=day_of(tx.now),
        new_visit=tx.new_id(),
        mark=await marks.load_mark(tx, key),
        words=vocabulary(),
    )


@router.post("/organisations/{key}/visits")
async def record_visit(request: Request, tx: Tx, account: Coach, key: str) -> Response:
    """Write a visit down with what was agreed."""
    await commands.record_visit(tx, account.name, key, await read_visit(request))
    return _back(key, "actions")


@router.post("/organisations/{key}/actions/{action}/cancel")
async def cancel_action(tx: Tx, account: Coach, key: str, action: str) -> Response:
    """Call an agreed action off."""
    await commands.cancel_action(tx, account.name, action)
    return _back(key, "actions")


@router.post("/organisations/{key}/actions/{action}/outcome")
async def record_outcome(
    tx: Tx, account: Coach, key: str, action: str, form: Annotated[OutcomeForm, Form()]
) -> Response:
    """Record what a follow-up measured."""
    await commands.record_outcome(tx, account.name, action, form.read())
    return _back(key, "actions")


@router.post("/organisations/{key}/outcomes/{outcome}/withdraw")
async def withdraw_outcome(tx: Tx, account: Coach, key: str, outcome: str) -> Response:
    """Take an outcome back."""
    await commands.withdraw_outcome(tx, account.name, outcome)
    return _back(key, "actions")


@router.post("/organisations/{key}/mark")
async def give_mark(tx: Tx, account: Coach, key: str, form: Annotated[MarkForm, Form()]) -> Response:
    """Keep the survey mark that the organisation gave."""
    await commands.give_mark(tx, account.name, key, form.mark)
    return _back(key, "mark")


@router.post("/organisations/{key}/mark/return")
async def return_mark(tx: Tx, account: Coach, key: str) -> Response:
    """The organisation takes its survey mark back."""
    await commands.return_mark(tx, account.name, key)
    return _back(key, "mark")


@router.post("/organisations/{key}/remove")
async def remove_organisation(tx: Tx, account: Coach, key: str) -> Response:
    """Forget an organisation that withdraws."""
    await commands.remove_organisation(tx, account.name, key)
    return RedirectResponse("/admin", status_code=303)


@router.get("/ranking", dependencies=[STAFF])
async def show_ranking(request: Request) -> Response:
    """The rules of the score with their numbers."""
    return render(request, "ranking.html", rules=thresholds)


def _back(key: str, part: str = "main") -> Response:
    return RedirectResponse(f"/admin/organisations/{key}#{part}", status_code=303)
