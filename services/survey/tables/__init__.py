"""The tables of the survey service's database; each module adds its own to one metadata."""

from __future__ import annotations

from services.survey.tables import answers, coaching, releases, rounds, tallies
from services.survey.tables.base import metadata

__all__ = ["answers", "coaching", "metadata", "releases", "rounds", "tallies"]
