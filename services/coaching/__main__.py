"""Run the coaching service: `python -m services.coaching`."""

from __future__ import annotations

from services.coaching.app import service
from shared.http import serve

if __name__ == "__main__":
    serve(service)
