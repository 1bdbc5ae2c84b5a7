"""The published rules of the campaign: what counts how much, and where the limits are."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from shared.events import Certainty

CERTAINTY_POINTS: Final[dict[Certainty, float]] = {"high": 30, "moderate": 22, "low": 10, "very_low": 0}
"""Points of a theme for the certainty of its leading insight."""

EFFECT_POINTS: Final = 30.0
"""Points for an effect that is clear of its margin by EFFECT_IN_FULL of the way to the end of its scale."""

EFFECT_IN_FULL: Final = 0.5

NOVELTY_POINTS: Final = 20.0
"""Points when no insight of the theme has been shown in a published post; in proportion otherwise."""

RECOMMENDATION_POINTS: Final = 15.0
"""Points when the model has an adopted recommendation on the topic that is not under review."""

STORY_POINTS: Final = 5.0
"""Points when STORIES_IN_FULL published stories tell about the topic; in proportion otherwise."""

STORIES_IN_FULL: Final = 3

DRAFTED_FROM: Final = 30.0
"""A theme with fewer points gets no draft."""

THEMES_DRAFTED: Final = 5
"""How many of the best themes have a draft at a time."""

FIGURES_IN_POST: Final = 3
"""The leading insight and at most two more of the same theme."""

TITLE_LENGTH: Final = 160
BODY_LENGTH: Final = 5000

STORY_TITLE_LENGTH: Final = 200
STORY_LENGTH: Final = 4000
STORY_SHORTEST: Final = 20
EMAIL_LENGTH: Final = 254

POSTS_IN_FEED: Final = 50

STORIES_WAITING: Final = 2000
"""How many stories may wait for a moderator; more would be a flood."""

PARTNER_ID_LENGTH: Final = 40
PARTNER_NAME_LENGTH: Final = 120
PUBLIC_KEY_LENGTH: Final = 56

KEY_OVERLAP: Final = timedelta(days=30)
"""How long a partner's old key may be valid beside its new one."""

PARTNER_CONNECTIONS: Final = 8
"""How often a partner may be connected to a node of the broker at once."""

PARTNER_SUBSCRIPTIONS: Final = 100
"""How many subscriptions a partner may have: inboxes are all that it can subscribe to."""

PARTNER_PAYLOAD: Final = 65_536
"""Bytes of what a partner sends. Events that it reads may be larger."""

PARTNER_UNACKNOWLEDGED: Final = 1_000
"""How many events may be out to a partner without being acknowledged."""

PARTNER_PULLS: Final = 32
"""How many pulls of a partner may wait at once."""

PARTNER_ACK_SECONDS: Final = 60.0
"""After so long an event that was not acknowledged comes again, for ever."""
