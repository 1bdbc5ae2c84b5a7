"""Wiring of the model service."""

from __future__ import annotations

from pathlib import Path

from services.model import admin, public, store
from services.model.handlers import events
from services.model.timers import timers
from shared.events import Text
from shared.http import Service

service = Service(
    name="model",
    title=Text(fi="Etätyön malli", en="Remote-work model", sv="Modell för distansarbete"),
    folder=Path(__file__).parent,
    events=events,
    routers=(public.router, *admin.routers),
    timers=timers,
    work_waiting=(store.count_stale,),
)
