"""What runs by the clock."""

from __future__ import annotations

from services.model import commands
from shared.timers import Timer

# Woken at once by the commit that brought new evidence; the clock only finds what another process left.
timers = (Timer(commands.JUDGE, every_seconds=5.0, command=commands.judge),)
