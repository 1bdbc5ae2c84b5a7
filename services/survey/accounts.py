"""Accounts: everything that a finding stands on, step by step, for those who check it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from services.survey import wordings
from services.survey.certainty import Doubt, Grounds, certainty, doubts, measure
from services.survey.drift import drift
from services.survey.explaining import bound_in_words, count_discoveries
from services.survey.figures import n_band
from services.survey.insights import grounds_of
from services.survey.numerals import Told, say, short
from services.survey.reasons import REASONS, SIDES
from services.survey.segments import segment_label
from services.survey.steps import FOR_ALL_STAFF, Dossier, Revision, Row, Step, step
from services.survey.thresholds import ERROR_LEVEL, FALSE_DISCOVERY_RATE
from services.survey.workings import work_out
from shared.events import Figure, Text, Value


class Account(Value):
    """A finding and every step behind it. reason: why it was retracted, if it was."""

    insight: str
    title: Text
    revision: int
    live: bool
    reason: str
    tier: str
    hypothesis: str
    release: str
    figure: Figure
    why: Text
    steps: tuple[Step, ...]


def account(dossier: Dossier, *, full: bool = True) -> Account:
    """The account of a finding. full: with the steps at analysts' precision."""
    last, finding = dossier.last, dossier.finding
    steps = tuple(made for made in _steps(dossier) if full or made.step in FOR_ALL_STAFF)
    return Account(
        insight=finding.insight,
        title=finding.sentence,
        revision=last.revision,
        live=last.live,
        reason=last.reason,
        tier=finding.tier,
        hypothesis=last.ground.hypothesis,
        release=finding.release,
        figure=finding.figure,
        why=REASONS[dossier.verdict.judged.reason],
        steps=steps,
    )


def _steps(dossier: Dossier) -> Iterator[Step]:
    yield _question(dossier)
    yield _answers(dossier)
    if dossier.analysis is not None:
        yield from work_out(dossier, dossier.analysis)
    yield _interval(dossier)
    yield _rule(dossier)
    yield _looks(dossier)
    yield _rate(dossier)
    yield _release(dossier)
    yield _certainty(dossier)
    yield _history(dossier)


def _question(dossier: Dossier) -> Step:
    item = dossier.verdict.item
    where = segment_label(dossier.round.frame, dossier.verdict.segment)
    numbers = {"item": item.name, "unit": item.unit, "segment": dossier.verdict.segment.code}
    return step("question", [say(wordings.ASKED, {"what": item.text, "where": where})], numbers)


def _answers(dossier: Dossier) -> Step:
    seal, watermark = dossier.finding.answers_hash, dossier.last.ground.watermark
    words = [say(wordings.SEALED, {"hash": seal, "watermark": str(watermark)})]
    if dossier.erased:
        words.append(say(wordings.ERASED, {"count": dossier.erased}))
    if dossier.analysis is None:
        words.append(wordings.NOTHING_LEFT)
    return step("answers", words, {"hash": seal, "watermark": watermark, "erased": dossier.erased})


def _interval(dossier: Dossier) -> Step:
    judged, times, figure = dossier.verdict.judged, dossier.verdict.times, dossier.finding.figure
    look = next(kept.look for kept in dossier.releases if kept.look.number == judged.release)
    repeated = {
        "error": look.error,
        "share": look.share,
        "level": ERROR_LEVEL.value,
        "low": times * judged.figure.low,
        "high": times * judged.figure.high,
    }
    shrunk = {name: times * getattr(judged.shrunk, name) for name in ("value", "low", "high")}
    rounded: dict[str, Told] = {"value": figure.estimate, "low": figure.low, "high": figure.high}
    words = [say(wordings.REPEATED, repeated), say(wordings.SHRUNK, shrunk)]
    words.append(say(wordings.PUBLISHED, {**rounded, "band": figure.n_band}))
    numbers = {**repeated, **{f"shrunk_{name}": value for name, value in shrunk.items()}}
    return step("interval", words, {name: _known(value) for name, value in numbers.items()})


def _rule(dossier: Dossier) -> Step:
    verdict, bound = dossier.verdict, dossier.verdict.hypothesis.bound
    level, null = verdict.times * bound.level, verdict.times * bound.null
    words = say(
        wordings.CLAIM, {"level": say(SIDES[bound.sign], {"null": level}), "null": bound_in_words(verdict)}
    )
    numbers = {"rule": verdict.hypothesis.rule, "level": level, "null": null, "sign": bound.sign}
    return step("rule", [words], numbers)


def _looks(dossier: Dossier) -> Step:
    judged, look = dossier.verdict.judged, dossier.kept.look
    numbers = {"p": judged.p, "share": look.share, "least": judged.least}
    words = [say(wordings.LOOKED, {name: short(value) for name, value in numbers.items()})]
    if judged.held:
        words.append(say(wordings.HELD, {"number": judged.release}))
    return step("looks", words, numbers, list(_looked(dossier)))


def _looked(dossier: Dossier) -> Iterator[Row]:
    for kept in dossier.releases:
        judged = kept.judged.get(dossier.last.ground.hypothesis)
        if judged is not None:
            yield {
                "number": kept.look.number,
                "share": kept.look.share,
                "p": judged.p,
                "spent": min(judged.p / kept.look.share, 1.0),
                "least": judged.least,
                "verdict": REASONS["held"] if judged.held else REASONS[judged.reason],
            }


def _rate(dossier: Dossier) -> Step:
    if not dossier.verdict.hypothesis.tested:
        return step("rate", [wordings.UNTESTED], {"tested": 0})
    least = [one.judged.least for one in dossier.verdicts if one.hypothesis.tested]
    own, rate = dossier.verdict.judged.least, FALSE_DISCOVERY_RATE.value
    rank, found = sum(other <= own for other in least), count_discoveries(dossier.verdicts)
    numbers = {
        "rank": rank,
        "tested": len(least),
        "rate": rate,
        "threshold": rate * rank / len(least),
        "found": found,
        "cut": rate * found / len(least),
    }
    told = numbers | {name: short(numbers[name]) for name in ("threshold", "cut")}
    return step("rate", [say(wordings.RANKED, told)], numbers)


def _release(dossier: Dossier) -> Step:
    release, place = dossier.kept.release, (dossier.verdict.item.name, dossier.verdict.segment.slug)
    gate = next((why for why, places in dossier.kept.withheld.items() if place in places), "fresh")
    told: dict[str, Told] = {
        "release": release.release,
        "day": release.released_on.isoformat(),
        "verdict": wordings.GATE[gate],
    }
    numbers = {"release": release.release, "day": release.released_on.isoformat(), "gate": gate}
    return step("release", [say(wordings.RELEASED, told)], numbers)


def _certainty(dossier: Dossier) -> Step:
    told = dossier.finding.certainty
    words = [say(wordings.STARTS_HIGH, {"certainty": wordings.CERTAIN[told]})]
    if dossier.analysis is None:
        return step("certainty", words, {"certainty": told})
    item, analysis = dossier.verdict.item, dossier.analysis
    p = float(drift(analysis.tallies)[dossier.place[0]])
    grounds = grounds_of(item, dossier.verdict.judged, analysis.weights, p, dossier.coached)
    words += [_doubt(grounds, doubt) for doubt in doubts(grounds)] or [wordings.NO_DOUBT]
    numbers = {"certainty": told, "now": certainty(grounds), "doubts": ", ".join(doubts(grounds))}
    return step("certainty", words, numbers)


def _doubt(grounds: Grounds, doubt: Doubt) -> Text:
    measured = measure(grounds, doubt)
    if measured is None:
        return wordings.DOUBTS[doubt]
    value, limit = measured
    told: Told = n_band(value) if doubt == "few_units" else short(value)
    return say(wordings.DOUBTS[doubt], {"value": told, "limit": limit})


def _history(dossier: Dossier) -> Step:
    rows = [_revision(one) for one in dossier.history]
    return step("history", [], {"revision": dossier.last.revision}, rows)


def _revision(one: Revision) -> Row:
    figure, finding = one.finding.figure, one.finding
    words = wordings.STANDINGS[finding.status if one.live else "retracted"]
    if not one.live:
        words = say(wordings.BECAUSE, {"standing": words, "reason": wordings.RETRACTIONS[one.reason]})
    numbers: dict[str, Told] = {"value": figure.estimate, "low": figure.low, "high": figure.high}
    return {
        "revision": one.revision,
        "standing": words,
        "tier": wordings.TIERS[finding.tier],
        "figure": say(wordings.WITH_INTERVAL, {**numbers, "unit": figure.unit}),
        "number": finding.release_number,
        "day": finding.released_on.isoformat(),
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
