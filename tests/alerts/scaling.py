"""The rules with all their patience divided by one number, so that a fault need not last for minutes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

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


def shorter(duration: str, factor: float) -> str:
    """A duration divided by a number, in whole seconds, one at least."""
    found = DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"{duration} is no duration")
    return f"{max(1, round(int(found[1]) * SECONDS[found[2]] / factor))}s"
