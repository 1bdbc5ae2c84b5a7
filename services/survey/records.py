"""Records: what is kept of a release, as JSON and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.survey.looks import Look
from services.survey.publication import Kept
from services.survey.releases import Release
from services.survey.rounds import Frame
from services.survey.verdicts import Ends, Judged
from services.survey.waves import Shown


def write_record(kept: Kept) -> dict[str, Any]:
    """A release as JSON documents: `document` is public, `judged` and `withheld` are for staff."""
    return {
        "document": kept.release.model_dump(mode="json"),
        "look": asdict(kept.look),
        "watermark": kept.watermark,
        "judged": {name: _written(verdict) for name, verdict in kept.judged.items()},
        "withheld": {reason: [list(place) for place in places] for reason, places in kept.withheld.items()},
        "weights": [[list(cell), weight] for cell, weight in kept.weights.items()],
        "frame": kept.frame.model_dump(mode="json"),
        "means": [[*place, *(_or_none(part) for part in mean)] for place, mean in kept.means.items()],
    }


def read_record(record: Mapping[str, Any]) -> Kept:
    """The release that was written."""
    return Kept(
        release=Release.model_validate(record["document"]),
        look=Look(**record["look"]),
        watermark=record["watermark"],
        judged={name: _read(verdict) for name, verdict in record["judged"].items()},
        withheld={
            reason: [(item, slug) for item, slug in places] for reason, places in record["withheld"].items()
        },
        weights={tuple(cell): weight for cell, weight in record["weights"]},
        frame=Frame.model_validate(record["frame"]),
        means={
            (item, slug): Shown(*(math.nan if part is None else part for part in mean))
            for item, slug, *mean in record["means"]
        },
    )


def _written(verdict: Judged) -> dict[str, Any]:
    """JSON has no word for what is not a number."""
    document = verdict._asdict()
    for name in ("figure", "shrunk"):
        document[name] = [_or_none(end) for end in document[name]]
    return document | {"units": _or_none(verdict.units), "p": float(verdict.p), "least": float(verdict.least)}


def _read(document: Mapping[str, Any]) -> Judged:
    ends = {
        name: Ends(*(math.nan if e is None else e for e in document[name])) for name in ("figure", "shrunk")
    }
    return Judged(**{**document, **ends})


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
