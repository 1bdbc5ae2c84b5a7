"""How this process does, for operators: small charts of its last hour, and what waits by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select

from shared.auth import staff
from shared.backbone import outbox
from shared.events import Text
from shared.hindrances import HINDRANCES
from shared.requests import Tx, render
from shared.samples import SAMPLES
from shared.web.languages import choose
from shared.web.lines import Drawing, Unit, draw

router = APIRouter(include_in_schema=False)
OLDEST = 10


@dataclass(frozen=True)
class Figure:
    """One of the figures: what it is called, and one line on what is normal."""

    name: str
    unit: Unit
    title: Text
    normal: Text


def _figure(name: str, unit: Unit, title: tuple[str, str, str], normal: tuple[str, str, str]) -> Figure:
    fi, sv, en = title
    return Figure(name, unit, Text(fi=fi, sv=sv, en=en), Text(fi=normal[0], sv=normal[1], en=normal[2]))


FIGURES: Final = (
    _figure(
        "requests",
        "reqps",
        ("Pyyntöjä sekunnissa", "Förfrågningar per sekund", "Requests a second"),
        ("Seuraa sitä, mitä ihmiset tekevät.", "Följer vad människor gör.", "Follows what people do."),
    ),
    _figure(
        "answered",
        "percentunit",
        (
            "Pyynnöt ilman meidän vikaamme",
            "Förfrågningar utan fel hos oss",
            "Requests without a fault of ours",
        ),
        ("100 %.", "100 %.", "100 %."),
    ),
    _figure(
        "request_time",
        "s",
        ("Vastausaika, 95 % alle", "Svarstid, 95 % under", "Time to answer, 95 % within"),
        ("Alle puoli sekuntia.", "Under en halv sekund.", "Below half a second."),
    ),
    _figure(
        "events_handled",
        "cps",
        ("Käsiteltyjä tapahtumia sekunnissa", "Behandlade händelser per sekund", "Events handled a second"),
        (
            "Julkaisun jälkeen paljon, muuten vähän.",
            "Många efter en release, annars få.",
            "Many after a release, else few.",
        ),
    ),
    _figure(
        "events_waiting",
        "short",
        ("Tapahtumia jonossa", "Händelser som väntar", "Events waiting"),
        ("Lähellä nollaa.", "Nära noll.", "Near nought."),
    ),
    _figure(
        "outbox_waiting",
        "short",
        ("Julkaisematta lähtevissä", "Opublicerade i utkorgen", "Unpublished in the outbox"),
        ("Nolla, paitsi hetken.", "Noll, utom för ett ögonblick.", "Nought, but for a moment."),
    ),
    _figure(
        "outbox_oldest",
        "s",
        ("Vanhimman ikä lähtevissä", "Den äldstas ålder i utkorgen", "Age of the oldest in the outbox"),
        ("Alle sekunti.", "Under en sekund.", "Below a second."),
    ),
    _figure(
        "dead_letters",
        "short",
        ("Käsittelemättömiä viestejä", "Obehandlade meddelanden", "Dead letters"),
        ("Nolla.", "Noll.", "Nought."),
    ),
    _figure(
        "connections",
        "percentunit",
        ("Tietokantayhteyksiä käytössä", "Databasanslutningar i bruk", "Database connections in use"),
        ("Alle puolet.", "Under hälften.", "Below half."),
    ),
    _figure(
        "late",
        "s",
        ("Prosessin viive, 99 % alle", "Processens dröjsmål, 99 % under", "Event loop late, 99 % within"),
        ("Alle 50 ms.", "Under 50 ms.", "Below 50 ms."),
    ),
    _figure(
        "memory",
        "bytes",
        ("Muisti", "Minne", "Memory"),
        ("100–350 MB, tasainen.", "100–350 MB, jämnt.", "100–350 MB, level."),
    ),
)


@dataclass(frozen=True)
class Shown:
    """A figure with its chart and its highest value in words."""

    figure: Figure
    chart: Drawing


@router.get("/admin/status", dependencies=[staff("operator")])
async def show_status(request: Request, tx: Tx) -> Response:
    """The figures of this process over the last hour, and the oldest that waits to be published."""
    comma = "." if choose(request) == "en" else ","
    span = SAMPLES.span
    shown = [Shown(one, draw([SAMPLES.series(one.name)], one.unit, span, comma)) for one in FIGURES]
    moments = [datetime.fromtimestamp(at, UTC) for at in span] if span[1] else None
    waiting = await tx.all(
        select(outbox.c.type, outbox.c.key, outbox.c.occurred_at)
        .where(outbox.c.published_at.is_(None))
        .order_by(outbox.c.position)
        .limit(OLDEST)
    )
    return render(
        request, "status.html", shown=shown, moments=moments, waiting=waiting, hindered=HINDRANCES.now()
    )


@router.get("/admin/api/figures", dependencies=[staff()])
async def tell_figures() -> dict[str, Any]:
    """The last known value of each figure of this process, None where there is none; seconds and shares."""
    return {"figures": SAMPLES.newest(), "hindered": HINDRANCES.now()}
