"""Themes are scored by published rules from live evidence alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.campaign import themes, thresholds
from tests.campaign.given import figure, insight, recommendation


def weigh(*insights, shown=(), adopted=(), stories=0) -> themes.Theme:
    return themes.weigh("leadership", insights, shown, adopted, stories)


def test_a_theme_without_live_evidence_is_dormant_whatever_else_there_is() -> None:
    theme = weigh(adopted=[recommendation()], stories=9)
    assert (theme.status, theme.score, theme.insights, theme.evidence) == ("dormant", 0, (), ())


def test_a_more_certain_lead_gives_more_points() -> None:
    scores = [weigh(insight(certainty=level)).score for level in ("high", "moderate", "low", "very_low")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_only_the_part_of_an_effect_beyond_its_margin_counts() -> None:
    assert themes.effect(insight(figure=figure(2.0, 2.4))) == (3 - 2.4) / 2
    assert themes.effect(insight(figure=figure(1.4, 3.0))) == 0
    assert themes.effect(insight(figure=figure(1.4, 3.9))) == 0


def test_an_effect_that_points_the_other_way_counts_from_the_other_end_of_the_interval() -> None:
    strength = insight(rule="strength", direction="high", figure=figure(4.0, 4.4))
    assert themes.effect(strength) == (4.0 - 3) / 2


def test_shares_of_a_barrier_are_counted_from_nothing_and_of_others_from_half() -> None:
    share = figure(30, 40, kind="share", unit="")
    assert themes.effect(insight(rule="barrier", direction="high", figure=share)) == 0.3
    assert themes.effect(insight(rule="need", direction="low", figure=share)) == (50 - 40) / 50


def test_differences_are_counted_from_nought_on_their_scale() -> None:
    gap = insight(rule="gap", direction="low", figure=figure(-1.6, -0.8, kind="difference"))
    assert themes.effect(gap) == 0.8 / 4


def test_a_figure_on_an_unknown_scale_has_no_effect_points() -> None:
    assert themes.effect(insight(figure=figure(2, 2.4, unit="päivää"))) == 0


def test_a_theme_loses_novelty_as_its_insights_are_shown() -> None:
    both = (insight("i1"), insight("i2"))
    assert weigh(*both).points.novelty == thresholds.NOVELTY_POINTS
    assert weigh(*both, shown={"i1"}).points.novelty == thresholds.NOVELTY_POINTS / 2
    assert weigh(*both, shown={"i1", "i2"}).points.novelty == 0


def test_a_recommendation_under_review_gives_no_points_and_is_no_evidence() -> None:
    reviewed = weigh(insight(), adopted=[recommendation(under_review=True)])
    assert reviewed.points.recommendation == 0
    assert [one.kind for one in reviewed.evidence] == ["insight"]
    standing = weigh(insight(), adopted=[recommendation()])
    assert standing.points.recommendation == thresholds.RECOMMENDATION_POINTS
    assert [one.kind for one in standing.evidence] == ["insight", "recommendation"]


def test_stories_count_up_to_enough_of_them() -> None:
    assert weigh(insight(), stories=0).points.stories == 0
    assert 0 < weigh(insight(), stories=1).points.stories < thresholds.STORY_POINTS
    assert weigh(insight(), stories=50).points.stories == thresholds.STORY_POINTS


def test_what_was_not_shown_leads_before_an_equal_one_that_was() -> None:
    assert weigh(insight("i1"), insight("i2"), shown={"i1"}).insights == ("i2", "i1")


def test_only_themes_with_enough_points_are_drafted_and_only_the_best() -> None:
    poor = themes.weigh("wellbeing", [insight(certainty="very_low", figure=figure(2, 3))], {"i1"}, (), 0)
    topics = ("leadership", "community", "workspaces", "recruitment", "digital_tools", "time_balance")
    rich = [themes.weigh(topic, [insight()], (), (), n) for n, topic in enumerate(topics)]
    best = themes.best([poor, *rich])
    assert len(best) == thresholds.THEMES_DRAFTED
    assert poor not in best
    assert rich[0] not in best


@given(st.permutations(["i1", "i2", "i3", "i4"]), st.sets(st.sampled_from(["i1", "i2"])))
def test_the_order_in_which_insights_come_makes_no_difference(order: list[str], shown: set[str]) -> None:
    levels = {"i1": "low", "i2": "high", "i3": "high", "i4": "moderate"}
    made = [insight(key, certainty=levels[key]) for key in order]
    expected = weigh(*[insight(key, certainty=levels[key]) for key in sorted(levels)], shown=shown)
    assert weigh(*made, shown=shown) == expected


@given(st.floats(1, 5), st.floats(0, 4), st.sampled_from(["low", "high"]))
def test_points_stay_within_their_limits(low: float, width: float, direction: str) -> None:
    shown = figure(round(low, 2), round(min(5, low + width), 2))
    theme = weigh(insight(figure=shown, direction=direction), adopted=[recommendation()], stories=5)
    assert 0 <= theme.points.effect <= thresholds.EFFECT_POINTS
    assert 0 <= theme.score <= 100
