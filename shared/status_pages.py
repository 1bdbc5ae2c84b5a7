"""How this process does, for operators: small charts of its last hour, and what waits by name."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select

from shared.auth import staff
from shared.backbone import outbox
from shared.db import Transaction
from shared.events import Text
from shared.findings import list_stuck
from shared.hindrances import HINDRANCES
from shared.requests import Tx, render
from shared.samples import SAMPLES, TOLD
from shared.web.languages import choose
from shared.web.lines import Drawing, Unit, draw

router = APIRouter(include_in_schema=False)
OLDEST = 10
ANSWER_SECONDS = 10.0
# Shown where the process has them.
OF_SOME: Final = (*TOLD, "loop_time")

log = logging.getLogger(__name__)


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
        "loop_time",
        "s",
        ("Silmukka, 95 % alle", "Slingan, 95 % under", "The loop, 95 % within"),
        (
            "Sekunteja julkaisun alusta; tyhjää, kun mitään ei julkaistu.",
            "Sekunder från det att en release började; tomt när inget släpptes.",
            "Seconds from what set a release off; gaps where nothing was released.",
        ),
    ),
    _figure(
        "released",
        "short",
        ("Julkaisuja käynnistyksestä", "Releaser sedan starten", "Releases since the start"),
        (
            "Kasvaa kierroksen suunnitelman mukaan.",
            "Växer enligt rundans plan.",
            "Grows as the round's plan asks.",
        ),
    ),
    _figure(
        "retracted",
        "short",
        (
            "Peruttuja havaintoja käynnistyksestä",
            "Återtagna fynd sedan starten",
            "Findings retracted since the start",
        ),
        (
            "Vähän; monta kerralla, kun tuonti perutaan.",
            "Få; många på en gång när en import ångras.",
            "Few; many at once where an import is undone.",
        ),
    ),
    _figure(
        "findings",
        "short",
        ("Voimassa olevia havaintoja", "Gällande fynd", "Findings that stand"),
        ("Kasvaa kierroksen aikana.", "Växer under en runda.", "Grows over a round."),
    ),
    _figure(
        "nodes",
        "short",
        (
            "Viestinvälittäjän solmuja vastaa",
            "Noder av meddelandeförmedlaren som svarar",
            "Nodes of the broker that answer",
        ),
        ("Kaikki: 1 tai 3.", "Alla: 1 eller 3.", "All: 1 or 3."),
    ),
    _figure(
        "partners_behind",
        "short",
        ("Kumppanien lukematta", "Olästa av partner", "Not yet read by partners"),
        (
            "Lähellä nollaa; vain kasvava kumppani ei enää lue.",
            "Nära noll; den som bara växer läser inte längre.",
            "Near nought; what only grows is no longer read.",
        ),
    ),
    _figure(
        "webhooks_behind",
        "short",
        ("Lähettämättä webhookeille", "Inte sänt till webhookar", "Not yet sent to webhooks"),
        ("Lähellä nollaa.", "Nära noll.", "Near nought."),
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
    """The figures of this process over the last hour, what waits to be published, what did not arrive."""
    comma = "." if choose(request) == "en" else ","
    span = SAMPLES.span
    known = SAMPLES.newest()
    shown = [
        Shown(one, draw([SAMPLES.series(one.name)], one.unit, span, comma))
        for one in FIGURES
        if one.name not in OF_SOME or known.get(one.name) is not None
    ]
    moments = [datetime.fromtimestamp(at, UTC) for at in span] if span[1] else None
    waiting = await tx.all(
        select(outbox.c.type, outbox.c.key, outbox.c.occurred_at)
        .where(outbox.c.published_at.is_(None))
        .order_by(outbox.c.position)
        .limit(OLDEST)
    )
    return render(
        request,
        "status.html",
        shown=shown,
        moments=moments,
        waiting=waiting,
        hindered=HINDRANCES.now(),
        hears=_hears(request.app.state.service),
        stuck=await _stuck(request, tx),
    )


def _hears(service: Any) -> bool:
    """Whether it is told of findings, and does not tell them itself."""
    return service.findings is None and service.known_findings is not None


async def _stuck(request: Request, tx: Transaction) -> list[dict[str, Any]] | None:
    """The findings that did not arrive here; None where the broker does not say."""
    service = request.app.state.service
    if not _hears(service):
        return []
    try:
        js = request.app.state.broker.config.connection_state.stream
        async with asyncio.timeout(ANSWER_SECONDS):
            return await list_stuck(tx, service.known_findings, js, service.events.durables())
    except Exception as error:  # noqa: BLE001 - the page shows the rest, and says that this is not known
        log.warning("the broker does not say which findings did not arrive: %s", type(error).__name__)
        return None


@router.get("/admin/api/figures", dependencies=[staff()])
async def tell_figures() -> dict[str, Any]:
    """The last known value of each figure of this process, None where there is none; seconds and shares."""
    return {"figures": SAMPLES.newest(), "hindered": HINDRANCES.now()}
