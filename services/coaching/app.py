"""Wiring of the coaching service."""

from __future__ import annotations

from pathlib import Path

import yaml

from services.coaching import admin, commands, public
from services.coaching.handlers import events
from services.coaching.practices import read_library
from services.coaching.store import facts, organisations, playbooks
from services.coaching.timers import timers
from shared.db import Transaction
from shared.events import Text
from shared.gauges import Counted
from shared.http import Service
from shared.rebuild import Derived

HERE = Path(__file__).parent


async def seed_library(tx: Transaction) -> None:
    """Fill the practice library with what this version ships and the database does not know."""
    data = yaml.safe_load((HERE / "library.yaml").read_text(encoding="utf-8"))
    await commands.seed_library(tx, read_library(data))


service = Service(
    name="coaching",
    title=Text(fi="Valmennus", en="Coaching", sv="Coachning"),
    folder=HERE,
    events=events,
    routers=(public.router, *admin.routers),
    timers=timers,
    startup=(seed_library,),
    work_waiting=(organisations.count_stale,),
    counted={"advice": Counted(playbooks.count_advice, of_people=True)},
    # The advice of playbooks follows from the replicas; their revisions, pseudonyms and the rest are our own.
    derived=Derived(facts.REPLICAS, commands.rebuild_playbooks),
)
