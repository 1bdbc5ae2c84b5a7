"""Assumptions: what the figures of a release take for granted, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from services.survey.rounds import Frame, FrameSource, Round, written
from services.survey.thresholds import POOR_EFFICIENCY
from services.survey.weighting import Trimmed, Weights
from shared.events import Text

_LANGUAGES: Final = ("fi", "en", "sv")
# So that 30 points stay 30 where binary arithmetic made them 30.000000000000004.
_SLACK = 1e-6

_NON_RESPONSE = Text(
    fi="Vastanneet edustavat vastaamatta jättäneitä niissä luokissa, joihin painotetaan.",
    en="Those who answered stand for those who did not, within the categories that are weighted to.",
    sv="De som svarat företräder dem som inte svarat, inom de kategorier som viktas.",
)
_ARRIVAL = Text(
    fi="Vastausten saapumisjärjestys on luokkien sisällä sattumaa.",
    en="Within those categories the order in which answers arrived is chance.",
    sv="Inom dessa kategorier är ordningen i vilken svaren kommit slumpmässig.",
)
_COLLAPSED = Text(
    fi="Luokasta ”{}” ei vastannut kukaan; se on laskettu yhteen luokan ”{}” kanssa.",
    en="Nobody answered from “{}”; it is counted together with “{}”.",
    sv="Ingen svarade från ”{}”; kategorin räknas ihop med ”{}”.",
)
_UNKNOWN_MARGIN = Text(
    fi="Perusjoukon jakaumaa muuttujan ”{}” mukaan ei tiedetä: se arvioidaan vastauksista painottamatta.",
    en="How the population divides by “{}” is not known: it is estimated from the answers, not weighted to.",
    sv="Hur populationen fördelar sig efter ”{}” är inte känt: det skattas ur svaren och viktas inte till.",
)
_SCALED = Text(
    fi="Lähteen ”{}” luvut, yhteensä {}, on suhteutettu kehikon kokonaismäärään {}.",
    en="The counts of the source “{}”, {} in all, are scaled to the frame's total of {}.",
    sv="Talen ur källan ”{}”, sammanlagt {}, har räknats om till ramens totala antal {}.",
)
_HIDDEN = Text(
    fi="Lähde ”{}” ei kerro kaikkia lukujaan (puuttuvia soluja {}); niissä on oletettu olevan nolla.",
    en="The source “{}” does not tell all of its counts ({} cells missing); they are assumed to be zero.",
    sv="Källan ”{}” anger inte alla sina tal ({} celler saknas); de antas vara noll.",
)
# The category is not named: with its misfit one could count who answered from it, however few.
_TRIMMED = Text(
    fi="Painot on rajattu {}, joten ne eivät täysin täsmää kehikkoon: mikään luokka ei poikkea siitä yli {} "
    "%-yksikköä.",
    en="Weights are held to {}, so that they do not quite meet the frame: no category is off by more than {} "
    "points in a hundred.",
    sv="Vikterna har begränsats till {} och stämmer därför inte helt med ramen: ingen kategori avviker med "
    "mer än {} procentenheter.",
)
_AT_MOST = Text(
    fi="enintään {}-kertaisiksi keskimääräiseen painoon nähden",
    en="at most {} times the average weight",
    sv="högst {} gånger medelvikten",
)
_BETWEEN = Text(
    fi="{}–{}-kertaisiksi keskimääräiseen painoon nähden",
    en="{} to {} times the average weight",
    sv="{} till {} gånger medelvikten",
)
_POOR = Text(
    fi="Vastanneet poikkeavat perusjoukosta niin paljon, että painotuksen tehokkuus on vain {} %, alle {} %: "
    "luvut edustavat perusjoukkoa heikosti.",
    en="Those who answered differ so much from the population that weighting is only {}% efficient, below "
    "{}%: the figures represent the population poorly.",
    sv="De som svarat avviker så mycket från populationen att viktningens effektivitet bara är {} %, under "
    "{} %: siffrorna representerar populationen dåligt.",
)


def assumptions(round_: Round, weights: Weights) -> tuple[Text, ...]:
    """What the figures of a round take for granted: its frame, its weights, and who did not answer."""
    return (*of_frame(round_.frame), *_of_weights(round_, weights), _NON_RESPONSE, _ARRIVAL)


def of_frame(frame: Frame) -> tuple[Text, ...]:
    """What the frame takes for granted: as written, unknown margins, scaled and hidden counts."""
    unknown = [_say(_UNKNOWN_MARGIN, d.label) for d in frame.dimensions if not d.counted]
    return (*frame.assumptions, *unknown, *(told for source in frame.sources for told in _of_source(source)))


def is_poor(efficiency: float) -> bool:
    """Whether weighting costs so much that a warning is due (efficiency: effective n / n)."""
    return efficiency < POOR_EFFICIENCY.value


def _of_source(source: FrameSource) -> Iterator[Text]:
    name = Text(fi=source.name, en=source.name, sv=source.name) if source.name else source.about
    if name is not None and source.scaled_to is not None:
        yield _say(_SCALED, name, _count(source.total), _count(source.scaled_to))
    if name is not None and source.hidden:
        yield _say(_HIDDEN, name, _count(source.hidden))


def _of_weights(round_: Round, weights: Weights) -> Iterator[Text]:
    for collapse in weights.collapses:
        yield _say(_COLLAPSED, collapse.empty, collapse.into)
    if round_.trim and weights.trimmed:
        upper, lower = _number(round_.trim.upper), _number(round_.trim.lower)
        bounds = _say(_BETWEEN, lower, upper) if round_.trim.lower else _say(_AT_MOST, upper)
        yield _trimmed(weights.trimmed, bounds)
    if is_poor(weights.efficiency):
        percents = (
            _number(math.floor(100 * weights.efficiency), "d"),
            _number(100 * POOR_EFFICIENCY.value, ".0f"),
        )
        yield _say(_POOR, *percents)


def _trimmed(trimmed: Trimmed, bounds: Text) -> Text:
    return _say(_TRIMMED, bounds, _number(math.ceil(100 * trimmed.missed - _SLACK), "d"))


def _say(sentence: Text, *words: Text) -> Text:
    return Text(
        **{
            language: sentence.in_language(language).format(*(word.in_language(language) for word in words))
            for language in _LANGUAGES
        }
    )


def _count(value: float) -> Text:
    """A count with its thousands apart, as each language has it."""
    english = written(value)
    nordic = english.replace(",", "\u00a0").replace(".", ",")
    return Text(fi=nordic, en=english, sv=nordic)


def _number(value: float, form: str = "g") -> Text:
    """A number with the decimal sign of each language."""
    english = format(value, form)
    nordic = english.replace(".", ",")
    return Text(fi=nordic, en=english, sv=nordic)
