"""Drafting: from a theme and its evidence to a post in Finnish, English and Swedish."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.campaign import thresholds
from services.campaign.grounds import Advice, Ground
from services.campaign.posts import Post
from services.campaign.themes import Theme
from services.campaign.wordings import LANGUAGES, Wording
from shared.events import AdoptedRecommendation, InsightReleased, ModelVersionPublished, Text, Topic

_TITLES: Final[dict[str, Text]] = {
    "need": Text(fi="tässä on parannettavaa", en="room to improve", sv="här kan det bli bättre"),
    "strength": Text(fi="tämä toimii jo", en="this already works", sv="det här fungerar redan"),
    "gap": Text(fi="työpaikat eroavat toisistaan", en="workplaces differ", sv="arbetsplatser skiljer sig åt"),
    "trend": Text(fi="suunta on muuttunut", en="something is changing", sv="något förändras"),
    "barrier": Text(fi="mikä on esteenä?", en="what stands in the way?", sv="vad står i vägen?"),
    "practice": Text(fi="näin työpaikoilla tehdään", en="what workplaces do", sv="så gör arbetsplatser"),
}
_ASKED: Final = Text(
    fi="Kyselyssä ”{round}” kysyttiin: ”{question}”",
    en="The survey “{round}” asked: “{question}”",
    sv="I enkäten ”{round}” frågades: ”{question}”",
)
_MORE: Final = Text(
    fi="Samasta aiheesta tiedetään myös:", en="On the same topic:", sv="Om samma ämne vet vi också:"
)
_ADVICE: Final = Text(
    fi="Etätyön malli suosittaa: {advice}",
    en="The remote-work model recommends: {advice}",
    sv="Modellen för distansarbete rekommenderar: {advice}",
)
_PRACTICE: Final = Text(
    fi="Käytäntökirjastossa tästä on: ”{practice}”.",
    en="The practice library has this on it: “{practice}”.",
    sv="I praxisbiblioteket finns om detta: ”{practice}”.",
)
_ASK_FOR_STORIES: Final = Text(
    fi="Miten teillä tehdään? Kerro oma tarinasi.",
    en="How do you do it? Tell your own story.",
    sv="Hur gör ni hos er? Berätta din egen historia.",
)
_STRENGTHS: Final = ("strong", "conditional", "good_practice")
_CERTAINTIES: Final = ("high", "moderate", "low", "very_low")


@dataclass(frozen=True, slots=True)
class Material:
    """What a post is written from: its ground, the name of its topic and a practice of the library."""

    topic_name: Text
    ground: Ground
    practice: Text | None = None


def post_key(topic: Topic, lead: str) -> str:
    """The key of the post that this insight leads: the same whenever it is drafted."""
    return f"{topic}-{hashlib.sha256(lead.encode()).hexdigest()[:12]}"


def choose(
    theme: Theme, insights: Mapping[str, InsightReleased], taken: Collection[str]
) -> tuple[InsightReleased, ...]:
    """The leading insight and those beside it: the theme's best that no post has taken. May be empty."""
    free = [insights[key] for key in theme.insights if key not in taken and key in insights]
    return tuple(free[: thresholds.FIGURES_IN_POST])


def beside(
    theme: Theme, insights: Mapping[str, InsightReleased], lead: str, taken: Collection[str]
) -> tuple[InsightReleased, ...]:
    """The same for a lead that is already chosen; empty when the lead no longer stands."""
    if lead not in insights:
        return ()
    others = choose(theme, insights, {*taken, lead})
    return (insights[lead], *others)[: thresholds.FIGURES_IN_POST]


def best_advice(version: ModelVersionPublished | None, topic: Topic, practice: str) -> Advice | None:
    """The recommendation to quote: about the same practice, then the strongest, then the most certain."""
    on_topic = _adopted(version, topic)
    if version is None or not on_topic:
        return None
    best = min(on_topic, key=lambda one: _precedence(one, practice))
    return Advice(best.recommendation, best.revision, best.text, version.synthetic)


def write(material: Material) -> Wording:
    """Title and body from the templates; Swedish only where all of its parts are in Swedish."""
    lead = material.ground.insights[0]
    return Wording(title=_title(material, lead), body=_in_all(_paragraphs(material, lead), "\n\n"))


def draft(material: Material) -> Post:
    """A new draft."""
    lead = material.ground.insights[0]
    key = post_key(lead.topic, lead.insight)
    return Post(key, lead.topic, write(material), written_on=material.ground, ground=material.ground)


def _adopted(version: ModelVersionPublished | None, topic: Topic) -> list[AdoptedRecommendation]:
    found = version.recommendations if version is not None else ()
    return [one for one in found if one.topic == topic and not one.under_review]


def _precedence(one: AdoptedRecommendation, practice: str) -> tuple[bool, int, int, str]:
    other = not practice or one.practice != practice
    return other, _STRENGTHS.index(one.strength), _CERTAINTIES.index(one.certainty), one.recommendation


def _title(material: Material, lead: InsightReleased) -> Text:
    colon = _in_all([material.topic_name, _TITLES[lead.rule]], ": ")
    if not lead.segment:
        return colon
    where = lead.segment_label
    return Text(
        fi=f"{colon.fi} ({where.fi})",
        en=f"{colon.en} ({where.en})",
        sv=f"{colon.sv} ({where.sv})" if colon.sv and where.sv else "",
    )


def _paragraphs(material: Material, lead: InsightReleased) -> list[Text]:
    found = [_with(_ASKED, round=lead.round_title, question=lead.question_text), _place("{1}", lead.sentence)]
    more = material.ground.insights[1:]
    if more:
        places = [_place(f"{{{n}}}", one.sentence) for n, one in enumerate(more, start=2)]
        found.append(_in_all([_MORE, *places], " "))
    if material.ground.advice is not None:
        found.append(_ADVICE if material.ground.advice.text.sv else _without_swedish(_ADVICE))
    if material.practice is not None:
        found.append(_with(_PRACTICE, practice=material.practice))
    return [*found, _ASK_FOR_STORIES]


def _with(pattern: Text, **parts: Text) -> Text:
    """The pattern with its parts filled in; no Swedish when a part has none."""
    filled = {
        language: _replaced(
            getattr(pattern, language), {name: part.in_language(language) for name, part in parts.items()}
        )
        for language in LANGUAGES
    }
    text = Text(**filled)
    return text if all(part.sv for part in parts.values()) else _without_swedish(text)


def _replaced(pattern: str, parts: Mapping[str, str]) -> str:
    for name, part in parts.items():
        pattern = pattern.replace(f"{{{name}}}", part)
    return pattern


def _place(place: str, sentence: Text) -> Text:
    return Text(fi=place, en=place, sv=place if sentence.sv else "")


def _without_swedish(text: Text) -> Text:
    return text.model_copy(update={"sv": ""})


def _in_all(parts: Iterable[Text], joiner: str) -> Text:
    found = list(parts)
    swedish = [part.sv for part in found]
    return Text(
        fi=joiner.join(part.fi for part in found),
        en=joiner.join(part.en for part in found),
        sv=joiner.join(swedish) if all(swedish) else "",
    )
