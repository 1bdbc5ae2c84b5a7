"""Wiring of the campaign service."""

from __future__ import annotations

from pathlib import Path

from services.campaign import admin, public
from services.campaign.handlers import events
from services.campaign.timers import timers
from shared.events import Text
from shared.http import Service

service = Service(
    name="campaign",
    title=Text(fi="Kampanja", en="Campaign", sv="Kampanj"),
    folder=Path(__file__).parent,
    events=events,
    routers=(*public.routers, *admin.routers),
    timers=timers,
)
