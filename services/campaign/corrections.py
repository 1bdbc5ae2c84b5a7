"""What readers are told when a post changed, is on hold or was taken back."""

from __future__ import annotations

from typing import Final, Literal

from services.campaign.grounds import Ground, compare
from shared.events import Figure, InsightReleased, Text

HeldBecause = Literal["retracted", "restated", "advice", "revised", "staff"]

_HELD: Final[dict[HeldBecause, Text]] = {
    "retracted": Text(
        fi="Tämä julkaisu on tauolla: havainto, johon se nojasi, ei enää päde nykyisten vastausten valossa.",
        en="This post is on hold: a finding that it stood on no longer holds in the light of the answers.",
        sv="Detta inlägg är pausat: en iakttagelse som det byggde på håller inte längre i ljuset av svaren.",
    ),
    "restated": Text(
        fi="Tämä julkaisu on tauolla: havainto, johon se nojasi, on muuttunut. Toimitus tarkistaa tekstin.",
        en="This post is on hold: a finding that it stood on has changed. The editors are checking the text.",
        sv="Detta inlägg är pausat: en iakttagelse bakom det har ändrats. Redaktionen granskar texten.",
    ),
    "advice": Text(
        fi="Tämä julkaisu on tauolla: suositus, jota se lainasi, on otettu uudelleen arvioitavaksi.",
        en="This post is on hold: the recommendation that it quoted is being reviewed.",
        sv="Detta inlägg är pausat: rekommendationen som det citerade granskas på nytt.",
    ),
    "revised": Text(
        fi="Tämä julkaisu on tauolla: sen näyttö on päivittynyt. Toimitus tarkistaa tekstin.",
        en="This post is on hold: its evidence was updated. The editors are checking the text.",
        sv="Detta inlägg är pausat: underlaget har uppdaterats. Redaktionen granskar texten.",
    ),
    "staff": Text(
        fi="Tämä julkaisu on tauolla. Toimitus tarkistaa sitä.",
        en="This post is on hold. The editors are checking it.",
        sv="Detta inlägg är pausat. Redaktionen granskar det.",
    ),
}

REVIEWED: Final = Text(
    fi="Korjattu: toimitus on tarkistanut tekstin uuden näytön mukaan.",
    en="Corrected: the editors have checked the text against the new evidence.",
    sv="Rättat: redaktionen har granskat texten mot det nya underlaget.",
)

WITHDRAWN: Final = Text(
    fi="Toimitus on poistanut tämän julkaisun.",
    en="The editors have withdrawn this post.",
    sv="Redaktionen har dragit tillbaka detta inlägg.",
)


def held(because: HeldBecause | None) -> Text:
    """Why a post is on hold."""
    return _HELD[because or "staff"]


def corrected(note: Text | None, written: Ground, now: Ground) -> Text:
    """What changed since the text was published: what staff said, then each figure then and now."""
    parts = [note] if note else []
    if compare(written, now) != "same":
        parts.append(_changed(written, now))
    return Text(
        fi=" ".join(part.fi for part in parts),
        en=" ".join(part.en for part in parts),
        sv=" ".join(part.in_language("sv") for part in parts),
    )


def figure_in_words(figure: Figure, language: str) -> str:
    """`3,6 (3,4–3,8; 1–5)`: estimate, interval and scale; shares with their sign of per cent."""
    percent = {"fi": " %", "en": "%", "sv": " %"}[language] if _is_percent(figure) else ""
    low, high = _number(figure.low, language), _number(figure.high, language)
    between = "–" if figure.low >= 0 else " – "
    scale = f"; {figure.unit}" if figure.unit and not percent else ""
    return f"{_number(figure.estimate, language)}{percent} ({low}{between}{high}{percent}{scale})"


def _changed(written: Ground, now: Ground) -> Text:
    current = {one.insight: one for one in now.insights}
    moved = [
        (old, current[old.insight]) for old in written.insights if old.figure != current[old.insight].figure
    ]
    if not moved:
        return Text(
            fi="Korjattu: sanamuotoja on päivitetty näytön mukaan.",
            en="Corrected: wordings were updated with the evidence.",
            sv="Rättat: formuleringar har uppdaterats enligt underlaget.",
        )
    day = max(new.released_on for _, new in moved)
    return Text(
        fi=f"Korjattu: luvut on päivitetty {day.day}.{day.month}.{day.year} julkaistuista tuloksista. "
        + _moves(moved, "fi", "ennen", "nyt"),
        en=f"Corrected: figures were updated from the results released on {day.day} {day:%B %Y}. "
        + _moves(moved, "en", "before", "now"),
        sv=f"Rättat: siffrorna har uppdaterats från resultaten av den {day.day}.{day.month}.{day.year}. "
        + _moves(moved, "sv", "förut", "nu"),
    )


def _moves(
    moved: list[tuple[InsightReleased, InsightReleased]], language: str, before: str, after: str
) -> str:
    return " ".join(
        f"{before.capitalize()} {figure_in_words(old.figure, language)}, "
        f"{after} {figure_in_words(new.figure, language)}."
        for old, new in moved
    )


def _is_percent(figure: Figure) -> bool:
    return figure.kind == "share" or figure.unit.strip() == "%"


def _number(value: float, language: str) -> str:
    text = f"{value:.1f}".removesuffix(".0").replace("-", "−")
    return text if language == "en" else text.replace(".", ",")
