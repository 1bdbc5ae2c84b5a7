"""Releases: figures leave, findings are told, revised and retracted."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.survey.coached import Floats, coached_shares
from services.survey.commands.coaching import find_coached
from services.survey.commands.release_counts import count_decision, count_release, count_retractions
from services.survey.commands.tallies import count_round
from services.survey.commands.waves import find_former
from services.survey.counting import Counted
from services.survey.insights import Telling, covered, decide, find
from services.survey.looks import look_is_due, plan_look
from services.survey.publication import Kept, Published, Wanted, publish, publish_nothing
from services.survey.questionnaires import Questionnaire
from services.survey.releases import Release
from services.survey.rounds import Round, day_in_region
from services.survey.seals import seal_answers, seal_figure
from services.survey.segments import Segment
from services.survey.store import insights as told
from services.survey.store import releases as store
from services.survey.store import rounds
from services.survey.thresholds import LEAST_UNITS, K
from services.survey.versions import changed_units, largest_erasure
from services.survey.waves import Former
from services.survey.weighting import CannotWeight
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events import ReleasePublished
from shared.events.survey import RetractionReason

Mended = Literal["import_undone", "frame_corrected", "former_released"]

_ANEW: dict[Mended | None, Literal["none", "trends", "all"]] = {
    None: "none",
    "import_undone": "all",
    "frame_corrected": "all",
    "former_released": "trends",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Scene:
    """A round with its answers, what it has released so far, and the round before it."""

    round: Round
    questionnaire: Questionnaire
    counted: Counted
    former: Sequence[Kept]
    compared: Former | None

    @property
    def last(self) -> Kept | None:
        """The last one."""
        return self.former[-1] if self.former else None

    @property
    def changed(self) -> int:
        """At least so many units differ from the last release."""
        return changed_units(self.counted, [kept.earlier for kept in self.former])

    @property
    def undone(self) -> bool:
        """Whether k units or more that the last release counted went at once: an import was undone."""
        gone = largest_erasure(self.counted.erased, self.last.watermark) if self.last else 0
        return gone >= K.value


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
    if scene.changed < K.value and not (closing and scene.counted.layers.units):
        raise Refused(
            "too_soon",
            f"Fewer than {K.value:g} have answered since the last release. A new one could tell of them.",
        )
    return await _release(tx, scene, by)


async def rejudge(tx: Transaction, code: str, why: Mended) -> None:
    """Judge a round that has been released anew, because its answers or its frame were mended.

    At once when k units or more changed, as all do with a frame or a new release of the round before; else at
    its next safe release.

    Raises:
        CannotWeight: the answers cannot be weighted to the frame.
    """
    scene = await _scene(tx, code)
    if scene.last and (scene.undone or why != "import_undone"):
        await _release(tx, scene, "rejudge", why)


async def release_due(tx: Transaction) -> bool:
    """Make one release that is due: at the close, on a planned day, or when enough changed after it."""
    today = day_in_region(tx.now)
    for code in await store.list_rounds_with_news(tx):
        scene = await _scene(tx, code)
        if why_not := _why_not(scene, today):
            count_decision(tx, why_not)
            continue
        try:
            await _release(tx, scene, "clock")
        except Refused as refused:
            count_decision(tx, refused.slug)
            # Not the message, which may name a cell: staff read that at their desk.
            log.warning("round %s cannot be released: %s", code, refused.slug)
            continue
        return True
    return False


def _why_not(scene: _Scene, today: date) -> str:
    """Why no release is due; empty where one is."""
    if not scene.counted.layers.units and scene.last is None:
        return "nothing_yet"
    if scene.round.status == "closed" and (scene.last is None or not scene.last.look.final):
        return ""
    if scene.changed < K.value:
        return "too_soon"
    return "" if scene.round.status == "closed" or scene.undone else _why_not_planned(scene, today)


def _why_not_planned(scene: _Scene, today: date) -> str:
    if scene.counted.layers.units < LEAST_UNITS.value:
        return "too_few"
    if scene.last and scene.last.look.used >= scene.round.planned_looks:
        return "looks_used"
    planned = look_is_due(scene.round, scene.last.release.released_on if scene.last else None, today)
    return "" if planned else "not_planned_yet"


async def _scene(tx: Transaction, code: str) -> _Scene:
    """The round with its answers, locked against another release at the same time; so is the one before."""
    form = await rounds.load_form(tx, code)
    compared = await find_former(tx, form)
    counted = await count_round(tx, code)
    round_ = await rounds.load_round(tx, code)
    if round_ is None:
        raise NotFound("no_such_round", "There is no such round.")
    return _Scene(round_, form.questionnaire, counted, await store.load_kept(tx, code), compared)


async def _release(tx: Transaction, scene: _Scene, by: str, why: Mended | None = None) -> Release:
    round_, last = scene.round, scene.last
    why = "import_undone" if scene.undone else why
    look = plan_look(round_, last.look if last else None, correction=why is not None)
    wanted = Wanted(
        key=f"{round_.round}-{look.number}",
        look=look,
        on=day_in_region(tx.now),
        anew=_ANEW[why],
        former=scene.compared,
    )
    # It may take minutes, in which others want to answer: not on the thread that serves them.
    published = await asyncio.to_thread(_published, scene, wanted, why)
    key = await store.load_seal_key(tx, round_.round, secrets.token_bytes(32))
    seal = seal_answers(key, scene.counted.layers, look.number)
    await store.save_release(tx, published.kept, seal, by)
    await count_release(tx, published, last.watermark if last else 0)
    await _tell(tx, scene, published, (key, why))
    await tx.audit(by, "release", wanted.key, {"figures": len(published.kept.release.cells)})
    await _rejudge_followers(tx, round_.round)
    return published.kept.release


def _published(scene: _Scene, wanted: Wanted, why: Mended | None) -> Published:
    """What comes of it; answers may always be taken back, even if those that are left cannot be weighted."""
    try:
        return publish(scene.round, scene.questionnaire, scene.counted, scene.former, wanted)
    except CannotWeight:
        if why != "import_undone":
            raise
        return publish_nothing(scene.round, scene.counted, wanted)


async def _rejudge_followers(tx: Transaction, code: str) -> None:
    """Judge the rounds anew that tell changes from this one; one that cannot be does not stop its release."""
    for follower in await store.list_released_followers(tx, code):
        try:
            await rejudge(tx, follower, "former_released")
        except Refused as refused:
            log.warning("round %s cannot be judged anew: %s", follower, refused.slug)


async def _tell(
    tx: Transaction, scene: _Scene, published: Published, sealed: tuple[bytes, Mended | None]
) -> None:
    """Say what was found and what no longer holds, and that there is a new release."""
    key, why = sealed
    standing = await told.load_standing(tx, scene.round.round)
    telling = _telling(tx, scene, published, key)
    telling = replace(telling, coached=await _find_coached(tx, scene, published))
    found, now_covered = find(telling), covered(telling)
    general = why if why in ("import_undone", "frame_corrected") else _reason(scene)

    def reason(insight: str) -> RetractionReason:
        return "promoted" if insight in now_covered else general

    events = list(decide(found, standing, reason, tx.now))
    await told.save_told(tx, events, found, standing)
    count_retractions(tx, events)
    for event in events:
        tx.emit(event)
    confirmed = len([f for f in found.values() if f.finding.tier == "confirmed"])
    tx.emit(_announcement(tx, published.kept.release, confirmed))


def _telling(tx: Transaction, scene: _Scene, published: Published, key: bytes) -> Telling:
    watermarks = {kept.look.number: kept.watermark for kept in (*scene.former, published.kept)}
    layers, frame = scene.counted.layers, scene.round.frame

    def seal(item: str, segment: Segment, release: int) -> str:
        return seal_figure(key, layers, frame, (item, segment), release)

    return Telling(published, tx.now, watermarks, seal)


async def _find_coached(tx: Transaction, scene: _Scene, published: Published) -> Floats | None:
    """How much of each figure is of organisations that had been coached on its topic, if any were."""
    form = await rounds.load_form(tx, scene.round.round)
    units = await find_coached(tx, form, scene.counted.watermark)
    made = published.making
    return coached_shares(made.analysis, units) if made and units else None


def _reason(scene: _Scene) -> RetractionReason:
    since = scene.last.watermark if scene.last else 0
    return "erased" if any(gone.seq > since for gone in scene.counted.erased) else "no_longer_holds"


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
