"""Everything that the coaching service can do."""

from __future__ import annotations

from services.coaching.commands.changes import REMAKE
from services.coaching.commands.facts import (
    forget_contribution,
    forget_suggestion,
    keep_finding,
    keep_recommendation,
    keep_suggestion,
    retract_finding,
)
from services.coaching.commands.library import (
    accept_suggestion,
    add_practice,
    decline_suggestion,
    merge_suggestion,
    reword_practice,
    seed_library,
    withdraw_practice,
)
from services.coaching.commands.marks import give_mark, return_mark
from services.coaching.commands.organisations import add_organisations, remove_organisation
from services.coaching.commands.playbooks import rebuild_playbooks, remake_playbooks
from services.coaching.commands.visits import cancel_action, record_outcome, record_visit, withdraw_outcome

__all__ = [
    "REMAKE",
    "accept_suggestion",
    "add_organisations",
    "add_practice",
    "cancel_action",
    "decline_suggestion",
    "forget_contribution",
    "forget_suggestion",
    "give_mark",
    "keep_finding",
    "keep_recommendation",
    "keep_suggestion",
    "merge_suggestion",
    "rebuild_playbooks",
    "record_outcome",
    "record_visit",
    "remake_playbooks",
    "remove_organisation",
    "retract_finding",
    "return_mark",
    "reword_practice",
    "seed_library",
    "withdraw_outcome",
    "withdraw_practice",
]
