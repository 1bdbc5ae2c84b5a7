"""Sentences: a finding in plain words, in the languages of the region, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.survey.items import Item
from services.survey.numerals import LANGUAGES, in_digits, in_figures
from services.survey.rounds import Unit
from services.survey.rules import Rule
from shared.events import Figure, Text, Tier

_INDICATION = Text(
    fi="Suuntaa antava, ei vahvistettu. ",
    en="Indication, not confirmed. ",
    sv="Riktgivande, inte bekräftat. ",
)

# {what} the question, {value} the figure, {low}–{high} its interval, {scale} the scale, {who} the units.
_ON_SCALE: Final[dict[Rule, Text]] = {
    "need": Text(
        fi="{where}: ”{what}” saa keskimäärin arvon {value}{scale}, todennäköisesti {low}–{high}. "
        "Se on asteikon heikommalla puolella: tässä on kehitettävää.",
        en="{where}: “{what}” averages {value}{scale}, likely {low}–{high}. "
        "That is on the weaker side of the scale: there is something to develop.",
        sv="{where}: ”{what}” får i medeltal {value}{scale}, troligen {low}–{high}. "
        "Det är på skalans svagare sida: här finns något att utveckla.",
    ),
    "strength": Text(
        fi="{where}: ”{what}” saa keskimäärin arvon {value}{scale}, todennäköisesti {low}–{high}. "
        "Se on selvä vahvuus.",
        en="{where}: “{what}” averages {value}{scale}, likely {low}–{high}. That is a clear strength.",
        sv="{where}: ”{what}” får i medeltal {value}{scale}, troligen {low}–{high}. Det är en klar styrka.",
    ),
    "barrier": Text(
        fi="{where}: ”{what}” saa keskimäärin arvon {value}{scale}, todennäköisesti {low}–{high}. "
        "Se on este etä- ja monipaikkaiselle työlle.",
        en="{where}: “{what}” averages {value}{scale}, likely {low}–{high}. "
        "That is a barrier to remote and multi-locality work.",
        sv="{where}: ”{what}” får i medeltal {value}{scale}, troligen {low}–{high}. "
        "Det är ett hinder för distansarbete och arbete på flera platser.",
    ),
    "practice": Text(
        fi="{where}: ”{what}” saa keskimäärin arvon {value}{scale}, todennäköisesti {low}–{high}. "
        "Käytäntö on todettu hyväksi.",
        en="{where}: “{what}” averages {value}{scale}, likely {low}–{high}. The practice is found good.",
        sv="{where}: ”{what}” får i medeltal {value}{scale}, troligen {low}–{high}. "
        "Praxisen har visat sig god.",
    ),
}

_OF_SHARE: Final[dict[Rule, Text]] = {
    "need": Text(
        fi="{where}: ”{what}” – näin on vain {value} prosentilla {who}, "
        "todennäköisesti {low}–{high} prosentilla. Tässä on kehitettävää.",
        en="{where}: “{what}” – so it is with only {value}% of {who}, likely {low}–{high}%. "
        "There is something to develop.",
        sv="{where}: ”{what}” – så är det bara hos {value} procent av {who}, troligen {low}–{high} procent. "
        "Här finns något att utveckla.",
    ),
    "strength": Text(
        fi="{where}: ”{what}” – näin on {value} prosentilla {who}, "
        "todennäköisesti {low}–{high} prosentilla. Se on selvä vahvuus.",
        en="{where}: “{what}” – so it is with {value}% of {who}, likely {low}–{high}%. "
        "That is a clear strength.",
        sv="{where}: ”{what}” – så är det hos {value} procent av {who}, troligen {low}–{high} procent. "
        "Det är en klar styrka.",
    ),
    "barrier": Text(
        fi="{where}: ”{what}” on esteenä {value} prosentilla {who}, "
        "todennäköisesti {low}–{high} prosentilla.",
        en="{where}: “{what}” is a barrier for {value}% of {who}, likely {low}–{high}%.",
        sv="{where}: ”{what}” är ett hinder för {value} procent av {who}, troligen {low}–{high} procent.",
    ),
    "practice": Text(
        fi="{where}: ”{what}” on todettu hyväksi {value} prosentilla {who}, "
        "todennäköisesti {low}–{high} prosentilla.",
        en="{where}: “{what}” has proved good with {value}% of {who}, likely {low}–{high}%.",
        sv="{where}: ”{what}” har visat sig bra hos {value} procent av {who}, troligen {low}–{high} procent.",
    ),
}

_GAP = Text(
    fi="{where}: ”{what}” on {value} {measure} {more} kuin muualla, todennäköisesti {low}–{high} {measure}. "
    "Se on muita {better} tulos.",
    en="{where}: “{what}” is {value} {measure} {more} than elsewhere, likely {low}–{high} {measure}. "
    "That is {better} than the rest.",
    sv="{where}: ”{what}” är {value} {measure} {more} än på andra håll, troligen {low}–{high} {measure}. "
    "Det är {better} än hos de övriga.",
)
_TREND = Text(
    fi="{where}: ”{what}” on {value} {measure} {more} kuin edellisellä kierroksella, todennäköisesti "
    "{low}–{high} {measure}. Tulos on {better} kuin silloin.",
    en="{where}: “{what}” is {value} {measure} {more} than in the round before, "
    "likely {low}–{high} {measure}. That is {better} than then.",
    sv="{where}: ”{what}” är {value} {measure} {more} än i förra omgången, troligen {low}–{high} {measure}. "
    "Det är {better} än då.",
)
_APART: Final[dict[Rule, Text]] = {"gap": _GAP, "trend": _TREND}
_MORE = {
    True: Text(fi="korkeampi", en="higher", sv="högre"),
    False: Text(fi="matalampi", en="lower", sv="lägre"),
}
_BETTER = {
    True: Text(fi="parempi", en="better", sv="bättre"),
    False: Text(fi="heikompi", en="weaker", sv="svagare"),
}
_MEASURE = {
    "share": Text(fi="prosenttiyksikköä", en="percentage points", sv="procentenheter"),
    "mean": Text(fi="pistettä", en="points", sv="poäng"),
}
_WHO: Final[dict[Unit, Text]] = {
    "organisation": Text(fi="organisaatioista", en="organisations", sv="organisationerna"),
    "person": Text(fi="vastaajista", en="those asked", sv="de tillfrågade"),
}
_SCALE = Text(fi=" (asteikko {}–{})", en=" (on a scale of {}–{})", sv=" (på skalan {}–{})")


@dataclass(frozen=True)
class Told:
    """What a sentence is about. figure: as it is published."""

    rule: Rule
    tier: Tier
    item: Item
    where: Text
    unit: Unit
    figure: Figure


def sentence(told: Told) -> Text:
    """The finding in Finnish, English and Swedish."""
    return Text(**{language: _in(told, language) for language in LANGUAGES})


def _in(told: Told, language: str) -> str:
    apart = _APART.get(told.rule)
    words = _words_apart(told, language) if apart else _words(told, language)
    template = apart or _template(told)
    prefix = _INDICATION.in_language(language) if told.tier == "indication" else ""
    where, what = told.where.in_language(language), told.item.label.in_language(language)
    return prefix + template.in_language(language).format(where=where, what=what.rstrip(".:"), **words)


def _template(told: Told) -> Text:
    return (_OF_SHARE if told.item.kind == "share" else _ON_SCALE)[told.rule]


def _words(told: Told, language: str) -> dict[str, str]:
    figure = told.figure
    scale = _SCALE.in_language(language).format(
        in_figures(told.item.low, language), in_figures(told.item.high, language)
    )
    return {
        "value": _number(figure, figure.estimate, language),
        "low": _number(figure, figure.low, language),
        "high": _number(figure, figure.high, language),
        "scale": scale,
        "who": _WHO[told.unit].in_language(language),
    }


def _words_apart(told: Told, language: str) -> dict[str, str]:
    figure, up = told.figure, told.figure.estimate > 0
    near, far = sorted((figure.low, figure.high)) if up else sorted((-figure.low, -figure.high))
    better = up == (told.item.question.good == "high")
    return {
        "value": _number(figure, abs(figure.estimate), language),
        "low": _number(figure, near, language),
        "high": _number(figure, far, language),
        "measure": _MEASURE[told.item.kind].in_language(language),
        "more": _MORE[up].in_language(language),
        "better": _BETTER[better].in_language(language),
    }


def _number(figure: Figure, value: float, language: str) -> str:
    whole = figure.unit == "%" and value == round(value)
    return in_digits(f"{value + 0.0:.0f}" if whole else f"{value:.1f}", language)
