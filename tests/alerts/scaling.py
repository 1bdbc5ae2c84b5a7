"""The rules with all their patience divided by one number, so that a fault need not last for minutes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.alerts.reading import RULES

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DURATION = re.compile(r"\b(\d+)([smhd])\b")
WINDOW = re.compile(r"\[(\d+[smhd])\]")


def scaled(path: Path, factor: float) -> dict[str, Any]:
    """The rules of a file; what a rule compares with stays as it is."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for group in document["groups"]:
        group["interval"] = "1s"
        for rule in group["rules"]:
            rule["expr"] = WINDOW.sub(lambda window: f"[{shorter(window[1], factor)}]", rule["expr"])
            if "for" in rule:
                rule["for"] = shorter(rule["for"], factor)
    return document


def write_rules(folder: Path, factor: float) -> Path:
    """All rules, so scaled, in a folder of their own."""
    rules = folder / "rules"
    rules.mkdir()
    for path in RULES:
        (rules / path.name).write_text(yaml.safe_dump(scaled(path, factor)), encoding="utf-8")
    return rules


def shorter(duration: str, factor: float) -> str:
    """A duration divided by a number, in whole seconds, one at least."""
    found = DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"{duration} is no duration")
    return f"{max(1, round(int(found[1]) * SECONDS[found[2]] / factor))}s"
