"""HTTP for strangers: posts, feeds and stories."""

from __future__ import annotations

from services.campaign.public import posts, stories

routers = (posts.router, stories.router)
