"""Run the survey service: `python -m services.survey`."""

from __future__ import annotations

from services.survey.app import service
from shared.http import serve

if __name__ == "__main__":
    serve(service)
