"""HTTP for strangers: posts, feeds, stories, public events, indicators, and the contract with partners."""

from __future__ import annotations

from services.campaign.public import contract, events, export, indicators, live, newest, posts, stories

routers = (
    posts.router,
    stories.router,
    contract.router,
    indicators.router,
    live.router,
    events.router,
    export.router,
    newest.router,
)
