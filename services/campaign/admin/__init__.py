"""HTTP for staff: planning posts, moderating stories, and the same for programs."""

from __future__ import annotations

from services.campaign.admin import api, posts, stories

routers = (posts.router, stories.router, api.router)
