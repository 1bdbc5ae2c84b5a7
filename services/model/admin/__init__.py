"""HTTP for staff: pages and a JSON API over the same commands."""

from __future__ import annotations

from services.model.admin import api, pages

routers = (pages.router, api.router)
