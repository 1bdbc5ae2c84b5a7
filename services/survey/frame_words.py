"""Frame words: what the dimensions of a frame and their categories are called, and their order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.survey.rounds import Category, Dimension
from shared.events import Text
from shared.vocabulary import Term, Vocabulary

_CODE = re.compile(r"[A-Za-z0-9_-]{1,120}")


@dataclass(frozen=True)
class Margin:
    """Units by category of one dimension, and how the file names the dimension and its categories."""

    label: str
    counts: Mapping[str, float]
    labels: Mapping[str, str]


class Known:
    """The dimensions that are written out or that a round has; else those of the region's vocabulary."""

    def __init__(self, dimensions: Sequence[Dimension], words: Vocabulary) -> None:
        own = {term.code: (term.text, words.terms(term.code)) for term in words.dimensions}
        places = [Term(code=place.code, text=place.text) for place in words.municipalities]
        own["municipality"] = (_MUNICIPALITY, tuple(places))
        written = {
            d.code: (d.label, [Term(code=c.code, text=c.label) for c in d.categories]) for d in dimensions
        }
        self.written: Mapping[str, Dimension] = {dimension.code: dimension for dimension in dimensions}
        self._words: dict[str, tuple[Text, Sequence[Term]]] = {**own, **written}

    @property
    def listed(self) -> str:
        """The dimensions that a column may be called after, in words."""
        return ", ".join(self.written or self._words)

    def dimension_named(self, word: str) -> str:
        """The dimension with this code, or this name in any language; empty where there is none."""
        choices = {code: self._words[code][0] for code in self.written or self._words}
        return next((code for code, label in choices.items() if _is(word, code, label)), "")

    def is_called(self, dimension: str, word: str) -> bool:
        """Whether a word is the code of a dimension or its name."""
        label = self._words[dimension][0] if dimension in self._words else _same(dimension)
        return _is(word, dimension, label)

    def category_named(self, dimension: str, word: str) -> str:
        """The category with this code, or this name in any language; a new dimension takes any code."""
        if dimension not in self._words:
            return word if _CODE.fullmatch(word) else ""
        terms = self._words[dimension][1]
        return next((term.code for term in terms if _is(word, term.code, term.text)), "")

    def categories(self, dimension: str) -> tuple[str, ...]:
        """The categories that a written dimension has, all of which a file must count."""
        found = self.written.get(dimension)
        return tuple(category.code for category in found.categories) if found else ()

    def listed_categories(self, dimension: str) -> str:
        """The categories of a dimension in words."""
        codes = [term.code for term in self._words[dimension][1]] if dimension in self._words else ["a code"]
        return ", ".join(codes[:8]) + (", …" if len(codes) > 8 else "")

    def counted(self, code: str, margin: Margin) -> Dimension:
        """A dimension with its counts: named and ordered as here, else as the file has it."""
        label, terms = self._words.get(code, (_same(margin.label), ()))
        texts = {term.code: term.text for term in terms}
        order = [*(c for c in texts if c in margin.counts), *(c for c in margin.counts if c not in texts)]
        categories = tuple(
            Category(code=c, label=texts.get(c) or _same(margin.labels[c]), count=margin.counts[c])
            for c in order
        )
        return Dimension(code=code, label=label, categories=categories)


_MUNICIPALITY = Text(fi="Kunta", en="Municipality", sv="Kommun")


def _is(word: str, code: str, label: Text) -> bool:
    names = {name.casefold() for name in (code, label.fi, label.en, label.sv) if name}
    return word.strip().casefold() in names


def _same(label: str) -> Text:
    return Text(fi=label, en=label, sv=label)
