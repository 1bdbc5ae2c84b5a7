"""Wiring of the survey service."""

from __future__ import annotations

from pathlib import Path

from services.survey import admin, public
from services.survey.handlers import events
from services.survey.store import counts
from services.survey.store.replicas import REPLICAS
from services.survey.timers import timers
from shared.events import Text
from shared.gauges import Counted
from shared.http import Service
from shared.rebuild import Derived

service = Service(
    name="survey",
    title=Text(fi="Kysely", en="Survey", sv="Enkät"),
    folder=Path(__file__).parent,
    events=events,
    routers=(*public.routers, *admin.routers),
    timers=timers,
    derived=Derived(REPLICAS),
    findings=counts.FINDINGS,
    counted={
        "rounds": Counted(counts.count_rounds),
        "insights": Counted(counts.count_insights),
        "answers": Counted(counts.count_released),
    },
)
