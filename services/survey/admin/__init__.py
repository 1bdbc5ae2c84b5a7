"""HTTP for staff: rounds, imports, erasures and releases, and the same for programs."""

from __future__ import annotations

from services.survey.admin import erasures, imports, releases, rounds

routers = (rounds.router, imports.router, releases.router, erasures.router)
