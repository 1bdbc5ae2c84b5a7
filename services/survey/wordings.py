"""Wordings: the steps behind a finding, in the languages of the region."""

from __future__ import annotations

from typing import Final, Literal

from services.survey.certainty import Doubt
from shared.events import Certainty, Text

StepName = Literal[
    "question",
    "answers",
    "tallies",
    "weights",
    "estimate",
    "errors",
    "interval",
    "rule",
    "looks",
    "rate",
    "release",
    "certainty",
    "history",
]


def _t(fi: str, en: str, sv: str) -> Text:
    return Text(fi=fi, en=en, sv=sv)


TITLES: Final[dict[StepName, Text]] = {
    "question": _t("Kysymys", "Question", "Fråga"),
    "answers": _t("Vastaukset", "Answers", "Svar"),
    "tallies": _t("Summat soluittain", "Sums by cell", "Summor per cell"),
    "weights": _t("Painot", "Weights", "Vikter"),
    "estimate": _t("Estimaatti", "Estimate", "Estimat"),
    "errors": _t("Virheet", "Errors", "Fel"),
    "interval": _t("Väli", "Interval", "Intervall"),
    "rule": _t("Sääntö", "Rule", "Regel"),
    "looks": _t("Katselut", "Looks", "Granskningar"),
    "rate": _t("Kierroksen kaikki kysymykset", "All questions of the round", "Alla frågor i omgången"),
    "release": _t("Julkaisu", "Release", "Publicering"),
    "certainty": _t("Varmuus", "Certainty", "Säkerhet"),
    "history": _t("Versiot", "Revisions", "Versioner"),
}

COLUMNS: Final[dict[str, Text]] = {
    "cell": _t("Solu", "Cell", "Cell"),
    "units": _t("Vastanneita", "Answered", "Svarande"),
    "sum": _t("Σ y", "Σ y", "Σ y"),
    "squares": _t("Σ y²", "Σ y²", "Σ y²"),
    "weight": _t("Yhden paino", "Weight of one", "Vikt för en"),
    "category": _t("Luokka", "Category", "Kategori"),
    "counted": _t("Kehikossa", "In the frame", "I ramen"),
    "weighted": _t("Painojen summa", "Sum of weights", "Viktsumma"),
    "number": _t("Julkaisu", "Release", "Publicering"),
    "share": _t("Osuus", "Share", "Andel"),
    "p": _t("p", "p", "p"),
    "spent": _t("p / osuus", "p / share", "p / andel"),
    "least": _t("Pienin tähän asti", "Smallest so far", "Minst hittills"),
    "verdict": _t("Ratkaisu", "Verdict", "Utslag"),
    "revision": _t("Versio", "Revision", "Version"),
    "standing": _t("Tila", "Status", "Läge"),
    "tier": _t("Taso", "Tier", "Nivå"),
    "figure": _t("Luku", "Figure", "Siffra"),
    "day": _t("Päivä", "Day", "Dag"),
}

ASKED: Final = _t("”{what}” – {where}.", "“{what}” – {where}.", "”{what}” – {where}.")
SEALED: Final = _t(
    "Vastausten avaimellinen tiiviste on {hash}. Mukana ovat vastaukset numeroon {watermark} asti.",
    "The keyed hash of the answers is {hash}. Those up to number {watermark} count.",
    "Svarens nyckelhash är {hash}. Svaren till och med nummer {watermark} ingår.",
)
ERASED: Final = _t(
    "Niistä on sittemmin poistettu {count} vastanneen vastauksia: laskelma on tehty jäljellä olevista.",
    "Answers of {count} units among them were erased since: the steps use those that are left.",
    "Av dem har svar från {count} enheter raderats sedan dess: stegen är räknade på dem som finns kvar.",
)
NOTHING_LEFT: Final = _t(
    "Laskelmaa ei voi tehdä uudelleen: vastauksia ei ole enää jäljellä tai niitä ei voi painottaa.",
    "The calculation cannot be repeated: no answers are left, or they cannot be weighted.",
    "Beräkningen kan inte upprepas: inga svar finns kvar eller de kan inte viktas.",
)
SUMMED: Final = _t(
    "Segmentissä vastasi {units}. Solut, jotka kertoisivat yksittäisistä vastaajista, on laskettu yhteen.",
    "{units} answered in the segment. Cells that would tell of single respondents are counted together.",
    "I segmentet svarade {units}. Celler som skulle berätta om enskilda svarande är sammanräknade.",
)
TOGETHER: Final = _t("Muut yhteensä", "All others together", "Övriga sammanlagt")
RAKED: Final = _t(
    "Painot sovitetaan kehikon jakaumiin: {parameters} riippumatonta ehtoa, yhteensä {total}. Tehokas n on "
    "{effective} vastanneista {units}, tehokkuus {efficiency} %.",
    "Weights are fitted to the frame's margins: {parameters} independent totals, {total} in all. Effective n "
    "is {effective} of {units}, efficiency {efficiency} %.",
    "Vikterna anpassas till ramens marginaler: {parameters} oberoende villkor, totalt {total}. Effektivt n "
    "är {effective} av {units}, effektivitet {efficiency} %.",
)
FEW: Final = _t("alle 5", "fewer than 5", "färre än 5")
MEAN: Final = _t(
    "Painotettu keskiarvo Σ w·y / Σ w on {sum} / {weight} = {value}.",
    "The weighted mean Σ w·y / Σ w is {sum} / {weight} = {value}.",
    "Det viktade medeltalet Σ w·y / Σ w är {sum} / {weight} = {value}.",
)
DIFFERENCE: Final = _t(
    "Muualla luku on {rest}: ero on {value}.",
    "Elsewhere the figure is {rest}: the difference is {value}.",
    "På andra håll är siffran {rest}: skillnaden är {value}.",
)
CHANGE: Final = _t(
    "Edellisellä kierroksella luku oli {rest}: muutos on {value}.",
    "In the round before the figure was {rest}: the change is {value}.",
    "I föregående omgång var siffran {rest}: förändringen är {value}.",
)
R_ERROR: Final = _t(
    "Otanta-asetelman keskivirhe, jossa jakaumien tuntemus on mukana (kuten R:n survey), on {se}.",
    "The design-based standard error that knows of the margins (as R's survey gives it) is {se}.",
    "Designens medelfel som känner marginalerna (som R:s survey ger det) är {se}.",
)
JUDGING_ERROR: Final = _t(
    "Ratkaisut tehdään pienen otoksen keskivirheellä {error} ({df} vapausastetta, vinous {skew}); Kishin "
    "tehokas n on {kish}, ja vastanneet ovat {covered} % äärellisestä perusjoukosta.",
    "Decisions use the small-sample error {error} ({df} degrees of freedom, skewness {skew}); Kish's "
    "effective n is {kish}, and {covered} % of the finite population answered.",
    "Avgöranden görs med småsampelfelet {error} ({df} frihetsgrader, skevhet {skew}); Kishs effektiva n är "
    "{kish} och {covered} % av den ändliga populationen har svarat.",
)
REPEATED: Final = _t(
    "Toistettu väli virhetasolla {error} ({share} × {level}): {low}–{high}.",
    "Repeated interval at the error level {error} ({share} × {level}): {low}–{high}.",
    "Upprepat intervall på felnivån {error} ({share} × {level}): {low}–{high}.",
)
SHRUNK: Final = _t(
    "Kohti aluetta vedettynä {value}, 80 prosentin väli {low}–{high}.",
    "Drawn towards the region {value}, 80 % interval {low}–{high}.",
    "Draget mot regionen {value}, 80-procentsintervall {low}–{high}.",
)
PUBLISHED: Final = _t(
    "Julkaistu pyöristettynä: {value}, väli ulospäin pyöristettynä {low}–{high}, vastanneita {band}.",
    "Published rounded: {value}, interval rounded outward {low}–{high}, answers {band}.",
    "Publicerat avrundat: {value}, intervall avrundat utåt {low}–{high}, svarande {band}.",
)
CLAIM: Final = _t(
    "Sääntö väittää, että perusjoukon todellinen luku on {level}; testataan marginaalin kanssa {null}.",
    "The rule claims that the true figure of the population is {level}; with its margin, tested is {null}.",
    "Regeln hävdar att populationens verkliga siffra är {level}; med marginal testas {null}.",
)
LOOKED: Final = _t(
    "Tämän katselun p on {p} ja osuus virhetasosta {share}; pienin p / osuus on {least}.",
    "At this look p is {p} and the share of the error level {share}; the smallest p / share is {least}.",
    "Vid denna granskning är p {p} och andelen av felnivån {share}; minsta p / andel är {least}.",
)
HELD: Final = _t(
    "Alle viisi vastaajaa on muuttunut: ratkaistiin julkaisun {number} luvusta.",
    "Fewer than five have changed: the figure of release {number} was judged.",
    "Färre än fem har ändrats: siffran från publicering {number} bedömdes.",
)
RANKED: Final = _t(
    "Pienimpien joukossa se on {rank}. kaikkiaan {tested} testatusta; sen raja on {rate} × {rank} / {tested} "
    "= {threshold}. Rajan {cut} alle pääsi {found} (Benjamini & Hochberg 1995).",
    "By size it is number {rank} of {tested} tested; the threshold there is {rate} × {rank} / {tested} = "
    "{threshold}. {found} passed, at {cut} (Benjamini & Hochberg 1995).",
    "I storleksordning är det nummer {rank} av {tested} testade; tröskeln där är {rate} × {rank} / {tested} "
    "= {threshold}. {found} kom under gränsen {cut} (Benjamini & Hochberg 1995).",
)
UNTESTED: Final = _t(
    "Usean luokittelun segmenttiä ei testata: siitä annetaan vain suuntaa antavia havaintoja.",
    "A segment of several dimensions is not tested: it can only be indicated.",
    "Ett segment av flera indelningar testas inte: det ger bara riktgivande iakttagelser.",
)
RELEASED: Final = _t(
    "Julkaisu {release}, {day}. Julkaisuportti: {verdict}.",
    "Release {release}, {day}. Release gate: {verdict}.",
    "Publicering {release}, {day}. Publiceringsgrind: {verdict}.",
)
GATE: Final[dict[str, Text]] = {
    "fresh": _t("uusi luku sai lähteä", "the new figure may leave", "den nya siffran får lämna"),
    "held": _t("aiempi luku on voimassa", "the former figure stands", "den tidigare siffran gäller"),
    "empty": _t("kukaan ei vastannut", "nobody answered", "ingen svarade"),
    "small": _t("alle viisi vastasi", "fewer than five answered", "färre än fem svarade"),
    "dominated": _t("yksi painaa yli puolet", "one carries over half of the weight", "en väger över hälften"),
    "unanimous": _t("vastaukset ovat liian samanlaisia", "answers are too much alike", "svaren är för lika"),
    "complementary": _t(
        "siitä voisi päätellä muita", "others could be worked out from it", "andra kunde härledas"
    ),
}
CERTAIN: Final[dict[Certainty, Text]] = {
    "high": _t("suuri", "high", "stor"),
    "moderate": _t("kohtalainen", "moderate", "måttlig"),
    "low": _t("pieni", "low", "liten"),
    "very_low": _t("hyvin pieni", "very low", "mycket liten"),
}
STARTS_HIGH: Final = _t(
    "Varmuus on {certainty}: suuresta lähdetään ja jokainen epäily vie portaan.",
    "Certainty is {certainty}: it starts high and every doubt takes a step.",
    "Säkerheten är {certainty}: den börjar stor och varje tvivel tar ett steg.",
)
NO_DOUBT: Final = _t("Epäilyjä ei ole.", "There are no doubts.", "Det finns inga tvivel.")
DOUBTS: Final[dict[Doubt, Text]] = {
    "few_units": _t(
        "Vastanneita on {value}, alle {limit}.",
        "{value} answered, below {limit}.",
        "{value} svarade, under {limit}.",
    ),
    "wide_interval": _t(
        "Väli ulottuu {value} asteikosta suuntaansa, yli {limit}.",
        "The interval reaches {value} of the scale each way, beyond {limit}.",
        "Intervallet når {value} av skalan åt varje håll, över {limit}.",
    ),
    "costly_weights": _t(
        "Painotuksen tehokkuus on {value}, alle {limit}.",
        "The efficiency of the weighting is {value}, below {limit}.",
        "Viktningens effektivitet är {value}, under {limit}.",
    ),
    "poor_weights": _t(
        "Tehokkuus on {value}, alle {limit}: vastaukset edustavat huonosti.",
        "Efficiency is {value}, below {limit}: answers represent poorly.",
        "Effektiviteten är {value}, under {limit}: svaren representerar dåligt.",
    ),
    "uncovered": _t(
        "Luokissa, joista ei vastannut kukaan, on {value} perusjoukosta, yli {limit}.",
        "Categories that nobody answered from hold {value} of the population, beyond {limit}.",
        "Kategorier utan svarande rymmer {value} av populationen, över {limit}.",
    ),
    "drift": _t(
        "Aiemmat ja myöhemmät vastaukset eroavat: p on {value}, alle {limit}.",
        "Early and late answers differ: p is {value}, below {limit}.",
        "Tidiga och sena svar skiljer sig: p är {value}, under {limit}.",
    ),
    "coached": _t(
        "Aiheessa valmennettuja ennen vastaamista on {value} painosta, yli {limit}.",
        "Units coached on the topic before they answered carry {value} of the weight, beyond {limit}.",
        "Enheter som coachats i ämnet före svaret bär {value} av vikten, över {limit}.",
    ),
    "indication": _t(
        "Havainto on suuntaa antava: varmuus on enintään pieni.",
        "It is an indication: certainty is low at best.",
        "Iakttagelsen är riktgivande: säkerheten är högst liten.",
    ),
}
STANDINGS: Final[dict[str, Text]] = {
    "released": _t("kerrottu", "told", "berättad"),
    "revised": _t("muutettu", "revised", "ändrad"),
    "retracted": _t("vedetty takaisin", "retracted", "återkallad"),
}
BECAUSE: Final = _t("{standing}: {reason}", "{standing}: {reason}", "{standing}: {reason}")
WITH_INTERVAL: Final = _t(
    "{value} ({low}–{high}) {unit}", "{value} ({low}–{high}) {unit}", "{value} ({low}–{high}) {unit}"
)
RETRACTIONS: Final[dict[str, Text]] = {
    "erased": _t("vastauksia poistettiin", "answers were erased", "svar raderades"),
    "import_undone": _t("tuonti peruttiin", "an import was undone", "en import ångrades"),
    "frame_corrected": _t("kehikkoa korjattiin", "the frame was corrected", "ramen rättades"),
    "no_longer_holds": _t("ei enää pidä", "no longer holds", "håller inte längre"),
    "demoted": _t("muuttui suuntaa antavaksi", "became an indication", "blev riktgivande"),
    "promoted": _t("vahvistettiin", "was confirmed", "bekräftades"),
}
TIERS: Final[dict[str, Text]] = {
    "confirmed": _t("vahvistettu", "confirmed", "bekräftad"),
    "indication": _t("suuntaa antava", "indication", "riktgivande"),
}
