"""Verifying: a release worked out once more from the answers, and compared with what was published."""

from __future__ import annotations

from pydantic import Field

from services.survey.analyses import analyse_answers
from services.survey.answers import AnswerSet
from services.survey.items import items_of
from services.survey.publication import Kept
from services.survey.questionnaires import Questionnaire
from services.survey.releases import Place, figures_of
from services.survey.rounds import Round
from shared.events import Figure, Value


class Verified(Value):
    """What came of checking a release.

    figures: that the release made itself. agree: of these, those that come out the same; differ: the others.
    erased: units some of whose answers it had counted and that were erased since; figures that rested on them
    cannot come out the same, and nothing is known against them.
    """

    release: str
    figures: int
    agree: int
    differ: tuple[str, ...]
    erased: int
    tallies_agree: bool = Field(
        description="Whether the kept tallies of the round are, bit for bit, what its answers give."
    )
    content_hash_agrees: bool
    answers_hash_agrees: bool
    insights: int = 0
    insights_with_other_answers: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing contradicts the release: erasures since explain any difference."""
        same = self.answers_hash_agrees and not self.differ and not self.insights_with_other_answers
        return self.tallies_agree and self.content_hash_agrees and (same or self.erased > 0)


def remade_figures(
    round_: Round, questionnaire: Questionnaire, answers: AnswerSet, kept: Kept
) -> dict[Place, Figure]:
    """The figures of a release, worked out anew from the answers that are left of those it had counted."""
    left = answers.until(kept.watermark)
    if not len(left.ids):
        return {}
    then = round_.model_copy(update={"frame": kept.frame})
    return figures_of(items_of(questionnaire), analyse_answers(then, left), kept.look)


def compare(kept: Kept, remade: dict[Place, Figure]) -> tuple[int, tuple[str, ...]]:
    """How many figures the release made that come out the same, and the places of the others."""
    own = [cell for cell in kept.release.cells if cell.made_for == kept.release.number]
    differ = [cell for cell in own if remade.get(cell.place) != cell.figure]
    places = (
        f"{cell.item} / {','.join(f'{d}={c}' for d, c in cell.segment.items()) or 'region'}"
        for cell in differ
    )
    return len(own) - len(differ), tuple(places)


def erased_since(answers: AnswerSet, watermark: int) -> int:
    """Units with erased answers that a release with this watermark had counted."""
    return sum(gone.since <= watermark < gone.seq for gone in answers.erased)
