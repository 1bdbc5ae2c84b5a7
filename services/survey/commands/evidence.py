"""Evidence: figures in full, checked and explained; nothing but the count of answers moves on."""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections.abc import Sequence

from services.survey.analyses import analyse_counted
from services.survey.commands.tallies import count_round
from services.survey.counting import count
from services.survey.forms import Form
from services.survey.items import items_of
from services.survey.layers import Layers
from services.survey.readouts import Readout, read_out
from services.survey.seals import seal_answers, seal_figure
from services.survey.segments import declared_segments
from services.survey.store import insights as told
from services.survey.store import releases as store
from services.survey.store.answers import load_answer_set
from services.survey.store.rounds import load_form
from services.survey.store.tallies import load_watermarks
from services.survey.verifying import Verified, compare, erased_since, remade_figures
from shared.db import Transaction
from shared.errors import NotFound, Refused


async def estimate(tx: Transaction, code: str, *, item: str = "", segment: str = "") -> Readout:
    """The estimates of a round as its answers stand now, at analysts' precision.

    Raises:
        NotFound: there is no such round, item or segment.
        Refused: there are no answers, or they cannot be weighted.
    """
    counted = await count_round(tx, code)
    form = await load_form(tx, code)
    if not counted.layers.units:
        raise Refused("no_answers", "Nobody has answered this round yet.")
    analysis = analyse_counted(form.round, counted)
    return read_out(form.round, items_of(form.questionnaire), analysis, item=item, segment=segment)


async def verify_release(tx: Transaction, key: str) -> Verified:
    """Work a release out once more and compare.

    Raises:
        NotFound: there is no such release.
    """
    signed = await store.load_release(tx, key)
    if signed is None:
        raise NotFound("no_such_release", "There is no such release.")
    code = signed.release.round
    counted = await count_round(tx, code)
    kept, form = signed.kept, await load_form(tx, code)
    answers, steps = await load_answer_set(tx, code), await load_watermarks(tx, code)
    seal_key = await store.load_seal_key(tx, code, secrets.token_bytes(32))
    agree, differ = compare(kept, remade_figures(form.round, form.questionnaire, answers, kept))
    insights = [one for one in await told.list_live(tx, code) if one.finding.release == key]
    return Verified(
        release=key,
        figures=agree + len(differ),
        agree=agree,
        differ=differ,
        erased=erased_since(answers, kept.watermark),
        tallies_agree=count(answers.until(counted.watermark), steps, seal_key).same(counted.layers),
        content_hash_agrees=signed.content_hash == signed.release.content_hash,
        answers_hash_agrees=signed.answers_hash == seal_answers(seal_key, counted.layers, kept.look.number),
        insights=len(insights),
        insights_with_other_answers=tuple(
            one.finding.insight for one in insights if not _sealed(form, counted.layers, steps, seal_key, one)
        ),
    )


def _sealed(form: Form, layers: Layers, steps: Sequence[int], key: bytes, one: told.Told) -> bool:
    """Whether the answers behind a finding are still those that it was told from."""
    parts = set(one.finding.segment.items())
    segment = next(s for s in declared_segments(form.round) if set(s.parts) == parts)
    until = bisect_right(steps, one.ground.watermark)
    place = (one.ground.item, segment)
    return seal_figure(key, layers, form.round.frame, place, until) == one.finding.answers_hash
