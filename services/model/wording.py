"""The first wording of a recommendation: plain Finnish first; people may rewrite it."""

from __future__ import annotations

from services.model.subjects import Subject
from shared.events import PracticePublished, Text
from shared.events.model import Strength
from shared.vocabulary import vocabulary

OPENINGS: dict[Strength, Text] = {
    "strong": Text(fi="Ottakaa käyttöön", en="Take into use", sv="Ta i bruk"),
    "conditional": Text(fi="Harkitkaa käyttöön", en="Consider", sv="Överväg"),
    "good_practice": Text(fi="Hyvä käytäntö", en="Good practice", sv="God praxis"),
}


def title(subject: Subject, practice: PracticePublished | None, segment: Text) -> Text:
    """A short name for lists: the practice or the topic, and for whom when not for everyone."""
    name = practice.title if practice else vocabulary().topic(subject.topic)
    return _joined(name, " – ", segment) if subject.segment else name


def text(subject: Subject, practice: PracticePublished | None, segment: Text, strength: Strength) -> Text:
    """What workplaces are advised to do."""
    advice = _of_practice(practice, strength) if practice else _without_practice(subject)
    return _joined(segment, ": ", advice) if subject.segment else advice


def _of_practice(practice: PracticePublished, strength: Strength) -> Text:
    opening = _joined(OPENINGS[strength], ": ", practice.title)
    return _joined(opening, ". ", practice.summary)


def _without_practice(subject: Subject) -> Text:
    topic = vocabulary().topic(subject.topic)
    return Text(
        fi=f"Ottakaa yhdessä puheeksi: {topic.fi}. Siinä on parannettavaa, ja toimivia käytäntöjä "
        "vasta kerätään. Sopikaa yksi kokeilu ja katsokaa, auttoiko se.",
        en=f"Talk about it together: {topic.en}. There is room for improvement, and practices that work "
        "are still being collected. Agree on one trial and look whether it helped.",
        sv=f"Ta upp det tillsammans: {topic.sv}. Det finns saker att förbättra, och praxis som fungerar "
        "samlas ännu in. Kom överens om ett försök och se om det hjälpte.",
    )


def _joined(first: Text, between: str, second: Text) -> Text:
    # Swedish only where both parts have it: a half-translated sentence is worse than Finnish.
    sv = f"{first.sv}{between}{second.sv}" if first.sv and second.sv else ""
    return Text(fi=f"{first.fi}{between}{second.fi}", en=f"{first.en}{between}{second.en}", sv=sv)
