"""Reasons: in words, why a rule fired or did not."""

from __future__ import annotations

from typing import Final, Literal

from services.survey.verdicts import Reason
from shared.events import Text

# What staff can ask for: the reasons, and whether the figure that was judged is a former one.
Why = Reason | Literal["held"]

REASONS: Final[dict[Why, Text]] = {
    "confirmed": Text(
        fi="vahvistettu: kierroksen vahvistetuista havainnoista enintään 5 % on vääriä",
        en="confirmed: at most 5 % of the round's confirmed findings are false",
        sv="bekräftat: högst 5 % av omgångens bekräftade iakttagelser är falska",
    ),
    "indicated": Text(
        fi="suuntaa antava, ei vahvistettu", en="indicated, not confirmed", sv="riktgivande, inte bekräftat"
    ),
    "covered": Text(
        fi="laajemman segmentin vahvistettu havainto sanoo saman",
        en="the confirmed finding of a wider segment says the same",
        sv="den bekräftade iakttagelsen om ett större segment säger samma sak",
    ),
    "not_found": Text(
        fi="luku ei yllä säännön rajaan",
        en="the figure does not reach the bound of the rule",
        sv="siffran når inte regelns gräns",
    ),
    "too_uncertain": Text(
        fi="liian epävarma: sattuma riittää selitykseksi",
        en="too uncertain: chance is enough to explain it",
        sv="för osäkert: slumpen räcker som förklaring",
    ),
    "not_confirmed": Text(
        fi="yksin selvä, mutta ei vahvistettu 5 prosentin tasolla, kun kysytään näin monta asiaa",
        en="clear by itself, but not confirmed at 5 % among as many questions as the round asks",
        sv="tydligt i sig, men inte bekräftat på 5 procents nivå bland så många frågor",
    ),
    "not_tested": Text(
        fi="usean luokittelun segmenteistä annetaan vain suuntaa antavia havaintoja",
        en="segments of several dimensions can only be indicated",
        sv="om segment av flera indelningar ges bara riktgivande iakttagelser",
    ),
    "too_few": Text(fi="liian vähän vastanneita", en="too few answered", sv="för få har svarat"),
    "suppressed": Text(
        fi="lukua ei julkaista, koska se voisi kertoa yksittäisistä vastaajista",
        en="the figure is withheld because it could tell of single respondents",
        sv="siffran publiceras inte eftersom den kunde berätta om enskilda svarande",
    ),
    "drift": Text(
        fi="aiemmat ja myöhemmät vastaukset eroavat toisistaan",
        en="early and late answers differ",
        sv="tidiga och sena svar skiljer sig",
    ),
    "cannot_say": Text(
        fi="kaikki vastaukset ovat samanlaisia: virhettä ei voi arvioida",
        en="all answers are alike: their error cannot be told",
        sv="alla svar är lika: felet kan inte bedömas",
    ),
    "no_former": Text(
        fi="edellinen kierros ei näytä lukua, johon verrata",
        en="the round before shows no figure to compare with",
        sv="föregående omgång visar ingen siffra att jämföra med",
    ),
    "held": Text(
        fi="aiempi luku on voimassa, koska alle viisi vastaajaa on muuttunut",
        en="the former figure stands because fewer than five have changed",
        sv="den tidigare siffran gäller eftersom färre än fem har ändrats",
    ),
}

_FIGURE: Final = Text(
    fi="Luku on {value}, väli {low}–{high}; säännön raja on {bound}. ",
    en="The figure is {value}, interval {low}–{high}; the bound of the rule is {bound}. ",
    sv="Siffran är {value}, intervall {low}–{high}; regelns gräns är {bound}. ",
)
_SHRUNK: Final = Text(
    fi="Kohti aluetta vedetty luku on {value}, väli {low}–{high} 80 prosentin varmuudella; säännön raja on "
    "{bound}.",
    en="Drawn towards the region the figure is {value}, interval {low}–{high} at 80 %; the bound of the rule "
    "is {bound}.",
    sv="Draget mot regionen är siffran {value}, intervall {low}–{high} med 80 procents säkerhet; regelns "
    "gräns är {bound}.",
)


def _after(head: Text, fi: str, en: str, sv: str) -> Text:
    return Text(fi=head.fi + fi, en=head.en + en, sv=head.sv + sv)


# value, low, high: the figure as it would be published. bound: in words. least, needed: p / share.
DETAILS: Final[dict[Reason, Text]] = {
    "confirmed": _after(
        _FIGURE,
        "p / osuus on pienimmillään {least}.",
        "p / share is {least} at its smallest.",
        "p / andel är som minst {least}.",
    ),
    "indicated": _SHRUNK,
    "covered": _SHRUNK,
    "not_found": _FIGURE,
    "too_uncertain": _after(
        _FIGURE,
        "p on {p}; yksinkin kysyttynä sallittaisiin enintään 0,05.",
        "p is {p}; asked all by itself at most 0.05 would be allowed.",
        "p är {p}; även ensamt skulle högst 0,05 tillåtas.",
    ),
    "not_confirmed": _after(
        _FIGURE,
        "p / osuus on pienimmillään {least}; vahvistamiseen tarvittaisiin nyt {needed}.",
        "p / share is {least} at its smallest; to confirm it now {needed} would be needed.",
        "p / andel är som minst {least}; för bekräftelse krävs nu {needed}.",
    ),
    "too_few": Text(
        fi="Vastanneita on {band}; tarvitaan {side} kummallakin puolella ja {units} koko kierroksella.",
        en="{band} answered; needed are {side} on each side and {units} in the whole round.",
        sv="{band} har svarat; det krävs {side} på vardera sidan och {units} i hela omgången.",
    ),
}

# By the sign of a bound.
SIDES: Final = {
    1: Text(fi="yli {null}", en="above {null}", sv="över {null}"),
    -1: Text(fi="alle {null}", en="below {null}", sv="under {null}"),
    0: Text(
        fi="yli {null} suuntaan tai toiseen",
        en="more than {null} either way",
        sv="mer än {null} åt något håll",
    ),
}
