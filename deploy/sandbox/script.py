"""The script of the check: what a consumer is told by each rule, and what its table must then hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from deploy.sandbox.history import Said, recorded
from shared.events import InsightReleased, InsightRetracted, StoryPublished, StoryWithdrawn

LARGE: Final = 512 * 1024
TAKEN_BACK: Final = "Words that were taken back "
UNKNOWN: Final = "latu.survey.weather_told.v1"

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A message of the script; `genuine` says whether it is signed by us, `minutes_old` how long ago.

    `rotating` puts the signatures of another secret before ours.
    """

    said: Said
    genuine: bool = True
    minutes_old: int = 0
    rotating: bool = False

    @property
    def welcome(self) -> bool:
        """Whether it must be taken; else it must be refused."""
        return self.genuine and not self.minutes_old


@dataclass(frozen=True)
class Expected:
    """What a consumer's table must hold of a thing; `changes` are as many as it may have acted on at most."""

    revision: int
    gone: bool = False
    changes: int = 1


@dataclass(frozen=True)
class Rule:
    """What a rule asks for, what to do where it is broken, its messages and what they lead to."""

    name: str
    asks: str
    advice: str
    told: Sequence[Told]
    expected: Mapping[str, Expected]
    absent: Sequence[str] = ()
    forgotten: str = ""
    webhook_only: bool = False


def thing_of(said: Said) -> str:
    """Under which name a consumer keeps what an event is about: `latu.survey.insight/<key>`."""
    return f"{said.type.rpartition('_')[0]}/{said.key}"


def fault(rule: Rule, table: Table) -> str:
    """What is wrong with a consumer's table by a rule; nothing where it keeps it."""
    for thing, wanted in rule.expected.items():
        found = table.get(thing)
        if not isinstance(found, dict):
            return f"{thing} is not in your table"
        for name in ("revision", "gone"):
            if found.get(name) != getattr(wanted, name):
                is_, should = json.dumps(found.get(name)), json.dumps(getattr(wanted, name))
                return f"{thing} has {name} {is_} and not {should}"
        changes = found.get("changes")
        if not isinstance(changes, int) or not 1 <= changes <= wanted.changes:
            return f"{thing} has changes {json.dumps(changes)} and not {wanted.changes}"
    if there := [thing for thing in rule.absent if thing in table]:
        return f"{there[0]} is in your table"
    if rule.forgotten and rule.forgotten in json.dumps(table, ensure_ascii=False):
        return "the words of what was taken back are still in your table"
    return ""


def rules(tag: str) -> list[Rule]:
    """The rules in the order in which they are tried; the tag makes the keys of this run its own."""
    history = recorded()
    make = _Maker(tag, {one.type: one for one in history})
    return [*_of_order(make), *_of_taking_back(make), *_of_content(make), *_of_signatures(make)]


@dataclass(frozen=True)
class _Maker:
    tag: str
    known: Mapping[str, Said]

    def released(self, name: str, revision: int = 1, **more: Any) -> Said:
        return self.known[InsightReleased.type_name()].again(f"check-{self.tag}-{name}", revision, **more)

    def retracted(self, name: str, revision: int) -> Said:
        return self.known[InsightRetracted.type_name()].again(f"check-{self.tag}-{name}", revision)


def _told(*said: Said) -> list[Told]:
    return [Told(one) for one in said]


def _one(said: Said, revision: int, **more: Any) -> dict[str, Expected]:
    return {thing_of(said): Expected(revision, **more)}


def _of_order(make: _Maker) -> list[Rule]:
    first, again = make.released("read"), make.released("repeats")
    oldest, newer, newest = (make.released("order", revision) for revision in (1, 2, 3))
    return [
        Rule(
            "reading",
            "An event is read, and its revision is in your table.",
            "Read the durable of your partner, or answer the webhook, and write the table.",
            _told(first),
            _one(first, 1),
        ),
        Rule(
            "repeats",
            "An event that comes again changes nothing.",
            "Act only on a revision that is higher than the one that you have.",
            _told(again, again, again),
            _one(again, 1),
        ),
        Rule(
            "disorder",
            "A lower revision that comes later changes nothing.",
            "Act only on a revision that is higher than the one that you have.",
            _told(newest, oldest, newer),
            _one(newest, 3),
        ),
    ]


def _of_taking_back(make: _Maker) -> list[Rule]:
    stands, falls = make.released("retraction"), make.retracted("retraction", 2)
    late, gone = make.released("late", 2), make.retracted("late", 3)
    was, not_now, back = make.released("return"), make.retracted("return", 2), make.released("return", 3)
    story = make.known[StoryPublished.type_name()].again(
        f"check-{make.tag}-story", 1, text=TAKEN_BACK + make.tag
    )
    taken = make.known[StoryWithdrawn.type_name()].again(story.key, 2)
    return [
        Rule(
            "retraction",
            "What is retracted is gone.",
            "Types that end in _retracted or _withdrawn take a thing back: take down what you built on it.",
            _told(stands, falls),
            _one(stands, 2, gone=True, changes=2),
        ),
        Rule(
            "late",
            "What was retracted stays gone when an earlier revision comes late.",
            "Keep the revision of what is gone; do not delete its row.",
            _told(gone, late),
            _one(gone, 3, gone=True),
        ),
        Rule(
            "return",
            "A higher revision brings back what was retracted.",
            "Being gone is a state like any other: let a higher revision end it.",
            _told(was, not_now, back),
            _one(back, 3, changes=3),
        ),
        Rule(
            "forgetting",
            "The words of a story that was taken back are forgotten.",
            "Delete the content of what is withdrawn, in your copies too.",
            _told(story, taken),
            _one(story, 2, gone=True, changes=2),
            forgotten=TAKEN_BACK + make.tag,
        ),
    ]


def _of_content(make: _Maker) -> list[Rule]:
    novel = make.released("fields", weather={"sky": ["blue"]}, mood=None)
    strange = replace(make.released("strange"), type=UNKNOWN)
    strange = replace(
        strange, body={"revision": 1, "occurred_at": strange.body["occurred_at"], "sky": "blue"}
    )
    after = make.released("types")
    sentence = {"fi": "x" * LARGE, "en": "x" * LARGE, "sv": ""}
    large = make.released("large", sentence=sentence)
    return [
        Rule(
            "fields",
            "Fields that you do not know do no harm.",
            "Ignore fields that you do not know: published versions gain some.",
            _told(novel),
            _one(novel, 1),
        ),
        Rule(
            "types",
            "A type that you do not know does no harm to what comes after it.",
            "Acknowledge (or answer with 2xx) what you do not know, and go on.",
            _told(strange, after),
            _one(after, 1),
        ),
        Rule(
            "large",
            "An event of a megabyte is read.",
            "Raise the limit that your server or library puts on the size of a message.",
            _told(large),
            _one(large, 1),
        ),
    ]


def _of_signatures(make: _Maker) -> list[Rule]:
    forged, old, rotated = make.released("forged"), make.released("old"), make.released("rotation")
    return [
        Rule(
            "rotation",
            "What is signed with two secrets is taken when one of them is yours.",
            "While a secret is replaced, webhook-signature has several with spaces between: try each.",
            [Told(rotated, rotating=True)],
            _one(rotated, 1),
            webhook_only=True,
        ),
        Rule(
            "signature",
            "A body that is not signed with your secret is refused.",
            "Verify webhook-signature over the body as it came, and answer 401 where it does not fit.",
            [Told(forged, genuine=False)],
            {},
            absent=[thing_of(forged)],
            webhook_only=True,
        ),
        Rule(
            "age",
            "What was signed more than five minutes ago is refused.",
            "Compare webhook-timestamp with your clock: else whoever once saw a request can send it again.",
            [Told(old, minutes_old=10)],
            {},
            absent=[thing_of(old)],
            webhook_only=True,
        ),
    ]
