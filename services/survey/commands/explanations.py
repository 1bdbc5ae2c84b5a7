"""Explanations: why findings were told, and why rules did not fire; they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.survey.accounts import Account, account
from services.survey.analyses import analyse_answers
from services.survey.coached import coached_shares
from services.survey.commands.coaching import find_coached
from services.survey.commands.waves import find_former
from services.survey.explaining import (
    Asked,
    Explanation,
    Verdict,
    choose,
    count_reasons,
    explain,
    least_needed,
    verdicts,
)
from services.survey.forms import Form
from services.survey.items import items_of
from services.survey.publication import Kept
from services.survey.reasons import Why
from services.survey.rounds import Frame
from services.survey.steps import Dossier, Revision
from services.survey.store import insights as told
from services.survey.store import releases as store
from services.survey.store.answers import load_answer_set
from services.survey.store.rounds import load_form
from services.survey.verifying import erased_since
from services.survey.waves import trends
from services.survey.weighting import CannotWeight
from shared.db import Transaction
from shared.errors import NotFound


@dataclass(frozen=True)
class Explained:
    """Verdicts of a release. counts: of each reason, whatever reason is wanted."""

    form: Form
    chosen: Sequence[Verdict]
    counts: dict[Why, int]
    needed: float

    def page(self, first: int = 0, last: int | None = None) -> list[Explanation]:
        """Some of them in words."""
        frame: Frame = self.form.round.frame
        return list(explain(self.chosen[first:last], frame, self.needed))


async def explain_release(tx: Transaction, key: str, asked: Asked) -> Explained:
    """The verdicts of a release that are asked for: also why rules did not fire.

    Raises:
        NotFound: there is no such release.
    """
    signed = await store.load_release(tx, key)
    if signed is None:
        raise NotFound("no_such_release", "There is no such release.")
    form = await load_form(tx, signed.release.round)
    found = _verdicts(form, signed.kept)
    here = choose(found, Asked(asked.question, asked.rule, asked.segment))
    chosen = choose(here, Asked(reason=asked.reason))
    return Explained(form, chosen, dict(count_reasons(here)), least_needed(found))


async def explain_insight(tx: Transaction, key: str, *, full: bool = True) -> Account:
    """Everything that a finding stands on. full: with the steps at analysts' precision.

    Raises:
        NotFound: there is no such insight.
    """
    history = [_revision(one) for one in await told.list_revisions(tx, key)]
    if not history:
        raise NotFound("no_such_insight", "There is no such insight.")
    last = history[-1]
    form = await load_form(tx, last.finding.round)
    releases = await store.load_kept(tx, last.finding.round)
    kept = next(one for one in releases if one.release.release == last.finding.release)
    found = _verdicts(form, kept)
    verdict = next(one for one in found if one.hypothesis.name == last.ground.hypothesis)
    source = next(one for one in releases if one.look.number == verdict.judged.release)
    bare = Dossier(
        round=form.round.model_copy(update={"frame": source.frame}),
        verdict=verdict,
        verdicts=found,
        kept=kept,
        releases=releases,
        analysis=None,
        erased=0,
        history=history,
    )
    return account(await _worked_out(tx, form, bare, source.watermark), full=full)


async def _worked_out(tx: Transaction, form: Form, bare: Dossier, watermark: int) -> Dossier:
    """A dossier with the analysis of what is left of the answers up to a watermark, if there is any."""
    answers = await load_answer_set(tx, form.round.round)
    left, erased = answers.until(watermark), erased_since(answers, watermark)
    try:
        analysis = analyse_answers(bare.round, left) if len(left.ids) else None
    except CannotWeight:
        analysis = None
    if analysis is None:
        return replace(bare, erased=erased)
    if bare.verdict.hypothesis.rule == "trend" and (before := await find_former(tx, form)):
        analysis = replace(analysis, trends=trends(analysis, before))
    shares = coached_shares(analysis, await find_coached(tx, form, watermark))
    return replace(bare, analysis=analysis, erased=erased, coached=float(shares[bare.place]))


def _verdicts(form: Form, kept: Kept) -> list[Verdict]:
    return verdicts(kept, form.round, items_of(form.questionnaire))


def _revision(one: told.Told) -> Revision:
    return Revision(one.finding, one.revision, one.live, one.ground, one.reason)
