"""Explaining: why a finding stands, or why a rule did not fire, step by step."""

from __future__ import annotations

import math

from services.survey.items import Item
from services.survey.looks import Look
from services.survey.rules import Hypothesis
from services.survey.thresholds import FALSE_DISCOVERY_RATE, K
from services.survey.verdicts import Judged, Reason
from shared.events import Text, Value

REASONS: dict[Reason, Text] = {
    "confirmed": Text(
        fi="vahvistettu: kierroksen vahvistetuista havainnoista enintään 5 % on vääriä",
        en="confirmed: at most 5 % of the round's confirmed findings are false",
    ),
    "indicated": Text(fi="suuntaa antava, ei vahvistettu", en="indicated, not confirmed"),
    "covered": Text(
        fi="laajemman segmentin vahvistettu havainto sanoo saman",
        en="the confirmed finding of a wider segment says the same",
    ),
    "not_found": Text(fi="luku ei yllä säännön rajaan", en="the figure does not reach the bound of the rule"),
    "too_uncertain": Text(
        fi="liian epävarma: sattuma riittää selitykseksi", en="too uncertain: chance is enough to explain it"
    ),
    "not_confirmed": Text(
        fi="yksin selvä, mutta ei vahvistettu, kun kysytään näin monta asiaa",
        en="clear by itself, but not confirmed among as many questions as the round asks",
    ),
    "not_tested": Text(
        fi="usean luokittelun segmenteistä annetaan vain suuntaa antavia havaintoja",
        en="segments of several dimensions can only be indicated",
    ),
    "too_few": Text(fi="liian vähän vastanneita", en="too few answered"),
    "suppressed": Text(
        fi="lukua ei julkaista, koska se voisi kertoa yksittäisistä vastaajista",
        en="the figure is withheld because it could tell of single respondents",
    ),
    "drift": Text(
        fi="aiemmat ja myöhemmät vastaukset eroavat toisistaan", en="early and late answers differ"
    ),
    "cannot_say": Text(
        fi="kaikki vastaukset ovat samanlaisia: virhettä ei voi arvioida",
        en="all answers are alike: their error cannot be told",
    ),
    "no_former": Text(
        fi="edellinen kierros ei näytä lukua, johon verrata",
        en="the round before shows no figure to compare with",
    ),
}


class Explanation(Value):
    """One hypothesis of a release: what the rule asks, what was found, and what came of it.

    figure, low, high: in the item's units, with the repeated interval of its look. p: of this look; adjusted:
    the smallest p / share so far, which the false-discovery procedure compares.
    """

    hypothesis: str
    item: str
    question_text: Text
    rule: str
    segment: str
    level: float
    null: float
    units: float
    figure: float | None
    low: float | None
    high: float | None
    p: float
    adjusted: float
    held: bool
    release: int
    reason: str
    why: Text
    steps: tuple[str, ...]


def explain(item: Item, hypothesis: Hypothesis, verdict: Judged, look: Look) -> Explanation:
    """Everything about one verdict."""
    figure = verdict.figure
    return Explanation(
        hypothesis=hypothesis.name,
        item=item.name,
        question_text=item.text,
        rule=hypothesis.rule,
        segment=hypothesis.name.rpartition("|")[2],
        level=hypothesis.bound.level,
        null=hypothesis.bound.null,
        units=verdict.units,
        figure=_known(figure.value),
        low=_known(figure.low),
        high=_known(figure.high),
        p=verdict.p,
        adjusted=verdict.least,
        held=verdict.held,
        release=verdict.release,
        reason=verdict.reason,
        why=REASONS[verdict.reason],
        steps=tuple(_steps(hypothesis, verdict, look)),
    )


def _steps(hypothesis: Hypothesis, verdict: Judged, look: Look) -> list[str]:
    bound, figure, shrunk = hypothesis.bound, verdict.figure, verdict.shrunk
    side = {1: "above", -1: "below", 0: "further than"}[bound.sign]
    claim = f"the true figure lies {side} {bound.level:g}; tested is {side} {bound.null:g}"
    spent = f"this look may spend {look.share:g} of the error level, smallest p / share {verdict.least:.3g}"
    rate = f"compared at {FALSE_DISCOVERY_RATE.value:g} over the round"
    steps = [
        f"Rule “{hypothesis.rule}”: {claim}.",
        f"Units behind the figure: {verdict.units:g}.",
        f"Figure {figure.value:.4g}, interval {figure.low:.4g} to {figure.high:.4g} at its look.",
        f"p = {verdict.p:.3g}; {spent}, {rate}.",
        f"Drawn towards the region: {shrunk.value:.4g}, 80 % interval {shrunk.low:.4g} to {shrunk.high:.4g}.",
    ]
    if verdict.held:
        stands = f"the figure of release {verdict.release} stands and was judged"
        steps.append(f"Fewer than {K.value:g} have changed since: {stands}.")
    return [*steps, f"Verdict: {REASONS[verdict.reason].en}."]


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
