"""What runs by the clock."""

from __future__ import annotations

from services.campaign import commands
from shared.timers import Timer

timers = (
    Timer("draft_posts", 60, commands.draft_posts),
    Timer("publish_due_posts", 20, commands.publish_due_posts),
)
