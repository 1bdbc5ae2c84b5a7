"""Reading what left: where it tells of a place that it may not tell of."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import html  # type: ignore[import-untyped]

from services.survey.releases import Place
from tests.survey.gated import DIMENSION, OPTIONS, QUESTIONS
from tests.survey.leaving import Heard
from tests.survey.truths import ITEMS, Truth

Segments = list[frozenset[tuple[str, str]]]
_ONE_TIME = re.compile(r'value="[\w-]{16,}"')
_LEVEL = re.compile(r"(\d+)( =|$)")
_WORDS = re.compile("|".join((*DIMENSION, *QUESTIONS, *OPTIONS)))
_RETRACTED = {"insight", "round", "topic", "reason", "revision", "occurred_at"}


class Reader:
    """Reads what left after some releases. before: what left before anybody had answered."""

    def __init__(self, truth: Truth, before: Sequence[Heard]) -> None:
        self.truth = truth
        self.said_before = {(one.where, _ONE_TIME.sub("", one.body)) for one in before}
        self.known_before = {
            canonical for one in before if one.kind == "json" for canonical in _subtrees(json.loads(one.body))
        }
        ever = frozenset().union(*truth.allowed.values())
        keys = sorted((key for key, place in truth.insights.items() if place in ever), key=len, reverse=True)
        self._keys_told = re.compile("|".join(map(re.escape, keys)) or "^")
        self.on_pages: set[Place] = set()
        self.in_csv: set[Place] = set()
        self.in_json: set[Place] = set()

    def faults(self, heard: Heard) -> Iterator[str]:
        """Everything about it that ought not to be there."""
        if named := places_in(self._keys_told.sub("", heard.headers)):
            yield f"{heard.where}: headers name {sorted(named)} in {heard.headers[:300]}"
        for text, place in self.truth.exact.items():
            if text in heard.body or text in heard.headers:
                yield f"{heard.where}: holds {text}, the figure of {place}"
        if (heard.where, _ONE_TIME.sub("", heard.body)) not in self.said_before:
            readers = {"html": self.page, "json": self.document, "csv": self.table, "text": self.text}
            yield from (f"{heard.where}: {fault}" for fault in readers[heard.kind](heard.body))

    def text(self, body: str) -> Iterator[str]:
        """Log lines, metrics and whatever else has no shape: they name no place at all."""
        if named := places_in(body):
            yield f"names {sorted(named)} in {body[:300]}"

    def table(self, body: str) -> Iterator[str]:
        """A CSV file: a line a figure, with its item and segment."""
        for line in csv.DictReader(io.StringIO(body)):
            if not {"item", "segment"} <= set(line):
                yield f"a line that does not say of what it is: {line}"
                return
            place = (line["item"], _parts(line["segment"]))
            self.in_csv.add(place)
            if place not in self.truth.now:
                yield f"a line of {place}"

    def document(self, body: str) -> Iterator[str]:
        """JSON: segments are named by cells and findings only, and these are of places that may be shown."""
        yield from self._walk(json.loads(body) if body else None, self.truth.now)

    def _walk(self, node: Any, allowed: frozenset[Place]) -> Iterator[str]:
        if isinstance(node, str):
            if segments_named(node) and not self.is_of_nobody(node):
                yield f"a segment is named outside figures and findings: {node}"
        elif isinstance(node, list):
            for part in node:
                yield from self._walk(part, allowed)
        elif isinstance(node, dict) and _canonical(node) not in self.known_before:
            allowed = self.truth.allowed.get(str(node.get("release")), allowed)
            if "segment" in node:
                yield from self._figure(node, allowed)
            elif "insight" in node:
                yield from self._retraction(node)
            else:
                for part in (*node, *node.values()):
                    yield from self._walk(part, allowed)

    def _figure(self, node: Mapping[str, Any], allowed: frozenset[Place]) -> Iterator[str]:
        """A cell or a finding."""
        segment = node["segment"]
        parts = frozenset(segment.items()) if isinstance(segment, dict) else _parts(segment)
        insight = self.truth.insights.get(str(node.get("insight")))
        place = (node["item"], parts) if "item" in node else insight
        if place is None or place[1] != parts:
            yield f"a figure of nothing that can be: {node}"
            return
        self.in_json.add(place)
        if place not in allowed or (node.get("rule") == "gap" and (place[0], frozenset()) not in allowed):
            yield f"a figure of {place}"
        others = [part for part in _strings(node) if not self.is_of_nobody(part)]
        if segments_named(" ".join(others)) != {code for _, code in parts}:
            yield f"other segments beside {place}"

    def _retraction(self, node: Mapping[str, Any]) -> Iterator[str]:
        place = self.truth.insights.get(node["insight"])
        if set(node) != _RETRACTED or not any(place in shown for shown in self.truth.allowed.values()):
            yield f"something of {node['insight']} that says more than that it fell: {node}"

    def is_of_nobody(self, words: str) -> bool:
        """Whether it says that nobody answered from a category, without a number: a figure takes it for granted."""
        return not segments_named(words).isdisjoint(self.truth.empty) and not re.search(r"\d", words)

    def page(self, body: str) -> Iterator[str]:
        """HTML: rows of numbers, and everything that names a segment, are of places that may be shown."""
        tree = html.fromstring(body)
        for row in tree.xpath("//tr[td]"):
            if re.search(r"\d", " ".join(row.xpath("./td//text()"))):
                yield from self._row(row)
        for element in tree.iter():
            if isinstance(element.tag, str) and segments_named(_own(element)):
                yield from self._mention(element)
        for marked in tree.xpath("//@id | //@href"):
            place = self.truth.insights.get(marked.removeprefix("#"))
            if place is not None and place not in self.truth.now:
                yield f"a finding of {place}"

    def _row(self, row: Any) -> Iterator[str]:
        header = " ".join(row.xpath("./th//text()")).strip()
        group = " ".join(row.xpath("./ancestor::tbody[1]/tr/th[@scope='rowgroup']//text()"))
        caption = " ".join(row.xpath("./ancestor::table[1]/caption//text()"))
        items = items_named(f"{caption} {group} {header}", level=_LEVEL.match(header))
        for parts in segments_of(f"{group} {header}") or [frozenset[tuple[str, str]]()]:
            places = {(item, parts) for item in items}
            self.on_pages |= places
            if len(items) != 1 or not places <= self.truth.now:
                yield f"a row of {places or html.tostring(row)}"

    def _mention(self, element: Any) -> Iterator[str]:
        """The nearest part of the page around it that names an item says of what it speaks."""
        own = _own(element)
        if self.is_of_nobody(own):
            return
        near = next((part for part in (element, *element.iterancestors()) if items_named(_whole(part))), None)
        items = set() if near is None else items_named(_whole(near))
        for parts in segments_of(own):
            shown = {item for item, of in self.truth.now if of == parts}
            levels = {item for item in shown if item.split(":")[0] in items}
            if len({item.split(":")[0] for item in items}) != 1 or not (shown & items or levels & LEVELS):
                yield f"{own.strip()[:200]} beside {items or 'no item'}"


LEVELS = {item.name for item in ITEMS if item.level is not None}


def places_in(text: str) -> set[str]:
    """The words of segments and items in it."""
    return set(_WORDS.findall(text.lower()))


def segments_named(text: str) -> set[str]:
    """The categories that it names."""
    return places_in(text) & DIMENSION.keys()


def segments_of(text: str) -> Segments:
    """The segments that it names: one of several dimensions, or several of one."""
    parts = {(DIMENSION[code], code) for code in segments_named(text)}
    if len({dimension for dimension, _ in parts}) == len(parts):
        return [frozenset(parts)] if parts else []
    return [frozenset({part}) for part in parts]


def items_named(text: str, *, level: re.Match[str] | None = None) -> set[str]:
    """The items that it names; the question where it names none of its options."""
    named = places_in(text)
    options = {f"{OPTIONS[code]}:{code}" for code in named & OPTIONS.keys()}
    asked = named & set(QUESTIONS) - {option.split(":")[0] for option in options}
    return options | ({f"{question}:{level[1]}" for question in asked} if level else asked)


def _parts(code: str) -> frozenset[tuple[str, str]]:
    """The segment that a code such as `zone=a,kind=b` names."""
    pairs = (part.split("=") for part in code.split(",") if code != "region")
    return frozenset((pair[0], pair[-1]) for pair in pairs)


def _canonical(node: object) -> str:
    return json.dumps(node, sort_keys=True)


def _subtrees(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield _canonical(node)
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _subtrees(part)


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for part in (*node, *node.values()):
            yield from _strings(part)
    elif isinstance(node, Sequence):
        for part in node:
            yield from _strings(part)


def _own(element: Any) -> str:
    """What an element says itself, in its attributes too."""
    return " ".join([element.text or "", *(child.tail or "" for child in element), *element.attrib.values()])


def _whole(element: Any) -> str:
    return " ".join([*element.itertext(), *element.xpath(".//@*")])
