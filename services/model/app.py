"""Wiring of the model service."""

from __future__ import annotations

from pathlib import Path

from services.model import admin, commands, public, store
from services.model.handlers import events
from services.model.timers import timers
from shared.events import Text
from shared.gauges import Counted
from shared.http import Service
from shared.rebuild import Derived

service = Service(
    name="model",
    title=Text(fi="Etätyön malli", en="Remote-work model", sv="Modell för distansarbete"),
    folder=Path(__file__).parent,
    events=events,
    routers=(public.router, *admin.routers),
    timers=timers,
    # Where recommendations stand follows from the replicas; decisions, wording and versions are our own.
    derived=Derived(store.REPLICAS, commands.judge_anew),
    work_waiting=(store.count_stale,),
    counted={"recommendations": Counted(store.count_by_status)},
)
