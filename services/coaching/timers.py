"""What runs by the clock."""

from __future__ import annotations

from services.coaching import commands
from shared.timers import Timer

# Woken by every change in this process; the clock finds what another process or a crash left.
timers = (Timer(commands.REMAKE, every_seconds=5.0, command=commands.remake_playbooks),)
