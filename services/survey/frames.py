"""Frames from files: margins of several sources put together, checked against each other, or scaled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from services.survey.count_files import read_file
from services.survey.counted_tables import short
from services.survey.frame_plans import FrameFile, FramePlan
from services.survey.frame_words import Known
from services.survey.mappings import what_is_wrong
from services.survey.margins import sum_margins
from services.survey.rounds import SAME_TOTAL, Dimension, Frame, FrameSource, written
from shared.errors import Invalid
from shared.events import Text
from shared.vocabulary import Vocabulary

_AS_IT_WAS = Text(fi="kehikko, kuten se oli", en="the frame as it was", sv="ramen som den var")


@dataclass(frozen=True)
class _Part:
    """Dimensions that were counted together, and by whom."""

    source: FrameSource
    dimensions: tuple[Dimension, ...]

    @property
    def total(self) -> float:
        """What they count in all."""
        return sum(self.dimensions[0].counts)

    @property
    def name(self) -> str:
        """The source in a sentence."""
        return f"“{short(self.source.name)}”" if self.source.name else _AS_IT_WAS.en

    def scaled(self, total: float) -> _Part:
        """The same with another total; the source remembers that it was scaled."""
        if _same(self.total, total):
            return self
        factor = total / self.total
        scaled_to = None if _same(self.source.total, total) else total
        source = self.source.model_copy(update={"scaled_to": scaled_to})
        return _Part(source, tuple(_times(dimension, factor) for dimension in self.dimensions))


def read_frame(plan: FramePlan, files: Mapping[str, bytes], former: Frame | None, words: Vocabulary) -> Frame:
    """The frame that files count by a plan. Dimensions that no file counts stay as written, or as they were.

    files: content by name. former: the frame that is corrected, where there is one.

    Raises:
        Invalid: a file is missing, cannot be read or does not fit; or totals differ and may not be scaled.
    """
    _check_names(plan, files)
    base = plan.dimensions or (former.dimensions if former else ())
    known = Known(base, words)
    parts = [_part(file, files[file.file], known, words) for file in plan.files]
    _check_twice(parts)
    fresh = {dimension.code for part in parts for dimension in part.dimensions}
    sources = former.sources if former and not plan.dimensions else ()
    agreed = _agreed([*parts, *_rest(base, fresh, sources)], rescale=plan.rescale)
    dimensions = {dimension.code: dimension for dimension in base}
    dimensions |= {dimension.code: dimension for part in agreed for dimension in part.dimensions}
    assumptions = former.assumptions if plan.assumptions is None and former else plan.assumptions or ()
    told = [part.source for part in agreed if part.source.name or part.source.scaled_to is not None]
    return _frame({"dimensions": [*dimensions.values()], "assumptions": assumptions, "sources": told})


def _check_names(plan: FramePlan, files: Mapping[str, bytes]) -> None:
    wanted = [file.file for file in plan.files]
    for name in wanted:
        if not files.get(name):
            raise Invalid(
                "frame_file_missing",
                f"The frame needs the file “{short(name)}”. It was not sent, or is empty.",
            )
    for name in files:
        if wanted.count(name) != 1:
            how = "does not name" if name not in wanted else "names more than once"
            raise Invalid("frame_file_unknown", f"The frame {how} the file “{short(name)}”.")


def _check_twice(parts: Sequence[_Part]) -> None:
    counted: dict[str, _Part] = {}
    for part in parts:
        for dimension in part.dimensions:
            other = counted.setdefault(dimension.code, part)
            if other is not part:
                raise Invalid(
                    "frame_dimension_twice",
                    f"Both {other.name} and {part.name} count the dimension {dimension.code}. Say in the "
                    "mapping which dimensions to take from which file.",
                )


def _part(file: FrameFile, data: bytes, known: Known, words: Vocabulary) -> _Part:
    found = read_file(file, data, known)
    margins = sum_margins(found, file, known, words)
    title = found.table.about
    source = FrameSource(
        name=file.file,
        about=file.about or (Text(fi=title, en=title, sv=title) if title else None),
        dimensions=tuple(margins.by_dimension),
        total=margins.total,
        hidden=margins.hidden,
    )
    return _Part(source, tuple(known.counted(code, margin) for code, margin in margins.by_dimension.items()))


def _rest(base: Sequence[Dimension], fresh: set[str], sources: Sequence[FrameSource]) -> list[_Part]:
    """The counted dimensions that no file counts now, by the source that they had."""
    kept = {d.code: d for d in base if d.counted and d.code not in fresh}
    parts = []
    for source in sources:
        own = tuple(kept.pop(code) for code in source.dimensions if code in kept)
        if own:
            parts.append(_Part(source.model_copy(update={"dimensions": tuple(d.code for d in own)}), own))
    for dimension in kept.values():
        total = sum(dimension.counts)
        source = FrameSource(name="", about=_AS_IT_WAS, dimensions=(dimension.code,), total=total)
        parts.append(_Part(source, (dimension,)))
    return parts


def _agreed(parts: Sequence[_Part], *, rescale: bool) -> list[_Part]:
    """The parts, all with the total of the first."""
    if not rescale and any(not _same(part.total, parts[0].total) for part in parts):
        told = "; ".join(
            f"{part.name} counts {written(part.total)} ({', '.join(part.source.dimensions)})"
            for part in parts
        )
        raise Invalid(
            "frame_does_not_add_up",
            f"The margins do not add up to the same total: {told}. Correct one of them, or say "
            "`rescale: true` to scale all to the first, which every release then states.",
        )
    return [part.scaled(parts[0].total) for part in parts]


def _frame(fields: Mapping[str, object]) -> Frame:
    try:
        return Frame.model_validate(fields)
    except ValidationError as error:
        raise Invalid("frame_not_valid", f"The frame is not valid. {what_is_wrong(error)}") from None


def _times(dimension: Dimension, factor: float) -> Dimension:
    pairs = zip(dimension.categories, dimension.counts, strict=True)
    scaled = tuple(category.model_copy(update={"count": count * factor}) for category, count in pairs)
    return dimension.model_copy(update={"categories": scaled})


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_TOTAL * max(one, other)
