"""What a service tells at `/metrics`, and which labels it may tell it with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args
from urllib.request import urlopen

from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from services.campaign import contributions, posts, stories
from services.campaign import webhooks as hooks
from services.model import decisions
from services.survey.disclosure import Why
from services.survey.rounds import Round
from shared.events.base import Tier
from shared.events.survey import RetractionReason
from shared.findings import KINDS
from shared.settings import Settings
from tests.conftest import ROOT

METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other"
NAME = "[a-z][a-z_]*"
SURVEY = ROOT / "services/survey"
# The words of a label are the program's own: those that its types and its refusals have, and these.
HANDLED, RUN = ("done", "retried", "dead"), ("done", "failed")
FAULTS = ("timeout", "dns", "address", "tls", "connect", "protocol", "failed", "withdrawn")
TAKEN = ("waiting", "quarantined", "refused", "withdrawn", "known", "dropped", "nobody")
LOOKED = ("released", "nothing_yet", "too_soon", "too_few", "looks_used", "not_planned_yet")


def _refusals() -> set[str]:
    """Why a round cannot be released: what a release can be refused for."""
    files = (path.read_text(encoding="utf-8") for path in SURVEY.rglob("*.py"))
    return {slug for text in files for slug in re.findall(r'(?:Refused|CannotWeight)\(\s*"([a-z_]+)"', text)}


def _one_of(*words: Iterable[str]) -> str:
    return "|".join(sorted({word for some in words for word in some if word}))


STATUSES = (
    *map(get_args, (hooks.Status, hooks.Outcome, contributions.Status, posts.Status, stories.Status)),
    *map(get_args, (decisions.Status, Round.model_fields["status"].annotation)),
    *(get_args(Tier), ("at_least", "playbooks", "standing", "suspended")),
)
# By label, what its values may look like; routes and handlers are those that the service has.
VALUES = {
    "method": METHODS,
    "status": rf"[1-5]\d\d|0|{_one_of(*STATUSES)}",
    "le": r"[0-9.e+]+|\+Inf",
    "result": _one_of(HANDLED, RUN, FAULTS) + "|[1-5]xx",
    "timer": NAME,
    "pool": "own|staff",
    "part": r"(relay of|pulling of )?[a-z0-9_ -]+",
    "effect": "playbook|model|campaign",
    "decision": _one_of(LOOKED, _refusals()),
    "outcome": _one_of(TAKEN, ("new", "former", "withheld")),
    "reason": _one_of(get_args(RetractionReason), get_args(Why), get_args(hooks.Reason)),
    "kind": _one_of(
        KINDS.values(), ("rounds", "insights", "answers", "advice", "recommendations"), ("posts", "stories")
    ),
    "at": "public|partners",
    "way": "in|out",
    "node": "[1-9]",
    "stream": "[A-Z]+",
    "fingerprint": "[0-9a-f]{4,64}|other",
    "partner": r"[a-z0-9-]{0,60}",
    "webhook": r"[a-z0-9-]{1,60}",
}
MOST_SERIES = 6_000
# An application that is only looked at connects to nothing.
NOWHERE = Settings(
    database_url="postgresql+asyncpg://nowhere/nothing",
    staff_database_url="postgresql+asyncpg://nowhere/nothing",
)


def told(url: str) -> list[Sample]:
    """Every sample of ours that a service tells."""
    with urlopen(f"{url}/metrics") as answer:  # noqa: S310
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return [one for family in families for one in family.samples if one.name.startswith("latu_")]


def templates(app: FastAPI) -> set[str]:
    """The templates of all routes of a service."""
    return {"other", *_paths(app.routes)}


def _paths(routes: Any) -> Iterator[str]:
    for route in routes:
        if hasattr(route, "path"):
            yield route.path
        yield from _paths(getattr(getattr(route, "original_router", None), "routes", ()))


def strange(samples: list[Sample], routes: set[str], handlers: set[str]) -> list[str]:
    """The labels that are not known, or have a value that is not one of the program's own."""
    known = {"route": routes, "handler": handlers}
    return sorted(
        {
            f"{sample.name} {label}={value}"
            for sample in samples
            for label, value in sample.labels.items()
            if not (value in known[label] if label in known else _is_likely(label, value))
        }
    )


def _is_likely(label: str, value: str) -> bool:
    return label in VALUES and re.fullmatch(VALUES[label], value) is not None


def value_of(samples: list[Sample], name: str, **labels: str) -> float:
    """The sum of the samples of this name that have these labels."""
    chosen = [one.value for one in samples if one.name == name and labels.items() <= one.labels.items()]
    return sum(chosen)
