"""Run the campaign service: `python -m services.campaign`."""

from __future__ import annotations

from services.campaign.app import service
from shared.http import serve

if __name__ == "__main__":
    serve(service)
