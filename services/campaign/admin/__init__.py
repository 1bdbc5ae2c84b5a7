"""HTTP for staff: planning posts, moderating stories, the same for programs, partners and webhooks."""

from __future__ import annotations

from services.campaign.admin import (
    api,
    contributions,
    partner_pages,
    partners,
    posts,
    reviewing,
    stories,
    webhooks,
)

routers = (
    posts.router,
    stories.router,
    api.router,
    partners.router,
    webhooks.router,
    contributions.router,
    partner_pages.router,
    reviewing.router,
)
