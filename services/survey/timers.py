"""What runs by the clock."""

from __future__ import annotations

from services.survey.commands.releases import release_due
from services.survey.commands.rounds import close_overdue_rounds
from shared.timers import Timer

timers = (
    Timer("overdue_rounds", every_seconds=300.0, command=close_overdue_rounds),
    Timer("releases", every_seconds=300.0, command=release_due),
)
