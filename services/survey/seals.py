"""Seals: keyed hashes of answers, by which it can be checked later that they are still the same."""

from __future__ import annotations

from services.survey.layers import Layers
from services.survey.rounds import Frame
from services.survey.segments import Segment, members
from services.survey.tallies import CellKey


def seal_figure(key: bytes, layers: Layers, frame: Frame, place: tuple[str, Segment], until: int) -> str:
    """The keyed hash of the answers of a segment that came before a step, as they stand behind an item there.

    place: item and segment.
    """
    item, segment = place

    def within(cell: CellKey) -> bool:
        return bool(members(frame, [segment], [cell])[0, 0])

    return layers.seal(key, f"{item} in {segment.slug}", within, until)


def seal_answers(key: bytes, layers: Layers, until: int) -> str:
    """The keyed hash of all answers that came before a step."""
    return layers.seal(key, "all", lambda _: True, until)
