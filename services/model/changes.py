"""What a new model version changes, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from services.model.entries import Entry
from shared.events import Text

ADDED = Text(fi="Uutta", en="New", sv="Nytt")
REGRADED = Text(fi="Vahvuus tai näytön aste muuttui", en="Strength or certainty changed", sv="Ny gradering")
REWORDED = Text(fi="Sanamuoto muuttui", en="Reworded", sv="Ny formulering")
LEFT_OUT = Text(fi="Jätetty pois", en="Left out", sv="Utelämnat")
EVIDENCE_ONLY = Text(
    fi="Suositukset ovat ennallaan, näyttö on päivitetty.",
    en="The recommendations are as before, their evidence was brought up to date.",
    sv="Rekommendationerna är oförändrade, underlaget har uppdaterats.",
)


def differs(entries: Sequence[Entry], before: Sequence[Entry]) -> bool:
    """Whether a new version would say anything new."""
    return [_content(e) for e in entries] != [_content(e) for e in before]


def describe_changes(entries: Sequence[Entry], before: Sequence[Entry]) -> Text:
    """What changed since the last version, in plain words."""
    old = {e.key: e for e in before}
    new = {e.key: e for e in entries}
    parts = (
        _part(ADDED, [e.title for key, e in new.items() if key not in old]),
        _part(REGRADED, [e.title for key, e in new.items() if key in old and e.decided != old[key].decided]),
        _part(REWORDED, [e.title for key, e in new.items() if key in old and e.text != old[key].text]),
        _part(LEFT_OUT, [e.title for key, e in old.items() if key not in new]),
    )
    said = [part for part in parts if part] or [EVIDENCE_ONLY]
    sv = " ".join(part.sv for part in said) if all(part.sv for part in said) else ""
    return Text(fi=" ".join(p.fi for p in said), en=" ".join(p.en for p in said), sv=sv)


def _content(entry: Entry) -> tuple[object, ...]:
    outcomes = entry.table.outcomes
    return (entry.key, entry.title, entry.text, entry.decided, entry.table.insights, outcomes)


def _part(heading: Text, titles: Sequence[Text]) -> Text | None:
    if not titles:
        return None
    sv = f"{heading.sv}: {'; '.join(t.sv for t in titles)}." if all(t.sv for t in titles) else ""
    fi, en = ("; ".join(getattr(t, language) for t in titles) for language in ("fi", "en"))
    return Text(fi=f"{heading.fi}: {fi}.", en=f"{heading.en}: {en}.", sv=sv)
