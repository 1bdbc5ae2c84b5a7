"""Knowledge: all that playbooks are made of, prepared once for many organisations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.coaching import grounds, outcomes
from services.coaching.advice import Advice
from services.coaching.grounds import Finding, Ground
from services.coaching.outcomes import Outcome, Track
from services.coaching.practices import Practice, published
from shared.events import RecommendationRevised, Text

Fates = Mapping[tuple[str, str], Text]
View = tuple[str | None, ...]


@dataclass(frozen=True)
class Knowledge:
    """What is known at one moment.

    `dimensions` are those that any ground speaks of: organisations that are alike in them see the same, so
    what one of them is advised is remembered in `seen`.
    """

    practices: tuple[Practice, ...]
    grounds: Mapping[str, tuple[Ground, ...]]
    tracks: Mapping[str, Track]
    fates: Fates
    titles: Mapping[str, Text]
    dimensions: tuple[str, ...]
    seen: dict[View, Advice] = field(default_factory=dict, compare=False, repr=False)

    def view(self, place: Mapping[str, str]) -> View:
        """What of a place makes a difference."""
        return tuple(place.get(dimension) for dimension in self.dimensions)


def know(
    practices: Sequence[Practice],
    findings: Sequence[Finding],
    recommendations: Sequence[RecommendationRevised],
    followed_up: Iterable[Outcome],
    fates: Fates,
) -> Knowledge:
    """What is known now. `fates` says of evidence that no longer stands why it does not."""
    library = published(practices)
    speaking = {p.practice: grounds.speaking_for(p, findings, recommendations) for p in library}
    return Knowledge(
        practices=library,
        grounds=speaking,
        tracks=outcomes.add_up(followed_up),
        fates=fates,
        titles={p.practice: p.title for p in practices},
        dimensions=_dimensions(speaking.values()),
    )


def _dimensions(speaking: Iterable[Iterable[Ground]]) -> tuple[str, ...]:
    return tuple(sorted({name for found in speaking for ground in found for name in ground.segment}))
