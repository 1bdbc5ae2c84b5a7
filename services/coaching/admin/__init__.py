"""HTTP for staff: the coach's desk, the practice library, and a JSON API over the same commands."""

from __future__ import annotations

from services.coaching.admin import api, desk, library

routers = (desk.router, library.router, api.router)
