"""Figures share a chart only when they share a scale."""

from __future__ import annotations

from services.campaign import charts
from tests.campaign.given import figure, insight, text


def test_figures_are_grouped_by_kind_and_unit() -> None:
    share = figure(30, 40, kind="share", unit="")
    groups = charts.group([insight("i1"), insight("i2", figure=share), insight("i3")])
    assert [[shown for _, shown in one.rows] for one in groups] == [[figure(), figure()], [share]]


def test_a_chart_spans_the_whole_scale_where_it_is_known() -> None:
    share, days = figure(30, 40, kind="share", unit="%"), figure(2, 3, unit="päivää")
    assert charts.group([insight(figure=share)])[0].ends == (0, 100)
    assert charts.group([insight()])[0].ends == (1, 5)
    assert charts.group([insight(figure=days)])[0].ends == (None, None)


def test_differences_are_drawn_around_nought() -> None:
    gap = charts.group([insight(figure=figure(-1.6, -0.8, kind="difference"))])[0]
    assert (gap.ends, gap.mark) == ((None, None), 0)
    assert charts.group([insight()])[0].mark is None


def test_a_label_is_no_longer_than_a_chart_has_room_for() -> None:
    label, _ = charts.group([insight(question_text=text("kysymys " * 40))])[0].rows[0]
    assert len(label.fi) <= charts.LABEL_LENGTH
    assert label.fi.endswith("…")
