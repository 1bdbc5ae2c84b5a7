"""Segments: the parts of the population that a round declared it would speak about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.survey.rounds import Frame, Round
from shared.events import Text

Members = npt.NDArray[np.bool_]

WHOLE_REGION = Text(fi="Koko alue", en="Whole region", sv="Hela regionen")


@dataclass(frozen=True, order=True)
class Segment:
    """Pairs of dimension and category in the order of the frame; none of them means the whole region."""

    parts: tuple[tuple[str, str], ...] = ()

    @property
    def categories(self) -> dict[str, str]:
        """Category by dimension, as events carry it."""
        return dict(self.parts)

    @property
    def slug(self) -> str:
        """A readable part of a key: `region`, `size-10-49`, `subregion-kemi-tornio_size-10-49`."""
        return "_".join(f"{dimension}-{category}" for dimension, category in self.parts) or "region"

    @property
    def code(self) -> str:
        """As people name it in a command or a file: `area=Metro,size=1-9`, or `region`."""
        return ",".join(f"{dimension}={category}" for dimension, category in self.parts) or "region"


REGION = Segment()


def declared_segments(round_: Round) -> tuple[Segment, ...]:
    """Every segment of the declared tables, the region first, none twice."""
    found = [REGION]
    for table in round_.declared_tables:
        found += segments_of_table(round_.frame, table)
    return tuple(dict.fromkeys(found))


def segments_of_table(frame: Frame, table: Sequence[str]) -> list[Segment]:
    """The segments of one table: every combination of the categories of its dimensions."""
    grown = [Segment()]
    for dimension in frame.dimensions:
        if dimension.code in table:
            codes = [category.code for category in dimension.categories]
            grown = [Segment((*s.parts, (dimension.code, code))) for s in grown for code in codes]
    return grown


def segment_label(frame: Frame, segment: Segment) -> Text:
    """The segment in words, such as `Rovaniemi, 10–49`.

    Raises:
        KeyError: the frame does not have the segment.
    """
    words = [_category_label(frame, dimension, category) for dimension, category in segment.parts]
    if not words:
        return WHOLE_REGION
    return Text(**{lang: ", ".join(w.in_language(lang) for w in words) for lang in ("fi", "en", "sv")})


def members(frame: Frame, segments: Sequence[Segment], cell_keys: Sequence[tuple[str, ...]]) -> Members:
    """Which cells lie in which segment: segments × cells."""
    codes = {
        d.code: np.array([key[i] for key in cell_keys], dtype=str) for i, d in enumerate(frame.dimensions)
    }
    inside = np.ones((len(segments), len(cell_keys)), dtype=bool)
    for index, segment in enumerate(segments):
        for dimension, code in segment.parts:
            inside[index] &= codes[dimension] == code
    return inside


def _category_label(frame: Frame, dimension: str, category: str) -> Text:
    for candidate in frame.dimensions:
        for option in candidate.categories:
            if (candidate.code, option.code) == (dimension, category):
                return option.label
    raise KeyError(category)
