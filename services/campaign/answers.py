"""What is said of contributions: to their partner, and of practices to the coaches' library."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, get_args

from services.campaign.contributions import NOT_NEWER, Contribution
from services.campaign.partners import Partner
from shared.events import (
    ContributionAccepted,
    ContributionRefused,
    ContributionWithdrawn,
    PracticeContributed,
    PracticeContributionWithdrawn,
    RefusalReason,
    Text,
)

LANGUAGES: Final = ("fi", "sv", "en")
EXPLANATIONS: Final[dict[RefusalReason, Text]] = {
    "no_event": Text(
        fi="Viesti ei ole CloudEvents-tapahtuma, jolla on avain ja versio.",
        en="The message is no CloudEvent with a key and a revision.",
        sv="Meddelandet är ingen CloudEvents-händelse med nyckel och revision.",
    ),
    "unknown_type": Text(
        fi="Tällaista tapahtumatyyppiä ei oteta vastaan tällä aiheella.",
        en="Events of this type are not taken on this subject.",
        sv="Händelser av denna typ tas inte emot på detta ämne.",
    ),
    "too_large": Text(
        fi="Viesti on liian suuri.", en="The message is too large.", sv="Meddelandet är för stort."
    ),
    "not_valid": Text(
        fi="Sisältö ei ole sopimuksen mukainen.",
        en="The body is not as the contract says.",
        sv="Innehållet följer inte kontraktet.",
    ),
    "unknown_place": Text(
        fi="Alueen osaa ei tunneta. Käytä sanaston koodeja.",
        en="The part of the region is not known. Use the codes of the vocabulary.",
        sv="Delen av regionen är inte känd. Använd ordlistans koder.",
    ),
    "not_active": Text(
        fi="Kumppani ei ole nyt käytössä.",
        en="The partner is not active now.",
        sv="Partnern är inte aktiv nu.",
    ),
    "not_granted": Text(
        fi="Kumppanille ei ole annettu oikeutta lähettää tätä.",
        en="The partner was not given the right to send this.",
        sv="Partnern har inte fått rätt att skicka detta.",
    ),
    "too_many": Text(
        fi="Tänään on tullut enimmäismäärä viestejä. Lähetä loput huomenna.",
        en="As many messages as a day allows have come. Send the rest tomorrow.",
        sv="Dagens största antal meddelanden har kommit. Skicka resten i morgon.",
    ),
    "not_taken": Text(
        fi="Viestiä ei voitu ottaa vastaan meistä johtuvasta syystä. Lähetä se uutena versiona.",
        en="The message could not be taken, for a fault of ours. Send it as another revision.",
        sv="Meddelandet kunde inte tas emot på grund av ett fel hos oss. Skicka det som en ny revision.",
    ),
    "declined": Text(
        fi="Toimitus ei ottanut sitä käyttöön.",
        en="The editors did not take it.",
        sv="Redaktionen tog inte emot det.",
    ),
}

TOO_OLD: Final = Text(
    fi="Tämä tai uudempi versio on jo tullut. Lähetä se suuremmalla versionumerolla.",
    en="This revision or a higher one has come already. Send it with a higher revision.",
    sv="Denna eller en högre revision har redan kommit. Skicka det med en högre revision.",
)
Answer = ContributionAccepted | ContributionRefused | ContributionWithdrawn


def answer(made: Contribution, now: datetime) -> Answer | None:
    """What the partner is told of a contribution: nothing while it waits."""
    about: dict[str, Any] = {
        "revision": made.told_revision,
        "occurred_at": now,
        "partner": made.partner,
        "contribution": made.key,
        "kind": made.kind,
        "sent_key": made.name,
        "sent_revision": made.revision,
        "note": made.note,
    }
    if made.status == "accepted":
        return ContributionAccepted(**about)
    if made.status == "withdrawn":
        return ContributionWithdrawn(**about)
    if made.status != "refused":
        return None
    reason = next(one for one in get_args(RefusalReason) if one == made.reason)
    why = TOO_OLD if made.place == NOT_NEWER.where else EXPLANATIONS[reason]
    return ContributionRefused(**about, reason=reason, where=made.place[:500], explanation=why)


def practice(made: Contribution, partner: Partner, now: datetime) -> PracticeContributed:
    """An accepted practice for the library's editors, in the first of its languages."""
    said = made.said or {}
    language = next(one for one in LANGUAGES if said["description"][one])
    title = said["title"][language] or next(filter(None, said["title"].values()))
    return PracticeContributed(
        revision=made.told_revision,
        occurred_at=now,
        suggestion=made.key,
        partner=partner.name,
        language=language,
        title=title,
        text=said["description"][language],
        topic=said["topic"],
        source=said["source"],
        address=said["address"],
    )


def practice_gone(made: Contribution, now: datetime) -> PracticeContributionWithdrawn:
    """An accepted practice is no more to be used."""
    return PracticeContributionWithdrawn(revision=made.told_revision, occurred_at=now, suggestion=made.key)
