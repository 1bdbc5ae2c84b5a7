"""Every number that the evidence rests on, with its name and its reason; the page on methods shows them."""

from __future__ import annotations

from dataclasses import dataclass

from shared.events import Text


@dataclass(frozen=True)
class Threshold:
    """One number and why it is what it is."""

    value: float
    reason: Text


def _because(value: float, fi: str, en: str, sv: str) -> Threshold:
    return Threshold(value, Text(fi=fi, en=en, sv=sv))


# Standard errors for judging

PRIOR_DF = _because(
    10,
    "Segmentti lainaa koko alueen vaihtelua kuin sillä olisi 10 vastaajaa enemmän.",
    "A segment borrows the region's variance as if from 10 more units of its own.",
    "Ett segment lånar hela regionens spridning som om det hade 10 svarande till.",
)
LEAST_SPARE_ANSWERS = _because(
    10,
    "Jos tätä harvempi vastaus on saman työpaikan toinen tai myöhempi, ei tiedetä, miten eri lailla saman "
    "työpaikan ihmiset vastaavat. Silloin otosta ei lueta äärellisen joukon osaksi ja välit ovat leveämmät.",
    "With fewer answers beyond the first of a unit nobody can tell how much people of one workplace differ; "
    "then the sample is not taken for a part of a finite population, which makes intervals wider.",
    "Om färre svar än så är ett andra eller senare från samma arbetsplats vet ingen hur olika människor "
    "på samma arbetsplats svarar; då räknas urvalet inte som en del av en ändlig population, och "
    "intervallen blir bredare.",
)

# Looking again and again

FALSE_DISCOVERY_RATE = _because(
    0.05,
    "Kierroksen vahvistetuista havainnoista enintään joka kahdeskymmenes on väärä.",
    "At most one in twenty of the confirmed findings of a round is false.",
    "Högst vart tjugonde av rundans bekräftade fynd är fel.",
)
ERROR_LEVEL = _because(
    0.05,
    "Välit pitävät 95 kierroksessa sadasta kaikissa kierroksen julkaisuissa yhtaikaa.",
    "Intervals hold in 95 of 100 rounds, at all releases of the round together.",
    "Intervallen håller i 95 rundor av 100, i alla rundans publiceringar samtidigt.",
)
INTERIM_SHARE = _because(
    0.15,
    "Suunnitellut väliaikaiset julkaisut saavat käyttää virhetasosta yhteensä 15 prosenttia: enemmän veisi "
    "päättävältä julkaisulta havaintoja.",
    "The planned early releases together may spend 15 per cent of the error level: more would cost the "
    "release at the close findings.",
    "De planerade tidiga publiceringarna får tillsammans använda 15 procent av felnivån: mer skulle kosta "
    "den avslutande publiceringen fynd.",
)
CLOSING_SHARE = _because(
    1 - INTERIM_SHARE.value,
    "Päättävä julkaisu käyttää loput virhetasosta.",
    "The release at the close spends the rest.",
    "Den avslutande publiceringen använder resten.",
)
LEAST_UNITS = _because(
    40,
    "Alle 40 vastaajalla pienen otoksen virheet ovat liian suuria vahvistamiseen.",
    "Below 40 answering units small-sample errors are not small enough to confirm.",
    "Under 40 svarande är felen i ett litet urval för stora för att bekräfta något.",
)
LEAST_ON_A_SIDE = _because(
    15,
    "Segmentissä ja muissa, joihin sitä verrataan, on oltava kummassakin 15 vastaajaa.",
    "A segment, and the rest it is compared with, need 15 answering units each.",
    "Ett segment, och de övriga som det jämförs med, behöver 15 svarande var.",
)
LEAST_ON_A_SIDE_SMALL = _because(
    10,
    "Enintään 150:n perusjoukossa riittää 10, koska enempää tuskin saadaan.",
    "In populations of up to 150, where 15 can hardly be had, 10 are enough.",
    "I populationer på högst 150, där man knappast får 15, räcker 10.",
)
SMALL_POPULATION = _because(
    150,
    "Tähän asti perusjoukko on pieni.",
    "Up to this many units a population counts as small.",
    "Upp till så många räknas en population som liten.",
)

# What counts as a finding: shares of the length of a question's scale, or shares of units

NEED_LEVEL = _because(
    0.5,
    "Kehittämistarve: keskiarvo on asteikon huonolla puoliskolla.",
    "A need: the average is on the bad half of the scale.",
    "Utvecklingsbehov: medelvärdet ligger på skalans dåliga halva.",
)
STRENGTH_LEVEL = _because(
    0.7,
    "Vahvuus: keskiarvo on selvästi asteikon hyvällä puolella.",
    "A strength: the average is well on the good side of the scale.",
    "Styrka: medelvärdet ligger klart på skalans goda sida.",
)
SCALE_MARGIN = _because(
    0.05,
    "Rajan yli asteikon kahdeskymmenesosalla: pienempi ei näy työssä.",
    "Beyond the level by a twentieth of the scale: less makes no difference at work.",
    "En tjugondel av skalan bortom gränsen: mindre märks inte i arbetet.",
)
GAP_LEVEL = _because(
    0.0,
    "Ero: segmentti poikkeaa kaikista muista.",
    "A difference: a segment differs from all the rest.",
    "Skillnad: ett segment avviker från alla övriga.",
)
TREND_LEVEL = _because(
    0.0,
    "Muutos: luku on toinen kuin edellisellä kierroksella.",
    "A change: the figure differs from the round before.",
    "Förändring: siffran är en annan än i rundan före.",
)
BARRIER_LEVEL = _because(
    0.2,
    "Este: yli viidennes nimeää sen.",
    "A barrier: more than a fifth name it.",
    "Hinder: mer än en femtedel nämner det.",
)
PRACTICE_LEVEL = _because(
    0.45,
    "Käytäntö: noin puolet on todennut sen hyväksi.",
    "A practice: about half have found it good.",
    "Praxis: ungefär hälften har funnit den god.",
)
GOOD_PRACTICE_LEVEL = _because(
    0.65,
    "Asteikolla arvioitu käytäntö: keskiarvo on hyvän puolella.",
    "A practice rated on a scale: the average calls it good.",
    "Praxis bedömd på en skala: medelvärdet kallar den god.",
)
SHARE_MARGIN = _because(
    0.05,
    "Rajan yli viidellä sadasta: vastaajien osuuksissa käytetty ero.",
    "Beyond the level by five units in a hundred.",
    "Fem av hundra svarande bortom gränsen.",
)

# Indications

INDICATION_LEVEL = _because(
    0.8,
    "Suuntaa antavan havainnon väli sisältää arvon 80 prosentin todennäköisyydellä.",
    "The interval of an indication holds its value with 80 per cent probability.",
    "Intervallet för ett riktgivande fynd rymmer dess värde med 80 procents sannolikhet.",
)
SEGMENTS_DIFFER = _because(
    1.0,
    "Segmenttien keskiarvojen hajonnan oletetaan olevan enintään yhtä suuri kuin vastaajien oma.",
    "The means of segments are taken to vary at most as much as single units do.",
    "Segmentens medelvärden antas variera högst lika mycket som de enskilda svarandena.",
)

# Certainty

ENOUGH_UNITS = _because(
    100,
    "Varmuus laskee portaan, jos vastaajia on alle 100.",
    "Certainty falls by a step below 100 answering units.",
    "Säkerheten sjunker ett steg under 100 svarande.",
)
WIDE_INTERVAL = _because(
    0.1,
    "Varmuus laskee portaan, jos väli ulottuu yli kymmenesosan asteikosta suuntaansa.",
    "Certainty falls by a step when the interval reaches further than a tenth of the scale.",
    "Säkerheten sjunker ett steg när intervallet sträcker sig längre än en tiondel av skalan.",
)
FAIR_EFFICIENCY = _because(
    0.6,
    "Varmuus laskee portaan, jos painotus vie kaksi viidesosaa vastauksista.",
    "Certainty falls by a step when weighting costs two fifths of the answers.",
    "Säkerheten sjunker ett steg när viktningen kostar två femtedelar av svaren.",
)
POOR_EFFICIENCY = _because(
    0.4,
    "Tämän alla vastaukset edustavat perusjoukkoa huonosti: toinen porras.",
    "Below this the answers hardly represent the population: another step.",
    "Under detta företräder svaren knappast populationen: ett steg till.",
)
MUCH_UNCOVERED = _because(
    0.05,
    "Porras, jos luokissa, joista ei vastannut kukaan, on kahdeskymmenesosa kaikista.",
    "A step when nobody answered in categories that hold a twentieth of all units.",
    "Ett steg när ingen svarade i klasser som rymmer en tjugondel av alla.",
)
DRIFT_DOUBT = _because(
    0.01,
    "Aiemmat ja myöhemmät vastaukset eroavat enemmän kuin sattuma 99 kertaa sadasta: porras.",
    "Early and late answers differ more than chance would in 99 of 100: a step.",
    "Tidiga och sena svar skiljer sig mer än slumpen skulle ge 99 gånger av hundra: ett steg.",
)
DRIFT_STOP = _because(
    0.001,
    "Ne eroavat enemmän kuin sattuma 999 kertaa tuhannesta: mitään ei vahvisteta.",
    "They differ more than chance would in 999 of 1000: nothing is confirmed.",
    "De skiljer sig mer än slumpen skulle ge 999 gånger av tusen: inget bekräftas.",
)

COACHED_SHARE = _because(
    0.1,
    "Porras, jos kymmenesosaa vastanneista oli valmennettu aiheessa ennen vastaamista: toistuva havainto "
    "ei silloin ole riippumaton.",
    "A step when a tenth of those behind the figure had been coached on its topic before they answered: what "
    "is found again is then not found independently.",
    "Ett steg när en tiondel av dem bakom siffran hade coachats i ämnet innan de svarade: det som då "
    "hittas igen är inget oberoende fynd.",
)

# The release gate

K = _because(
    5,
    "Alle viiden vastaajan lukua ei julkaista.",
    "No figure of fewer than five answering units leaves.",
    "Ingen siffra för färre än fem svarande publiceras.",
)
LARGEST_SHARE = _because(
    0.5,
    "Lukua ei julkaista, jos yhdellä vastaajalla on yli puolet painosta.",
    "No figure leaves of which one unit carries more than half of the weight.",
    "Ingen siffra publiceras där en svarande bär mer än hälften av vikten.",
)
PINNED = _because(
    0.2,
    "Kukaan ei saa tietää pienen ryhmän summaa viidennestä tarkemmin siitä, mitä se voisi olla.",
    "Nobody may learn a small group's total to within a fifth of its possible range.",
    "Ingen får veta en liten grupps summa noggrannare än en femtedel av vad den kunde vara.",
)
AUDITED = _because(
    0.5,
    "Julkaisujen yhteinen tarkastus vaatii läpi käymiltään ryhmiltä puolet mahdollisesta vaihtelusta, jotta "
    "muutkaan pienet ryhmät eivät paljastu viidennestä tarkemmin.",
    "The audit of all releases asks half of the possible range for the groups that it looks at, so that no "
    "other small group is known to within a fifth either; attacks on made-up rounds gave the figure.",
    "Granskningen av alla publiceringar kräver hälften av den möjliga variationen för de grupper den går "
    "igenom, så att inte heller andra små grupper blir kända noggrannare än en femtedel; angrepp på "
    "påhittade rundor gav siffran.",
)

# Revisions

MOVED = _because(
    0.5,
    "Lause muuttui, jos luku siirtyi puolet välin entisestä ulottumasta.",
    "A statement changed when its figure moved by half of the interval's former reach.",
    "Ett påstående ändrades när siffran flyttade sig hälften av intervallets tidigare räckvidd.",
)
NARROWED = _because(
    0.75,
    "Lause muuttui, jos väli kapeni alle kolmeen neljäsosaan tai leveni vastaavasti.",
    "A statement changed when its interval shrank below three quarters, or widened so.",
    "Ett påstående ändrades när intervallet krympte under tre fjärdedelar, eller vidgades lika mycket.",
)
