"""Every query of the campaign, by noun."""

from __future__ import annotations

from services.campaign.store.evidence import (
    REPLICAS,
    load_insights,
    load_known,
    load_practice_titles,
    load_topic_of_insight,
    load_version,
    lock_plan,
    save_fact,
)
from services.campaign.store.partners import (
    list_partners,
    load_partner,
    mark_applied,
    save_new_partner,
    save_partner,
)
from services.campaign.store.posts import (
    count_posts,
    delete_draft,
    list_due_posts,
    list_live_posts,
    list_posts,
    list_posts_on,
    list_posts_with_advice,
    load_post,
    save_post,
)
from services.campaign.store.stories import (
    count_stories,
    delete_contact,
    list_stories,
    load_contact,
    load_story,
    load_story_by_code,
    save_new_story,
    save_story,
)
from services.campaign.store.themes import (
    list_shown_insights,
    list_themes,
    load_theme,
    save_theme,
)

__all__ = [
    "REPLICAS",
    "count_posts",
    "count_stories",
    "delete_contact",
    "delete_draft",
    "list_due_posts",
    "list_live_posts",
    "list_partners",
    "list_posts",
    "list_posts_on",
    "list_posts_with_advice",
    "list_shown_insights",
    "list_stories",
    "list_themes",
    "load_contact",
    "load_insights",
    "load_known",
    "load_partner",
    "load_post",
    "load_practice_titles",
    "load_story",
    "load_story_by_code",
    "load_theme",
    "load_topic_of_insight",
    "load_version",
    "lock_plan",
    "mark_applied",
    "save_fact",
    "save_new_partner",
    "save_new_story",
    "save_partner",
    "save_post",
    "save_story",
    "save_theme",
]
