"""Feeds: the published posts, and all public events, as Atom (RFC 4287)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from services.campaign.corrections import figure_in_words
from services.campaign.tidings import Tiding
from shared.events import PostFigure, PostPublished, Text

ATOM: Final = "http://www.w3.org/2005/Atom"
_XML: Final = "http://www.w3.org/XML/1998/namespace"

SYNTHETIC: Final = Text(fi="synteettinen", en="synthetic", sv="syntetisk")
_TITLE: Final = Text(fi="Latu: havaintoja työelämästä", en="Latu: findings on working life")
_SUBTITLE: Final = Text(
    fi="Mitä työpaikoilta on opittu, lukuineen ja vaihteluväleineen.",
    en="What was learned from workplaces, with figures and their intervals.",
)
_RELEASED: Final = Text(fi="vastaajia {n}, julkaistu {day}", en="{n} answered, released {day}")
_NOTHING_YET: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A post in a feed with the time of its last change."""

    post: PostPublished
    updated: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed lives: its own address and that of the service, in one language."""

    language: str
    address: str
    feed_path: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed is: the name that its identifier follows from, and what it says of itself."""

    name: str
    title: Text
    subtitle: Text


POSTS: Final = Head("feed", _TITLE, _SUBTITLE)
EVENTS: Final = Head(
    "events",
    Text(fi="Latu: julkiset tapahtumat", en="Latu: public events", sv="Latu: offentliga händelser"),
    Text(
        fi="Jokainen asia kerran, sellaisena kuin se viimeksi kerrottiin; myös perutut.",
        en="Each thing once, as it was told last; what was taken back as well.",
        sv="Varje sak en gång, så som den senast berättades; även det som tagits tillbaka.",
    ),
)


def atom(entries: Sequence[Entry], place: Place) -> bytes:
    """The feed of posts as UTF-8 XML; entries come newest first."""
    feed = _begun(POSTS, place, [entry.updated for entry in entries])
    for entry in entries:
        _add(feed, entry, place)
    return _written(feed)


def events_atom(told: Sequence[Tiding], place: Place) -> bytes:
    """The feed of public events as UTF-8 XML: each thing once, as it was told last, newest first."""
    feed = _begun(EVENTS, place, [one.updated for one in told])
    synthetic = SYNTHETIC.in_language(place.language)
    for one in told:
        element = ET.SubElement(feed, "entry")
        label = f"[{synthetic}] " if one.synthetic else ""
        _put(element, "id", stable_id(f"events/{one.thing}/{place.language}"))
        _put(element, "title", label + one.title.in_language(place.language))
        _put(element, "updated", _stamp(one.updated))
        ET.SubElement(element, "link", rel="alternate", type="text/html", href=one.address)
        ET.SubElement(element, "category", term=one.type)
        if one.synthetic:
            ET.SubElement(element, "category", term="synthetic", label=synthetic)
        _put(element, "summary", one.summary.in_language(place.language))
    return _written(feed)


def _begun(head: Head, place: Place, updated: Iterable[datetime]) -> ET.Element:
    feed = ET.Element("feed", {"xmlns": ATOM, f"{{{_XML}}}lang": place.language})
    _put(feed, "id", stable_id(f"{head.name}/{place.language}"))
    _put(feed, "title", head.title.in_language(place.language))
    _put(feed, "subtitle", head.subtitle.in_language(place.language))
    _put(feed, "updated", _stamp(max(updated, default=_NOTHING_YET)))
    _put(ET.SubElement(feed, "author"), "name", "Latu")
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=place.address + place.feed_path)
    ET.SubElement(
        feed, "link", rel="alternate", type="text/html", href=f"{place.address}/?lang={place.language}"
    )
    return feed


def _written(feed: ET.Element) -> bytes:
    return ET.tostring(feed, encoding="unicode", xml_declaration=True).encode()


def stable_id(name: str) -> str:
    """An identifier that does not change when the service moves to another address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://latu.invalid/campaign/{name}").urn


def _add(feed: ET.Element, entry: Entry, place: Place) -> None:
    post, language = entry.post, place.language
    element = ET.SubElement(feed, "entry")
    _put(element, "id", stable_id(f"posts/{post.post}/{language}"))
    _put(element, "title", _headline(post, language))
    _put(element, "published", _stamp(post.published_at))
    _put(element, "updated", _stamp(entry.updated))
    address = f"{place.address}/posts/{post.post}?lang={language}"
    ET.SubElement(element, "link", rel="alternate", type="text/html", href=address)
    ET.SubElement(element, "category", term=post.topic)
    if post.synthetic:
        ET.SubElement(element, "category", term="synthetic", label=SYNTHETIC.in_language(language))
    _put(element, "content", _content(post, language), type="html")


def _headline(post: PostPublished, language: str) -> str:
    label = f"[{SYNTHETIC.in_language(language)}] " if post.synthetic else ""
    return label + post.title.in_language(language)


def _content(post: PostPublished, language: str) -> str:
    """The body as HTML; the feed escapes it once more, as the format asks for."""
    article = ET.Element("div", lang=language)
    if post.synthetic:
        _put(ET.SubElement(article, "p"), "strong", SYNTHETIC.in_language(language))
    if post.correction is not None and post.status == "corrected":
        _put(ET.SubElement(article, "p"), "em", post.correction.in_language(language))
    for paragraph in post.body.in_language(language).split("\n\n"):
        _put(article, "p", paragraph)
    if post.figures:
        figures = ET.SubElement(article, "ul")
        for figure in post.figures:
            _put(figures, "li", _line(figure, language))
    return ET.tostring(article, encoding="unicode", method="html")


def _line(figure: PostFigure, language: str) -> str:
    """A figure with its sentence, interval, n band and date."""
    day = figure.released_on.isoformat() if figure.released_on else "–"
    released = _RELEASED.in_language(language).format(n=figure.figure.n_band, day=day)
    return f"{figure.sentence.in_language(language)} {figure_in_words(figure.figure, language)}, {released}."


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = "".join(c for c in text if c >= " " or c in "\n\t")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
