"""The one metadata that every table of the survey service belongs to."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
