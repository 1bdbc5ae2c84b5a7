"""Why an item is ranked where it is, and why one is suspended, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.coaching.grounds import Ground
from services.coaching.outcomes import Track
from shared.events import Text, Value
from shared.events.survey import RetractionReason


class Reason(Value):
    """One reason and the points that it gives."""

    points: float
    text: Text


RETRACTED: Final[dict[RetractionReason, Text]] = {
    "erased": Text(
        fi="Vastauksia on poistettu, eikä havainto enää pidä.",
        en="Answers were erased and the finding no longer holds.",
        sv="Svar har raderats och iakttagelsen håller inte längre.",
    ),
    "import_undone": Text(
        fi="Vastausten tuonti on peruttu.",
        en="The import of the answers was undone.",
        sv="Importen av svaren har ångrats.",
    ),
    "frame_corrected": Text(
        fi="Perusjoukon tiedot on korjattu, eikä havainto enää pidä.",
        en="The population figures were corrected and the finding no longer holds.",
        sv="Populationens uppgifter har rättats och iakttagelsen håller inte längre.",
    ),
    "no_longer_holds": Text(
        fi="Uusin julkaisu ei enää tue havaintoa.",
        en="The newest release no longer supports the finding.",
        sv="Den nyaste publiceringen stöder inte längre iakttagelsen.",
    ),
    "demoted": Text(
        fi="Havainto ei ole enää vahvistettu.",
        en="The finding is no longer confirmed.",
        sv="Iakttagelsen är inte längre bekräftad.",
    ),
    "promoted": Text(
        fi="Suuntaa antava havainto on nyt vahvistettu.",
        en="The indication is now a confirmed finding.",
        sv="Den riktgivande iakttagelsen är nu bekräftad.",
    ),
}
NOT_ADOPTED: Final = Text(
    fi="Suositusta arvioidaan uudelleen tai se on poistettu mallista.",
    en="The recommendation is under review or was taken out of the model.",
    sv="Rekommendationen omprövas eller har tagits bort ur modellen.",
)
PRACTICE_WITHDRAWN: Final = Text(
    fi="Käytäntö on poistettu käytäntökirjastosta.",
    en="The practice was taken out of the library.",
    sv="Praxisen har tagits bort ur biblioteket.",
)
NOT_ABOUT_THEM: Final = Text(
    fi="Näyttö ei enää koske tätä organisaatiota.",
    en="The evidence is no longer about this organisation.",
    sv="Underlaget gäller inte längre denna organisation.",
)
_STRENGTH: Final = {
    "strong": Text(fi="vahva", en="strong", sv="stark"),
    "conditional": Text(fi="ehdollinen", en="conditional", sv="villkorlig"),
    "good_practice": Text(fi="hyvä käytäntö", en="good practice", sv="god praxis"),
}


def of_needs(grounds: Sequence[Ground], points: float) -> Reason:
    """How many findings point to the topics of the practice."""
    confirmed, indications = _by_tier(grounds)
    return Reason(
        points=points,
        text=Text(
            fi=f"Aiheesta on vahvistettuja havaintoja {confirmed} ja suuntaa antavia {indications}.",
            en=f"Findings on its topics: {confirmed} confirmed, {indications} indicative.",
            sv=f"Iakttagelser om ämnet: {confirmed} bekräftade, {indications} riktgivande.",
        ),
    )


def of_found_good(grounds: Sequence[Ground], points: float) -> Reason:
    """How many findings say that workplaces found it good."""
    confirmed, indications = _by_tier(grounds)
    return Reason(
        points=points,
        text=Text(
            fi=f"Työpaikat ovat todenneet sen hyväksi: vahvistettuja havaintoja {confirmed},"
            f" suuntaa antavia {indications}.",
            en=f"Workplaces found it good: {confirmed} findings confirmed, {indications} indicative.",
            sv=f"Arbetsplatser har funnit den bra: {confirmed} iakttagelser bekräftade,"
            f" {indications} riktgivande.",
        ),
    )


def of_recommendation(ground: Ground, points: float) -> Reason:
    """That the model recommends it, and how strongly."""
    strength = _STRENGTH.get(ground.strength, Text(fi=ground.strength, en=ground.strength))
    return Reason(
        points=points,
        text=Text(
            fi=f"Etätyömalli suosittelee sitä ({strength.fi}).",
            en=f"The remote-work model recommends it ({strength.en}).",
            sv=f"Distansarbetsmodellen rekommenderar den ({strength.sv}).",
        ),
    )


def of_outcomes(track: Track) -> Reason:
    """What follow-ups have measured."""
    change = f"{track.mean_change:+.1f}"
    comma = change.replace(".", ",").replace("-", "−")
    return Reason(
        points=track.points,
        text=Text(
            fi=f"Kokeiltu ja seurattu {track.outcomes} kertaa, käytössä edelleen {track.kept};"
            f" tila muuttui keskimäärin {comma} (asteikko 0–10).",
            en=f"Tried and followed up {track.outcomes} times, still in use {track.kept};"
            f" the state changed by {change.replace('-', '−')} on average (scale 0–10).",
            sv=f"Prövad och uppföljd {track.outcomes} gånger, i bruk fortfarande {track.kept};"
            f" läget ändrades i snitt {comma} (skala 0–10).",
        ),
    )


def _by_tier(grounds: Sequence[Ground]) -> tuple[int, int]:
    confirmed = sum(ground.tier == "confirmed" for ground in grounds)
    return confirmed, len(grounds) - confirmed
