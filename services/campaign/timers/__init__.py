"""What runs by the clock."""

from __future__ import annotations

from services.campaign import commands
from services.campaign.timers.access import timers_with
from shared.timers import Timer

timers = (
    Timer("draft_posts", 60, commands.draft_posts),
    Timer("publish_due_posts", 20, commands.publish_due_posts),
)

__all__ = ["timers", "timers_with"]
