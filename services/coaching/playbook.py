"""Playbooks: the advice for one organisation, ranked, each item with what it stands on.

A playbook follows from what is known now and from what the organisation is acting on, never from the order in
which things became known, and never from the organisation's own survey answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from services.coaching import grounds, outcomes, ranking, reasons, thresholds
from services.coaching.actions import Action
from services.coaching.grounds import Finding, Ground
from services.coaching.organisations import applies, item_key
from services.coaching.outcomes import Outcome, Track
from services.coaching.practices import Practice, published
from services.coaching.reasons import Reason
from shared.events import Evidence, PlaybookItem, PlaybookRemade, RecommendationRevised, Text, Topic, Value

Fates = Mapping[tuple[str, str], Text]


class Item(Value):
    """One piece of advice. `evidence` is what it stands on and what was measured of it elsewhere."""

    practice: str
    title: Text
    topic: Topic
    rank: int = Field(default=0, ge=0)
    status: Literal["active", "suspended"] = "active"
    score: float
    grounds: tuple[Ground, ...]
    evidence: tuple[Evidence, ...]
    reasons: tuple[Reason, ...] = ()
    suspended_because: tuple[Text, ...] = ()

    @property
    def only_indications(self) -> bool:
        """Whether nothing confirmed or adopted stands behind it."""
        return all(ground.tier == "indication" for ground in self.grounds)

    @property
    def synthetic(self) -> bool:
        """Whether generated answers are behind it."""
        return any(ground.synthetic for ground in self.grounds)


class Playbook(Value):
    """The advice for one organisation; `playbook` is a pseudonym that leaves the service in its stead."""

    playbook: str
    organisation: str
    revision: int = Field(default=0, ge=0)
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Knowledge:
    """All that playbooks are made of, prepared once for many organisations."""

    practices: tuple[Practice, ...]
    grounds: Mapping[str, tuple[Ground, ...]]
    tracks: Mapping[str, Track]
    fates: Fates
    titles: Mapping[str, Text]


def know(
    practices: Sequence[Practice],
    findings: Sequence[Finding],
    recommendations: Sequence[RecommendationRevised],
    followed_up: Iterable[Outcome],
    fates: Fates,
) -> Knowledge:
    """What is known now. `fates` says of evidence that no longer stands why it does not."""
    library = published(practices)
    return Knowledge(
        practices=library,
        grounds={p.practice: grounds.speaking_for(p, findings, recommendations) for p in library},
        tracks=outcomes.add_up(followed_up),
        fates=fates,
        titles={p.practice: p.title for p in practices},
    )


def make(place: Mapping[str, str], known: Knowledge, actions: Iterable[Action]) -> tuple[Item, ...]:
    """The ranked items for an organisation in `place` that is acting on `actions`.

    A practice is advised when something that speaks for it applies. Where nothing does any more but the
    organisation is acting on it, the item stays, suspended and last.
    """
    active = [item for practice in known.practices if (item := _advise(practice, place, known))]
    advised = {item.practice for item in active}
    left = [action for action in actions if action.acting and action.practice not in advised]
    effort = {practice.practice: thresholds.EFFORT_ORDER[practice.effort] for practice in known.practices}
    active.sort(key=lambda item: (-item.score, effort[item.practice], item.practice))
    return _numbered([*active, *_suspend_all(left, known)])


def remake(previous: Playbook, items: tuple[Item, ...]) -> Playbook | None:
    """The next revision of a playbook; nothing when its content stays the same."""
    if previous.items == items:
        return None
    return previous.model_copy(update={"items": items, "revision": previous.revision + 1})


def announcement(book: Playbook, now: datetime) -> PlaybookRemade:
    """The event that tells of a playbook; it names no organisation."""
    return PlaybookRemade(
        revision=book.revision,
        occurred_at=now,
        playbook=book.playbook,
        items=tuple(_outline(item, book.playbook) for item in book.items),
    )


def _outline(item: Item, owner: str) -> PlaybookItem:
    return PlaybookItem(
        item=item_key(owner, item.practice),
        practice=item.practice,
        topic=item.topic,
        rank=item.rank,
        status=item.status,
        evidence=item.evidence,
    )


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


def _numbered(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(item.model_copy(update={"rank": rank}) for rank, item in enumerate(items, start=1))
