"""HTTP for staff: rounds, frames, imports, releases, explanations and erasures, and the same for programs."""

from __future__ import annotations

from services.survey.admin import erasures, explanations, frames, imports, releases, rounds

routers = (
    rounds.router,
    frames.router,
    imports.router,
    releases.router,
    explanations.router,
    erasures.router,
)
