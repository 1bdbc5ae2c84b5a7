"""Certainty and strength of a recommendation by published rules, with the reason of every step."""

from __future__ import annotations

from services.model.evidence import NEEDS, Table
from services.model.thresholds import (
    ENOUGH_OUTCOMES,
    ENOUGH_ROUNDS,
    LADDER,
    MOST_FROM_ONE_ROUND,
    STRONG_FROM,
)
from shared.events import Certainty, Text, Value
from shared.events.model import Strength

STRENGTHS: tuple[Strength, ...] = ("good_practice", "conditional", "strong")

START = Text(
    fi="Lähtökohtana on varmin puoltava havainto.",
    en="It starts from the firmest finding that supports it.",
    sv="Utgångspunkten är det säkraste stödjande resultatet.",
)
INDIRECT = Text(
    fi="Laskee yhden askeleen: mikään ei vielä osoita, että juuri tämä käytäntö auttaa.",
    en="One step down: nothing shows yet that this very practice helps.",
    sv="Ett steg ned: ingenting visar ännu att just denna praxis hjälper.",
)
CONTRADICTED = Text(
    fi="Laskee yhden askeleen: osa näytöstä puhuu sitä vastaan.",
    en="One step down: part of the evidence speaks against it.",
    sv="Ett steg ned: en del av underlaget talar emot.",
)
REPEATED = Text(
    fi=f"Nousee yhden askeleen: sama kysymys tukee sitä vähintään {ENOUGH_ROUNDS} kierroksella.",
    en=f"One step up: the same question supports it in at least {ENOUGH_ROUNDS} rounds.",
    sv=f"Ett steg upp: samma fråga stöder den i minst {ENOUGH_ROUNDS} omgångar.",
)
HELPED = Text(
    fi=f"Nousee yhden askeleen: vähintään {ENOUGH_OUTCOMES} seurannassa käytäntö säilyi ja tilanne parani.",
    en=f"One step up: in at least {ENOUGH_OUTCOMES} follow-ups the practice was kept and things got better.",
    sv=f"Ett steg upp: i minst {ENOUGH_OUTCOMES} uppföljningar behölls praxisen och läget blev bättre.",
)
CAPPED = Text(
    fi="Ei nouse korkeaksi ennen kuin toinen kierros tai riittävä määrä seurantoja tukee sitä.",
    en="Not high before a second round or enough follow-ups support it.",
    sv="Inte hög förrän en andra omgång eller tillräckligt många uppföljningar stöder den.",
)
NOTHING = Text(
    fi="Mikään vahvistettu havainto ei tue sitä nyt.",
    en="No confirmed finding supports it now.",
    sv="Inget bekräftat resultat stöder den nu.",
)


class Grade(Value):
    """What the rules say, and why."""

    certainty: Certainty
    strength: Strength
    reasons: tuple[Text, ...]


def grade(table: Table, *, practice: str) -> Grade:
    """The grade of a recommendation of `practice` (empty: none) that stands on `table`."""
    certainty, reasons = grade_certainty(table, practice=practice)
    return Grade(certainty=certainty, strength=grade_strength(table, certainty), reasons=reasons)


def grade_certainty(table: Table, *, practice: str) -> tuple[Certainty, tuple[Text, ...]]:
    """Start from the firmest supporting finding, take the steps that apply, then the cap."""
    if not table.of("supports"):
        return LADDER[0], (NOTHING,)
    steps = _steps(table, practice)
    level = max(LADDER.index(row.certainty) for row in table.of("supports")) + sum(up for up, _ in steps)
    most = len(LADDER) - 1 if {REPEATED, HELPED} & {why for _, why in steps} else _cap()
    reasons = (START, *(why for _, why in steps), *((CAPPED,) if level > most else ()))
    return LADDER[max(0, min(level, most))], reasons


def grade_strength(table: Table, certainty: Certainty) -> Strength:
    """Strong: a need, seen to work, firm enough, unopposed. Good practice: found good, no need seen."""
    is_needed = any(row.rule in NEEDS for row in table.of("supports"))
    if table.of("supports") and not is_needed and not _helped(table):
        return "conditional" if is_opposed(table) else "good_practice"
    is_firm = LADDER.index(certainty) >= LADDER.index(STRONG_FROM)
    return "strong" if is_firm and is_shown_to_help(table) and not is_opposed(table) else "conditional"


def is_shown_to_help(table: Table) -> bool:
    """Workplaces found the practice good, or follow-ups say that it helped."""
    return _helped(table) or any(row.rule == "practice" for row in table.of("supports"))


def is_opposed(table: Table) -> bool:
    """A finding or the outcomes speak against it."""
    return bool(table.of("against")) or (table.outcomes is not None and table.outcomes.verdict == "against")


def is_repeated(table: Table) -> bool:
    """The same question supports it in enough rounds, each independently of the others.

    Generated answers never repeat what people said, and who was coached on it does not confirm it.
    """
    found: dict[tuple[str, bool], set[str]] = {}
    for row in (row for row in table.of("supports") if not row.coached):
        found.setdefault((row.question, row.synthetic), set()).add(row.round)
    return any(len(rounds) >= ENOUGH_ROUNDS for rounds in found.values())


def is_weaker(now: Grade, before: Grade) -> bool:
    """Whether the rules say less than they did."""
    return LADDER.index(now.certainty) < LADDER.index(before.certainty) or (
        STRENGTHS.index(now.strength) < STRENGTHS.index(before.strength)
    )


def _steps(table: Table, practice: str) -> list[tuple[int, Text]]:
    possible = (
        (bool(practice) and not is_shown_to_help(table), -1, INDIRECT),
        (is_opposed(table), -1, CONTRADICTED),
        (is_repeated(table) and not is_opposed(table), 1, REPEATED),
        (_helped(table) and table.outcomes is not None and table.outcomes.enough, 1, HELPED),
    )
    return [(step, why) for applies, step, why in possible if applies]


def _helped(table: Table) -> bool:
    return table.outcomes is not None and table.outcomes.verdict == "supports"


def _cap() -> int:
    return LADDER.index(MOST_FROM_ONE_ROUND)
