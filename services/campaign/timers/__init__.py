"""What runs by the clock, and what sends webhooks, takes contributions and watches partners for ever."""

from __future__ import annotations

from services.campaign import commands
from services.campaign.timers.access import timers_with
from services.campaign.timers.sending import send_webhooks
from services.campaign.timers.taking import take_contributions
from services.campaign.timers.watching import watch_partners, watch_partners_door
from shared.timers import Timer

timers = (
    Timer("draft_posts", 60, commands.draft_posts),
    Timer("publish_due_posts", 20, commands.publish_due_posts),
    Timer("forget_old_deliveries", 3600, commands.forget_old_deliveries),
    Timer("digest_export", 300, commands.digest_export),
)

__all__ = [
    "send_webhooks",
    "take_contributions",
    "timers",
    "timers_with",
    "watch_partners",
    "watch_partners_door",
]
