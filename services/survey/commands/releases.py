"""Releases: figures leave, findings are told, revised and retracted."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.survey.answers import AnswerSet
from services.survey.insights import Telling, covered, decide, find
from services.survey.looks import look_is_due, plan_look
from services.survey.publication import Kept, Published, Wanted, publish
from services.survey.questionnaires import Questionnaire
from services.survey.releases import Release
from services.survey.rounds import Round, day_in_region
from services.survey.seals import seal_answers, seal_figure
from services.survey.segments import Segment
from services.survey.store import insights as told
from services.survey.store import releases as store
from services.survey.store import rounds
from services.survey.store.answers import load_answer_set
from services.survey.thresholds import LEAST_UNITS, K
from services.survey.versions import changed_units, largest_erasure
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import ReleasePublished
from shared.events.survey import RetractionReason

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Scene:
    """A round with its answers and what it has released so far."""

    round: Round
    questionnaire: Questionnaire
    answers: AnswerSet
    former: Sequence[Kept]

    @property
    def last(self) -> Kept | None:
        """The last one."""
        return self.former[-1] if self.former else None

    @property
    def changed(self) -> int:
        """At least so many units differ from the last release."""
        return changed_units(self.answers, self.last.watermark if self.last else 0)

    @property
    def undone(self) -> bool:
        """Whether k units or more that the last release counted went at once: an import was undone."""
        return self.last is not None and largest_erasure(self.answers, self.last.watermark) >= K.value


async def release_round(tx: Transaction, code: str, by: str) -> Release:
    """Release what can safely leave now, and judge: one of the planned looks, or the one at the close.

    Raises:
        NotFound: there is no such round.
        Refused: too few are new, the planned looks are used up, or the answers cannot be weighted.
    """
    scene = await _scene(tx, code)
    closing = scene.round.status == "closed" and (scene.last is None or not scene.last.look.final)
    if scene.round.status == "planned":
        raise Refused("round_not_open", "The round has not been opened; there is nothing to release.")
    if scene.changed < K.value and not (closing and len(scene.answers.ids)):
        raise Refused(
            "too_soon",
            f"Fewer than {K.value:g} have answered since the last release. A new one could tell of them.",
        )
    return await _release(tx, scene, by)


async def rejudge(tx: Transaction, code: str) -> None:
    """Judge a round anew because answers went: at once when k or more did, else at its next safe release."""
    scene = await _scene(tx, code)
    if scene.undone:
        await _release(tx, scene, "rejudge")


async def release_due(tx: Transaction) -> bool:
    """Make one release that is due: at the close, on a planned day, or when enough changed after it."""
    today = day_in_region(tx.now)
    for code in await store.list_rounds_with_news(tx):
        scene = await _scene(tx, code)
        if not _is_due(scene, today):
            continue
        try:
            await _release(tx, scene, "clock")
        except Refused as refused:
            log.warning("round %s cannot be released: %s", code, refused.message)
            continue
        return True
    return False


def _is_due(scene: _Scene, today: date) -> bool:
    if not len(scene.answers.ids) and scene.last is None:
        return False
    if scene.round.status == "closed" and (scene.last is None or not scene.last.look.final):
        return True
    if scene.changed < K.value:
        return False
    if scene.round.status == "closed" or scene.undone:
        return True
    used = scene.last.look.used if scene.last else 0
    planned = look_is_due(scene.round, scene.last.release.released_on if scene.last else None, today)
    enough = len(set(scene.answers.units.tolist())) >= LEAST_UNITS.value
    return planned and enough and used < scene.round.planned_looks


async def _scene(tx: Transaction, code: str) -> _Scene:
    """The round with its answers, locked against another release at the same time."""
    form = await rounds.load_form(tx, code)
    # The answers come before the lock: waiting for them with it held could wait for each other.
    answers = await load_answer_set(tx, code)
    round_ = await rounds.load_round(tx, code)
    if round_ is None:
        raise NotFound("no_such_round", "There is no such round.")
    former = await store.load_kept(tx, code)
    if former and former[-1].watermark > answers.watermark:
        raise Refused("released_just_now", "Another release was made just now. Look at it first.")
    return _Scene(round_, form.questionnaire, answers, former)


async def _release(tx: Transaction, scene: _Scene, by: str) -> Release:
    round_, last = scene.round, scene.last
    look = plan_look(round_, last.look if last else None, correction=scene.undone)
    wanted = Wanted(f"{round_.round}-{look.number}", look, day_in_region(tx.now), anew=scene.undone)
    published = publish(round_, scene.questionnaire, scene.answers, scene.former, wanted)
    key = await store.load_seal_key(tx, round_.round, secrets.token_bytes(32))
    await store.save_release(tx, published.kept, seal_answers(key, scene.answers), by)
    await _tell(tx, scene, published, key)
    await tx.audit(by, "release", wanted.key, {"figures": len(published.kept.release.cells)})
    return published.kept.release


async def _tell(tx: Transaction, scene: _Scene, published: Published, key: bytes) -> None:
    """Say what was found and what no longer holds, and that there is a new release."""
    standing = await told.load_standing(tx, scene.round.round)
    telling = _telling(tx, scene, published, key)
    found, now_covered = find(telling), covered(telling)
    general = _reason(scene)

    def reason(insight: str) -> RetractionReason:
        return "promoted" if insight in now_covered else general

    events = list(decide(found, standing, reason, tx.now))
    await told.save_told(tx, events, found, standing)
    for event in events:
        tx.emit(event)
    confirmed = len([f for f in found.values() if f.finding.tier == "confirmed"])
    tx.emit(_announcement(tx, published.kept.release, confirmed))


def _telling(tx: Transaction, scene: _Scene, published: Published, key: bytes) -> Telling:
    watermarks = {kept.look.number: kept.watermark for kept in (*scene.former, published.kept)}
    early = {mark: scene.answers.until(mark) for mark in watermarks.values()}

    def seal(item: str, segment: Segment, watermark: int) -> str:
        return seal_figure(key, early[watermark], scene.round.frame, item, segment)

    return Telling(published, tx.now, watermarks, seal)


def _reason(scene: _Scene) -> RetractionReason:
    if scene.undone:
        return "import_undone"
    since = scene.last.watermark if scene.last else 0
    return "erased" if any(gone.seq > since for gone in scene.answers.erased) else "no_longer_holds"


def _announcement(tx: Transaction, release: Release, confirmed: int) -> ReleasePublished:
    return ReleasePublished(
        revision=1,
        occurred_at=tx.now,
        release=release.release,
        round=release.round,
        round_title=release.round_title,
        number=release.number,
        content_hash=release.content_hash,
        figures=len(release.cells),
        insights=confirmed,
        unit=release.unit,
        n_band=release.n_band,
        final=release.final,
        assumptions=release.assumptions,
        synthetic=release.synthetic,
    )
