"""Everything that the campaign service can do."""

from __future__ import annotations

from services.campaign.commands.evidence import (
    follow_evidence_anew,
    keep_insight,
    keep_practice,
    keep_version,
)
from services.campaign.commands.history import (
    PUBLIC_EVENTS_KEPT,
    find_place,
    forget_public_events,
    keep_public_events,
)
from services.campaign.commands.partners import (
    ACCESS,
    add_partner,
    change_partner,
    confirm_access,
    list_partners,
    remove_partner,
    resume_partner,
    rotate_key,
    suspend_partner,
)
from services.campaign.commands.planning import draft_posts
from services.campaign.commands.posts import (
    approve_post,
    edit_post,
    hold_post,
    publish_due_posts,
    publish_post,
    redraft_post,
    schedule_post,
    withdraw_post,
)
from services.campaign.commands.stories import (
    Receipt,
    publish_story,
    reject_story,
    remove_story,
    submit_story,
    withdraw_story,
)

__all__ = [
    "ACCESS",
    "PUBLIC_EVENTS_KEPT",
    "Receipt",
    "add_partner",
    "approve_post",
    "change_partner",
    "confirm_access",
    "draft_posts",
    "edit_post",
    "find_place",
    "follow_evidence_anew",
    "forget_public_events",
    "hold_post",
    "keep_insight",
    "keep_practice",
    "keep_public_events",
    "keep_version",
    "list_partners",
    "publish_due_posts",
    "publish_post",
    "publish_story",
    "redraft_post",
    "reject_story",
    "remove_partner",
    "remove_story",
    "resume_partner",
    "rotate_key",
    "schedule_post",
    "submit_story",
    "suspend_partner",
    "withdraw_post",
    "withdraw_story",
]
