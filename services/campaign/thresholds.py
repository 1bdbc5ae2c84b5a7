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

WEBHOOK_RETRIES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long after each failure an event is sent again: ten times in three days."""

WEBHOOK_JITTER: Final = 0.2
"""By up to this part each wait is longer, drawn anew, so that what failed together does not come together."""

WEBHOOK_LONGEST_WAIT: Final = timedelta(hours=24)
"""How far a Retry-After may put an event off."""

WEBHOOK_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 45, 135, 300))
"""How long an endpoint is left alone after one, two, … visits without success; the last one from then on."""

WEBHOOK_LONGEST_PAUSE: Final = timedelta(hours=1)
"""How long an endpoint can have itself left alone by a Retry-After."""

WEBHOOK_FAILING: Final = timedelta(days=5)
"""An endpoint without success for so long is disabled: nobody looks after it."""

WEBHOOK_OVERLAP: Final = timedelta(days=30)
"""How long an old secret may sign beside the new one; a day unless asked otherwise."""

WEBHOOK_AT_ONCE: Final = 4
"""Posts to one endpoint at a time; a failing one gets two, the oldest that is due and the next new one."""

WEBHOOK_VISITS: Final = 200
WEBHOOK_VISITS_AILING: Final = 50
"""Endpoints that one process visits at a time, and how many more that failed or were slow at the last one."""

WEBHOOK_VISITS_OF_PARTNER: Final = 16
WEBHOOK_VISITS_OF_PARTNER_AILING: Final = 5
"""How many of each may be one partner's."""

WEBHOOK_SLOW: Final = 10.0
"""Seconds; one that took longer at its last visit is among the ailing, whatever it answered. What this
process takes when it is behind is in them too: by a lower bound well ones would wait among the ailing."""

WEBHOOK_LEASE: Final = timedelta(seconds=60)
"""For how long a visited endpoint belongs to a process: longer than a post takes with all that follows."""

WEBHOOKS_OF_PARTNER: Final = 20
WEBHOOK_DESCRIPTION_LENGTH: Final = 200

WEBHOOK_LOG: Final = timedelta(days=30)
"""How long the log of deliveries is kept."""

WEBHOOK_LOG_SHOWN: Final = 200
WEBHOOK_LOG_ON_PAGE: Final = 20
WEBHOOK_BEHIND_COUNTED: Final = 1_000
"""Up to how many events it is counted how far behind an endpoint is; what is told then is this."""

WEBHOOK_REPLAYED: Final = 10_000
"""How many events one replay sends again at most."""

CONTRIBUTIONS_A_DAY: Final = 200
"""How many messages of a partner are looked at in a day. The first above is answered, all are dropped."""

CONTRIBUTION_LONG: Final = 6000
"""Characters in all languages together from which a contribution is looked at closer."""

CONTRIBUTION_NOTE: Final = 500

INDICATOR_HUNDRED: Final = 100.0
INDICATOR_LARGEST: Final = 1e9
INDICATOR_YEARS: Final = 20
"""A share beyond a hundred, so large a figure, or one so old or of a year to come is unusual."""

EVENTS_ON_PAGE: Final = 100
EVENTS_ON_LARGEST_PAGE: Final = 1_000
"""How many public events a page of the history has unless asked otherwise, and at most."""

INDICATORS_ON_PAGE: Final = 500
"""How many accepted indicators of partners a page has unless asked otherwise."""

CONTRIBUTIONS_ON_PAGE: Final = 50
CONTRIBUTIONS_AT_FIRST: Final = 10
"""How many contributions staff see on a page of one state, and of each state on the first page."""

TIDINGS_ON_PAGE: Final = 30
"""How many things the page of public events shows; the feed has more."""

EVENTS_IN_FEED: Final = 100
"""How many things the feed of public events tells of."""

EVENT_STREAMS: Final = 500
"""How many readers one process streams public events to at once; whoever comes then is told to come again."""

EVENT_STREAM_HEARTBEAT: Final = 15.0
"""Seconds after which a stream without events says that it is there; proxies often give up after 30 or 60."""

EVENT_STREAM_PATIENCE: Final = 30.0
"""Seconds in which a reader must take what it is sent; it is let go then, and resumes where it was."""
