"""HTTP for staff: planning posts, moderating stories, the same for programs, and partners."""

from __future__ import annotations

from services.campaign.admin import api, partners, posts, stories

routers = (posts.router, stories.router, api.router, partners.router)
