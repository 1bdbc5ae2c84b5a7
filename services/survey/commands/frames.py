"""Frames: read from files, tried against the answers, corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.survey.commands.releases import rejudge
from services.survey.commands.tallies import count_round
from services.survey.corrections import correct, says_otherwise
from services.survey.forms import form_of
from services.survey.frame_plans import FramePlan
from services.survey.frames import read_frame
from services.survey.representation import Representation, represent
from services.survey.rounds import Frame, Round
from services.survey.store import frames as store
from services.survey.store import rounds
from services.survey.store.erasures import lock_numbering
from services.survey.store.releases import load_newest
from services.survey.store.tallies import lock_all_rounds
from shared.db import Transaction
from shared.errors import NotFound
from shared.vocabulary import vocabulary


@dataclass(frozen=True)
class Corrected:
    """What a correction did, or would do.

    former: the frame before. kept: whether it was done. release: the key of the release that followed, empty
    where none did.
    """

    former: Frame
    round: Round
    representation: Representation
    kept: bool = False
    release: str = ""


async def find_frame(tx: Transaction, code: str) -> tuple[Round, Representation]:
    """A round with its frame, and how well the answers so far stand for it.

    Raises:
        NotFound: there is no such round.
    """
    round_ = (await rounds.load_form(tx, code)).round
    return round_, await _representation(tx, round_)


async def read_frame_files(tx: Transaction, code: str, plan: FramePlan, files: Mapping[str, bytes]) -> Frame:
    """The frame of a round as files count it; what they do not count stays.

    Raises:
        NotFound: there is no such round.
        Invalid: a file cannot be read, or does not fit the round; says where.
    """
    round_ = (await rounds.load_form(tx, code)).round
    return read_frame(plan, files, round_.frame, vocabulary())


async def rehearse_frame(tx: Transaction, code: str, frame: Frame) -> Corrected:
    """What `correct_frame` would do, with the same refusals; changes nothing, and releases nothing."""
    former, round_ = await _corrected(tx, code, frame)
    representation = await _representation(tx, round_)
    representation.check()
    return Corrected(former.frame, round_, representation)


async def correct_frame(tx: Transaction, code: str, frame: Frame, by: str) -> Corrected:
    """Give a round another frame; if it has been released it is judged anew at once, in a new release.

    Not where only a source is named anew: then no figure can differ.

    Raises:
        NotFound: there is no such round.
        Invalid: the frame does not fit the round, or speaks of places that are not.
        Refused: answers would no longer lie in it, or cannot be weighted to it.
    """
    # Nobody may import, erase or release between the look at what answers name and the new frame.
    await lock_all_rounds(tx)
    await lock_numbering(tx)
    rehearsed = await rehearse_frame(tx, code, frame)
    before = await load_newest(tx, code)
    await store.save_frame(tx, rehearsed.round)
    if says_otherwise(rehearsed.former, rehearsed.round.frame):
        await rejudge(tx, code, "frame_corrected")
    newest = await load_newest(tx, code)
    detail = {"size": frame.size, "sources": [source.name for source in frame.sources]}
    await tx.audit(by, "correct_frame", code, detail)
    key = newest.release.release if newest else ""
    same = before is not None and before.release.release == key
    return replace(rehearsed, kept=True, release="" if same else key)


async def _corrected(tx: Transaction, code: str, frame: Frame) -> tuple[Round, Round]:
    """The round as it is and as it would be."""
    former = await rounds.load_round(tx, code)
    if former is None:
        raise NotFound("no_such_round", "There is no such round.")
    round_ = correct(former, frame, await store.list_used_categories(tx, code))
    form_of(round_, (await rounds.load_form(tx, code)).questionnaire, vocabulary())
    return former, round_


async def _representation(tx: Transaction, round_: Round) -> Representation:
    live = (await count_round(tx, round_.round)).layers.live()
    return represent(round_, live.cell_keys, live.counts)
