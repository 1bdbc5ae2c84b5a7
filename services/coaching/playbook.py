"""Playbooks: the advice for one organisation.

A playbook follows from what is known now and from what the organisation is acting on, never from the order in
which things became known, and never from the organisation's own survey answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import Field

from services.coaching import ranking, reasons, thresholds
from services.coaching.actions import Action
from services.coaching.advice import NOTHING, Advice, Item, number
from services.coaching.grounds import Ground
from services.coaching.knowledge import Knowledge
from services.coaching.organisations import applies
from services.coaching.outcomes import Track
from services.coaching.practices import Practice
from shared.events import PlaybookRemade, Text, Topic, Value


class Standing(Value):
    """Which advice an organisation has; `playbook` is a pseudonym that leaves the service in its stead."""

    playbook: str
    organisation: str
    revision: int = Field(default=0, ge=0)
    fingerprint: str = NOTHING.fingerprint


class Playbook(Standing):
    """The same with the advice itself."""

    items: tuple[Item, ...] = ()


def make(place: Mapping[str, str], known: Knowledge, actions: Iterable[Action]) -> Advice:
    """The advice for an organisation in `place` that is acting on `actions`.

    A practice is advised when something that speaks for it applies. Where nothing does any more but the
    organisation is acting on it, the item stays, suspended and last.
    """
    view = known.view(place)
    if view not in known.seen:
        known.seen[view] = number(_ranked(place, known))
    active = known.seen[view]
    advised = {item.practice for item in active.items}
    left = [action for action in actions if action.acting and action.practice not in advised]
    return number([*active.items, *_suspend_all(left, known)]) if left else active


def remake(before: Standing, advice: Advice) -> Standing | None:
    """The next revision of a playbook; nothing when its content stays the same."""
    if before.fingerprint == advice.fingerprint:
        return None
    return before.model_copy(update={"fingerprint": advice.fingerprint, "revision": before.revision + 1})


def announcement(standing: Standing, advice: Advice, now: datetime) -> PlaybookRemade:
    """The event that tells of a playbook; it names no organisation."""
    return PlaybookRemade(
        revision=standing.revision,
        occurred_at=now,
        playbook=standing.playbook,
        items=tuple(item.outline(standing.playbook) for item in advice.items),
    )


def _ranked(place: Mapping[str, str], known: Knowledge) -> list[Item]:
    found = [item for practice in known.practices if (item := _advise(practice, place, known))]
    effort = {practice.practice: thresholds.EFFORT_ORDER[practice.effort] for practice in known.practices}
    return sorted(found, key=lambda item: (-item.score, effort[item.practice], item.practice))


def _advise(practice: Practice, place: Mapping[str, str], known: Knowledge) -> Item | None:
    near = [ground for ground in known.grounds[practice.practice] if applies(ground.segment, place)]
    if not near:
        return None
    track = known.tracks.get(practice.practice, Track())
    judged = ranking.judge(near, track)
    shown = tuple(near[: thresholds.GROUNDS_SHOWN])
    return Item(
        practice=practice.practice,
        title=practice.title,
        topic=_topic(practice, near),
        score=ranking.score(judged),
        grounds=shown,
        evidence=(*(ground.evidence for ground in shown), *track.newest),
        reasons=judged,
    )


def _topic(practice: Practice, near: Sequence[Ground]) -> Topic:
    return next((g.topic for g in near if g.topic in practice.topics), practice.topics[0])


def _suspend_all(actions: Iterable[Action], known: Knowledge) -> list[Item]:
    newest = {a.practice: a for a in sorted(actions, key=lambda a: (a.agreed_on, a.action))}
    return [_suspend(newest[practice], known) for practice in sorted(newest)]


def _suspend(action: Action, known: Knowledge) -> Item:
    return Item(
        practice=action.practice,
        title=known.titles.get(action.practice, Text(fi=action.practice, en=action.practice)),
        topic=action.topic,
        status="suspended",
        score=0.0,
        grounds=action.grounds,
        evidence=action.evidence,
        suspended_because=_causes(action, known),
    )


def _causes(action: Action, known: Knowledge) -> tuple[Text, ...]:
    if all(practice.practice != action.practice for practice in known.practices):
        return (reasons.PRACTICE_WITHDRAWN,)
    found = [known.fates.get((ref.kind, ref.key), reasons.NOT_ABOUT_THEM) for ref in action.evidence]
    by_words = {text.en: text for text in found}
    return tuple(by_words[words] for words in sorted(by_words))
