"""HTTP for staff: rounds, frames, imports, erasures and releases, and the same for programs."""

from __future__ import annotations

from services.survey.admin import erasures, frames, imports, releases, rounds

routers = (rounds.router, frames.router, imports.router, releases.router, erasures.router)
