"""Tidings: a public event in a sentence for people, with the page that it leads to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any, Final

from services.campaign.partners import PUBLIC
from shared.events import (
    Event,
    InsightReleased,
    InsightRetracted,
    ModelVersionPublished,
    PostPublished,
    PostWithdrawn,
    PracticePublished,
    ReleasePublished,
    StoryPublished,
    StoryWithdrawn,
    Text,
    versions,
)

_RETRACTED: Final = Text(
    fi="Havainto peruttiin", en="A finding was retracted", sv="En iakttagelse drogs tillbaka"
)
_NO_LONGER: Final = Text(
    fi="Uudempien tietojen mukaan se ei enää pidä paikkaansa.",
    en="By newer information it no longer holds.",
    sv="Enligt nyare uppgifter stämmer den inte längre.",
)
_RELEASE: Final = Text(
    fi="Uudet luvut kyselystä: {round}, julkaisu {number}",
    en="New figures of a survey: {round}, release {number}",
    sv="Nya siffror från en enkät: {round}, publicering {number}",
)
_RELEASE_SAYS: Final = Text(
    fi="{figures} lukua, {insights} vahvistettua havaintoa, vastaajia {n}.",
    en="{figures} figures, {insights} confirmed findings, {n} answered.",
    sv="{figures} siffror, {insights} bekräftade iakttagelser, {n} svarade.",
)
_VERSION: Final = Text(
    fi="Etätyömallin versio {number}",
    en="Version {number} of the remote-work model",
    sv="Version {number} av distansarbetsmodellen",
)
_PRACTICE_GONE: Final = Text(
    fi="Käytäntö poistettiin kirjastosta: {title}",
    en="A practice was taken out of the library: {title}",
    sv="En praxis togs ur biblioteket: {title}",
)
_POST_GONE: Final = Text(fi="Julkaisu peruttiin", en="A post was withdrawn", sv="Ett inlägg drogs tillbaka")
_STORY_GONE: Final = Text(
    fi="Tarina otettiin pois", en="A story was taken back", sv="En berättelse togs tillbaka"
)
_STORY_SAYS: Final = Text(
    fi="Sen tekstiä ei enää kerrota.",
    en="Its text is not told any more.",
    sv="Dess text berättas inte längre.",
)


@dataclass(frozen=True, slots=True)
class Sites:
    """Where the services' pages are, and in which language they are opened."""

    survey: str
    coaching: str
    model: str
    campaign: str
    language: str

    def page(self, service: str, path: str) -> str:
        """The address of a page."""
        return f"{str(getattr(self, service)).rstrip('/')}{path}?lang={self.language}"


@dataclass(frozen=True, slots=True)
class Tiding:
    """What was told last of a thing. A retraction has the same `thing` as what it takes back."""

    thing: str
    type: str
    title: Text
    summary: Text
    address: str
    updated: datetime
    synthetic: bool


def newest_of_each(documents: Iterable[str], sites: Sites) -> list[Tiding]:
    """The newest tiding of each thing, from CloudEvents as JSON that come newest first."""
    found: dict[str, Tiding] = {}
    for document in documents:
        told = tiding(json.loads(document), sites)
        if told is not None:
            found.setdefault(told.thing, told)
    return list(found.values())


def tiding(document: dict[str, Any], sites: Sites) -> Tiding | None:
    """A CloudEvent for people; None for what only repeats, in an earlier version, another one."""
    name = document["type"]
    kind = PUBLIC.get(name)
    if kind is None or versions.repeats(kind, name, document["id"]):
        return None
    event = kind.model_validate_json(versions.upcast(kind, name, json.dumps(document["data"]).encode()))
    title, summary, path = _words(event)
    return Tiding(
        thing=f"{event.publisher()}/{event.name().split('_')[0]}/{event.key}",
        type=event.type_name(),
        title=title,
        summary=summary,
        address=sites.page(event.publisher(), path),
        updated=event.occurred_at,
        synthetic=bool(getattr(event, "synthetic", False)),
    )


Words = tuple[Text, Text, str]


@singledispatch
def _words(event: Event) -> Words:
    """Title, summary, and the path of the page."""
    name = Text(fi=event.name(), en=event.name())
    return name, name, "/"


@_words.register
def _(event: InsightReleased) -> Words:
    return event.sentence, event.question_text, f"/rounds/{event.round}"


@_words.register
def _(event: InsightRetracted) -> Words:
    return _RETRACTED, _NO_LONGER, f"/rounds/{event.round}"


@_words.register
def _(event: ReleasePublished) -> Words:
    says = {"figures": str(event.figures), "insights": str(event.insights), "n": event.n_band}
    return (
        _filled(_RELEASE, number=str(event.number), round=event.round_title),
        _filled(_RELEASE_SAYS, **says),
        f"/rounds/{event.round}",
    )


@_words.register
def _(event: ModelVersionPublished) -> Words:
    return _filled(_VERSION, number=str(event.number)), event.changes, f"/versions/{event.number}"


@_words.register
def _(event: PracticePublished) -> Words:
    gone = event.status == "withdrawn"
    return _filled(_PRACTICE_GONE, title=event.title) if gone else event.title, event.summary, "/"


@_words.register
def _(event: PostPublished) -> Words:
    return event.title, event.correction or event.body, f"/posts/{event.post}"


@_words.register
def _(event: PostWithdrawn) -> Words:
    return _POST_GONE, event.reason, f"/posts/{event.post}"


@_words.register
def _(event: StoryPublished) -> Words:
    return _as_told(event.title), _as_told(event.text), f"/stories/{event.story}"


@_words.register
def _(_: StoryWithdrawn) -> Words:
    return _STORY_GONE, _STORY_SAYS, "/stories"


def _as_told(words: str) -> Text:
    """What a person told, in its own language wherever it is shown."""
    return Text(fi=words, en=words, sv=words)


def _filled(pattern: Text, **values: Text | str) -> Text:
    def one(language: str) -> str:
        said = {
            name: value if isinstance(value, str) else value.in_language(language)
            for name, value in values.items()
        }
        return pattern.in_language(language).format(**said)

    return Text(fi=one("fi"), en=one("en"), sv=one("sv"))
