"""Analyses: a round's answers by the estimator that they ask for."""

from __future__ import annotations

from services.survey.answers import AnswerSet
from services.survey.clustering import analyse_clustered
from services.survey.counting import Counted, tally
from services.survey.estimates import Analysis, analyse
from services.survey.rounds import Round


def analyse_counted(round_: Round, counted: Counted) -> Analysis:
    """From the tallies; where people named their organisations, from the answers themselves.

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    if counted.people is not None:
        return analyse_clustered(round_, counted.people)
    return analyse(round_, counted.layers.live())


def analyse_answers(round_: Round, answers: AnswerSet) -> Analysis:
    """The same from a set of answers.

    Raises:
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    return analyse(round_, tally(answers)) if answers.clusters is None else analyse_clustered(round_, answers)
