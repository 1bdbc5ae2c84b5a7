"""Figures on different scales share no axis."""

from __future__ import annotations

from services.model.evidence import table_for
from services.model.panels import panels_of
from shared.events import Figure
from tests.model.given import figure, insight, known, practice, subject

SHARE = Figure(kind="share", estimate=61, low=52, high=70, n_band="50–99")


def test_each_scale_has_its_own_panel_with_its_ends() -> None:
    told = known(
        insight("a"),
        insight("b", "barrier", figure=SHARE),
        insight("c", figure=figure(4.0, 3.0, 5.0, unit="0–10")),
        practice(),
    )
    panels = panels_of(table_for(subject(), told).rows)
    found = [(p.unit, p.low, p.high, len(p.rows)) for p in panels]
    assert found == [("1–5", 1, 5, 1), ("%", 0, 100, 1), ("0–10", 0, 10, 1)]


def test_a_scale_that_is_not_known_is_left_to_the_chart() -> None:
    told = known(insight("a", figure=figure(unit="h/week")), practice())
    (panel,) = panels_of(table_for(subject(), told).rows)
    assert (panel.low, panel.high) == (None, None)


def test_context_is_not_drawn() -> None:
    told = known(insight("a"), insight("t", "trend"), practice())
    (panel,) = panels_of(table_for(subject(), told).rows)
    assert len(panel.rows) == 1
