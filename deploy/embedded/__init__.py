"""The embedded stack: PostgreSQL, NATS and the services as child processes of one supervisor."""

from __future__ import annotations

from deploy.embedded.plan import DATABASES, SERVICES, Plan, default_home, usual_plan
from deploy.embedded.stack import (
    Stack,
    find_stack,
    own_stack,
    running_stack,
    start_stack,
    stop_stack,
    wait_for_stack,
)
from deploy.embedded.troubles import Trouble

__all__ = [
    "DATABASES",
    "SERVICES",
    "Plan",
    "Stack",
    "Trouble",
    "default_home",
    "find_stack",
    "own_stack",
    "running_stack",
    "start_stack",
    "stop_stack",
    "usual_plan",
    "wait_for_stack",
]
