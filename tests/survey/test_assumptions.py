"""What figures take for granted is said in every language, with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from services.survey.assumptions import assumptions, of_frame
from services.survey.rounds import Frame, FrameSource, Round
from services.survey.weighting import Weights, rake
from tests.survey.asked import FRAME, dimension, round_, text
from tests.survey.test_rounds import uncounted


def weighed(round_: Round, counts: dict[tuple[str, ...], int]) -> Weights:
    return rake(round_.frame, list(counts), np.array(list(counts.values())), trim=round_.trim)


def told(counts: dict[str, int], **changes: Any) -> list[str]:
    """The English assumptions of a round that is counted by size alone: 80 small, 20 middle-sized."""
    one = round_(frame=Frame(dimensions=(dimension("size", {"1-9": 80, "10-49": 20}),)), **changes)
    return [t.en for t in assumptions(one, weighed(one, {(code,): n for code, n in counts.items()}))]


def test_every_release_says_who_is_taken_to_answer_for_whom() -> None:
    said = told({"1-9": 8, "10-49": 2})
    assert len(said) == 2
    assert "stand for those who did not" in said[0]
    assert "the order in which answers arrived is chance" in said[1]


def test_a_margin_that_is_not_known_is_said() -> None:
    frame = Frame(dimensions=(*FRAME.dimensions, uncounted("industry", "a")), assumptions=(text("own"),))
    own, unknown = of_frame(frame)
    assert own == text("own")
    assert unknown.fi.startswith("Perusjoukon jakaumaa muuttujan ”industry suomeksi” mukaan ei tiedetä")
    assert unknown.en.startswith("How the population divides by “industry in English” is not known")
    assert "efter ”industry på svenska” är inte känt" in unknown.sv


def test_scaled_and_hidden_counts_are_said_with_their_source() -> None:
    scaled = FrameSource(name="a.csv", dimensions=("size",), total=12345.5, scaled_to=100, hidden=3)
    exact = FrameSource(name="b.csv", dimensions=("sub-region",), total=100)
    said = of_frame(Frame(dimensions=FRAME.dimensions, sources=(scaled, exact)))
    assert [t.en for t in said] == [
        "The counts of the source “a.csv”, 12,345.5 in all, are scaled to the frame's total of 100.",
        "The source “a.csv” does not tell all of its counts (3 cells missing); they are assumed to be zero.",
    ]
    assert "yhteensä 12\u00a0345,5, on suhteutettu" in said[0].fi


def test_trimming_says_its_bounds_and_how_far_the_frame_is_missed() -> None:
    said = told({"1-9": 5, "10-49": 15}, trim={"upper": 2})
    assert "held to at most 2 times the average weight, so that they do not quite meet the frame" in said[0]
    assert "no category is off by more than 30 points in a hundred" in said[0]
    assert not any("held to" in line for line in told({"1-9": 8, "10-49": 2}, trim={"upper": 2}))
    assert "0.5 to 2.5 times" in told({"1-9": 5, "10-49": 15}, trim={"upper": 2.5, "lower": 0.5})[0]


def test_weights_that_cost_more_than_three_fifths_are_warned_of() -> None:
    said = told({"1-9": 1, "10-49": 19})
    assert said[0].startswith(
        "Those who answered differ so much from the population that weighting is only 7%"
    )
    assert "below 40%" in said[0]
    assert not any("only" in line for line in told({"1-9": 5, "10-49": 8}))
