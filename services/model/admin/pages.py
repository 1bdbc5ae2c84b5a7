"""Staff pages: what waits for a decision, one recommendation with its evidence, publishing a version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from services.model import commands, store
from services.model.decisions import MAY, Kind, Wish
from services.model.evidence import background
from services.model.grading import STRENGTHS
from services.model.panels import panels_of
from services.model.reviews import is_firmer
from services.model.thresholds import LADDER, LONGEST_TEXT
from services.model.versions import next_changes
from shared.auth import Account, staff
from shared.events import Certainty, Text
from shared.events.model import Strength
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter(prefix="/admin", include_in_schema=False)
Staff = Annotated[Account, staff()]
Reviewer = Annotated[Account, staff("editor", "expert")]


class DecisionForm(BaseModel):
    """What the form of one recommendation sends; empty choices follow the rules."""

    revision: int
    reason: str = Field(default="", max_length=1000)
    strength: Strength | None = None
    certainty: Certainty | None = None
    text_fi: str = Field(default="", max_length=LONGEST_TEXT)
    text_en: str = Field(default="", max_length=LONGEST_TEXT)
    text_sv: str = Field(default="", max_length=LONGEST_TEXT)

    @property
    def text(self) -> Text | None:
        """The wording, if the form had it."""
        # Browsers send line ends as CRLF; what was not touched must compare equal.
        fi, en, sv = (part.replace("\r\n", "\n") for part in (self.text_fi, self.text_en, self.text_sv))
        return Text(fi=fi, en=en, sv=sv) if fi or en or sv else None


@router.get("")
async def show_desk(request: Request, tx: Tx, account: Staff) -> Response:
    """What is proposed, under review, adopted and retired."""
    records = await store.list_records(tx)
    versions = [published.content for published in await store.list_versions(tx)]
    adopted = [record for record in records if record.standing.status == "adopted"]
    return render(
        request,
        "desk.html",
        groups=[(status, [r for r in records if r.standing.status == status]) for status in GROUPS],
        firmer={r.key for r in adopted if r.decision and is_firmer(r.standing.grade, r.decision.basis)},
        newest=versions[-1] if versions else None,
        changes=next_changes(adopted, versions),
        may_decide=_may_decide(account),
    )


@router.get("/recommendations/{key}")
async def show_recommendation(request: Request, tx: Tx, account: Staff, key: str, done: str = "") -> Response:
    """One recommendation with its evidence, background, history and what can be decided."""
    record = await store.load_existing(tx, key)
    known = await store.load_known(tx)
    return render(
        request,
        "case.html",
        record=record,
        item=record.standing,
        topic=vocabulary().topic(record.standing.subject.topic),
        panels=panels_of(record.standing.table.rows),
        background=background(record.standing.subject, known),
        history=await store.list_history(tx, key),
        may=[kind for kind, statuses in MAY.items() if record.standing.status in statuses],
        may_decide=_may_decide(account),
        strengths=STRENGTHS,
        certainties=LADDER,
        done=done,
    )


@router.post("/recommendations/{key}/text")
async def edit_text(tx: Tx, account: Reviewer, key: str, form: Annotated[DecisionForm, Form()]) -> Response:
    """Reword a recommendation."""
    await commands.edit_text(tx, account, key, form.text or Text(fi="", en=""), form.revision)
    return _back(key, "text")


@router.post("/recommendations/{key}/{kind}")
async def decide(
    tx: Tx, account: Reviewer, key: str, kind: Kind, form: Annotated[DecisionForm, Form()]
) -> Response:
    """Adopt, send to review, retire or take up again."""
    wish = Wish(
        kind=kind,
        revision=form.revision,
        reason=form.reason,
        strength=form.strength if kind == "adopt" else None,
        certainty=form.certainty if kind == "adopt" else None,
        text=form.text if kind == "adopt" else None,
    )
    await commands.decide_on(tx, account, key, wish)
    return _back(key, kind)


@router.post("/versions")
async def publish_version(tx: Tx, account: Reviewer) -> Response:
    """Publish what is adopted as the next version."""
    published = await commands.publish_version(tx, account)
    return RedirectResponse(f"/versions/{published.content.number}", status_code=303)


GROUPS = ("under_review", "proposed", "adopted", "retired")


def _may_decide(account: Account) -> bool:
    return bool(account.roles & {"editor", "expert"})


def _back(key: str, done: str) -> Response:
    return RedirectResponse(f"/admin/recommendations/{key}?done={done}", status_code=303)
