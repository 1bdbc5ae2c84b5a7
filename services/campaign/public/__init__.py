"""HTTP for strangers: posts, feeds, stories, and the contract with partners."""

from __future__ import annotations

from services.campaign.public import contract, indicators, posts, stories

routers = (posts.router, stories.router, contract.router, indicators.router)
