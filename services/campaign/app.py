"""Wiring of the campaign service."""

from __future__ import annotations

from pathlib import Path

from services.campaign import admin, commands, public, store
from services.campaign.handlers import events
from services.campaign.timers import (
    send_webhooks,
    take_contributions,
    timers,
    timers_with,
    watch_partners,
    watch_partners_door,
)
from shared.events import Text
from shared.following import Follower
from shared.gauges import Counted
from shared.http import Service
from shared.rebuild import Derived

service = Service(
    name="campaign",
    title=Text(fi="Kampanja", en="Campaign", sv="Kampanj"),
    folder=Path(__file__).parent,
    events=events,
    routers=(*public.routers, *admin.routers),
    startup=(commands.follow_versions,),
    timers=timers,
    timers_with=timers_with,
    tasks=(send_webhooks, take_contributions, watch_partners, watch_partners_door),
    # Themes and what posts stand on follow from the replicas; wording, decisions and stories are our own.
    derived=Derived(store.REPLICAS, commands.follow_evidence_anew, lock=store.lock_plan),
    counted={"posts": Counted(store.count_posts), "stories": Counted(store.count_stories, of_people=True)},
    followers=(Follower("PUBLIC", "latu.public.>", commands.find_place, commands.keep_public_events),),
)
