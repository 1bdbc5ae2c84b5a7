"""What the made-up Lapland is like: the truth that is planted into the synthetic answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# How many of the 420 organisations come from each category; small places answer a little more readily.
QUOTAS: Mapping[str, Mapping[str, int]] = {
    "sub-region": {
        "rovaniemi": 146,
        "kemi-tornio": 110,
        "torniolaakso": 32,
        "ita-lappi": 42,
        "tunturi-lappi": 50,
        "pohjois-lappi": 40,
    },
    "industry": {
        "production": 84,
        "trade-transport": 76,
        "tourism-services": 92,
        "expert-services": 80,
        "public-education": 40,
        "health-social": 48,
    },
    "size": {"1-9": 240, "10-49": 118, "50-249": 44, "250plus": 18},
}
# How readily a further person of an organisation answers.
CROWDS: Mapping[str, float] = {"1-9": 0.25, "10-49": 1.1, "50-249": 3.5, "250plus": 8.0}

# The average of each scale, 1 to 5, where nothing else is said.
LEVELS: Mapping[str, float] = {
    "wellbeing_energy": 3.7,
    "loneliness": 2.7,
    "home_workstation": 3.1,
    "ergonomics_help": 2.2,
    "rules_clear": 3.3,
    "focus_time": 3.4,
    "leader_support": 3.6,
    "trust": 4.4,
    "tools_work": 3.8,
    "connection": 3.9,
    "switching_off": 2.3,
    "balance": 3.6,
    "belonging": 3.3,
    "informed": 3.2,
    "hybrid_meetings": 2.3,
    "workspace_near": 2.6,
    "reason_to_stay": 4.4,
    "onboarding": 2.9,
}


@dataclass(frozen=True)
class Shift:
    """In these categories of a dimension the average, or a share, is higher or lower by so much."""

    name: str
    dimension: str
    categories: tuple[str, ...]
    by: float


FAR = ("torniolaakso", "ita-lappi", "tunturi-lappi", "pohjois-lappi")
SHIFTS = (
    Shift("connection", "sub-region", FAR, -1.1),
    Shift("workspace_near", "sub-region", FAR, -0.8),
    Shift("workspace_near", "sub-region", ("rovaniemi",), 0.6),
    Shift("leader_support", "size", ("50-249", "250plus"), -0.9),
    Shift("informed", "size", ("1-9",), 0.6),
    Shift("home_workstation", "industry", ("expert-services",), 0.7),
    Shift("tools_work", "industry", ("expert-services", "public-education"), 0.5),
    Shift("balance", "industry", ("tourism-services", "health-social"), -0.8),
    Shift("barriers:connection", "sub-region", FAR, 0.3),
    Shift("barriers:tasks-on-site", "industry", ("production", "health-social"), 0.25),
    Shift("practices_places:village", "sub-region", FAR, 0.15),
)
SHIFTS_OF = {shift.name: [s for s in SHIFTS if s.name == shift.name] for shift in SHIFTS}

# How many in a hundred choose each option where nothing else is said.
SHARES: Mapping[str, Mapping[str, float]] = {
    "barriers": {
        "connection": 0.14,
        "equipment": 0.12,
        "workstation": 0.33,
        "meetings": 0.42,
        "interruptions": 0.45,
        "loneliness": 0.15,
        "unclear-rules": 0.18,
        "distrust": 0.05,
        "long-days": 0.48,
        "tasks-on-site": 0.12,
    },
    "practices_agreed": {"rules": 0.66, "meeting-free": 0.3, "disconnect": 0.22},
    "practices_together": {"check-in": 0.7, "hybrid": 0.24, "social-days": 0.64},
    "practices_places": {"ergonomics": 0.2, "shared-tools": 0.74, "village": 0.12},
    "practices_people": {"leader-training": 0.18, "onboarding": 0.26, "job-ads": 0.3},
}
