"""How the distribution of an ordinal question is drawn, and that it is drawn whole or not at all."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from services.survey.distributions import Distribution, Shown, distribution, levels_of, shades
from services.survey.items import items_of
from services.survey.pictures import Panel, chapters, open_data
from services.survey.releases import Cell, Release
from services.survey.segments import REGION, Segment
from shared.events import Figure
from tests.survey.asked import QUESTIONNAIRE, question, round_, text

DAY = date(2026, 11, 24)
SHARES = {1: 4, 2: 11, 3: 30, 4: 40, 5: 16}
LEVELS = levels_of(items_of(QUESTIONNAIRE))
ROVANIEMI = Segment((("sub-region", "rovaniemi"),))


def cell(item: str, share: float, segment: Segment = REGION, made_for: int = 1) -> Cell:
    kind: Literal["share", "mean"] = "share" if ":" in item else "mean"
    unit = "%" if kind == "share" else "1–5"
    figure = Figure(
        kind=kind,
        estimate=share,
        low=max(share - 3, 0),
        high=share + 5,
        level=0.95,
        n_band="50–99",
        unit=unit,
    )
    return Cell(item=item, segment=segment.categories, figure=figure, made_for=made_for, made_on=DAY)


def cells(segment: Segment = REGION, **rest: int) -> list[Cell]:
    return [cell(f"energy:{level}", share, segment, **rest) for level, share in SHARES.items()]


def release(*published: Cell) -> Release:
    return Release(
        release="r1-2",
        round="r1",
        round_title=text("round"),
        number=2,
        final=False,
        released_on=DAY,
        unit="organisation",
        n_band="50–99",
        weighting_efficiency=90,
        cells=published,
        assumptions=(),
    )


def drawn(*published: Cell) -> list[Distribution]:
    shown = Shown({one.place: one for one in published}, 2)
    asked = [(text("whole"), LEVELS, REGION), (text("rovaniemi"), LEVELS, ROVANIEMI)]
    return distribution(text("caption"), asked, shown)


def test_a_bar_is_full_though_rounded_shares_add_up_to_more() -> None:
    (one,) = drawn(*cells())
    (bar,) = one.bars
    assert sum(SHARES.values()) == 101
    assert sum(part.width for part in bar.parts) == pytest.approx(100, abs=0.05)
    assert [part.start for part in bar.parts] == sorted(part.start for part in bar.parts)
    assert bar.parts[-1].start + bar.parts[-1].width == pytest.approx(100, abs=0.05)


def test_the_figures_beside_a_bar_are_those_that_were_published() -> None:
    (one,) = drawn(*cells())
    assert [part.figure.estimate for part in one.bars[0].parts] == list(SHARES.values())
    assert (one.bars[0].n_band, one.bars[0].made_on, one.bars[0].reach) == ("50–99", DAY, 5)


def test_a_distribution_with_a_level_missing_is_not_drawn() -> None:
    assert drawn(*cells()[1:]) == []
    (one,) = drawn(*cells(ROVANIEMI), *cells()[:4])
    assert [bar.label for bar in one.bars] == [text("rovaniemi")]


def test_days_of_earlier_figures_are_told() -> None:
    (one,) = drawn(*cells(made_for=1))
    assert one.older == (DAY,)
    (one,) = drawn(*cells(made_for=2))
    assert one.older == ()


def test_numbers_are_written_only_into_parts_that_hold_them() -> None:
    (one,) = drawn(*cells())
    assert [part.written for part in one.bars[0].parts] == [False, True, True, True, True]


@pytest.mark.parametrize("levels", range(3, 12))
def test_every_level_has_a_shade_of_its_own_and_the_ends_mirror_each_other(levels: int) -> None:
    found = shades(levels, good="high")
    assert len(set(found)) == levels
    assert [10 - shade for shade in found] == found[::-1] == shades(levels, good="low")


def test_the_public_page_draws_one_bar_instead_of_rows_for_levels() -> None:
    published = release(cell("energy", 3.5), *cells(), *cells(ROVANIEMI))
    (chapter,) = chapters(round_(), QUESTIONNAIRE, published, [])
    panel, bars = chapter.panels
    assert isinstance(panel, Panel)
    assert isinstance(bars, Distribution)
    assert [label for label, _ in panel.rows] == [text("energy")]
    assert [bar.label for bar in bars.bars] == [text("energy")]


def test_by_segment_each_segment_has_a_bar() -> None:
    published = release(cell("energy", 3.5, ROVANIEMI), *cells(), *cells(ROVANIEMI))
    (chapter,) = chapters(round_(), QUESTIONNAIRE, published, [], by="sub-region")
    _, bars = chapter.panels
    assert isinstance(bars, Distribution)
    assert [bar.label for bar in bars.bars] == [text("rovaniemi")]
    assert bars.caption.fi == "energy suomeksi Vastausten jakauma, % (asteikko 1–5)"


def test_questions_whose_levels_mean_the_same_share_a_legend() -> None:
    alike = tuple(question(code, "scale", topic="wellbeing") for code in ("energy", "calm"))
    other = question("stress", "scale", topic="wellbeing", good="low")
    asked = QUESTIONNAIRE.model_copy(update={"questions": (*alike, other)})
    shares = [cell(f"{q}:{level}", 20) for q in ("energy", "calm", "stress") for level in range(1, 6)]
    (chapter,) = chapters(round_(), asked, release(*shares), [])
    bars = [panel for panel in chapter.panels if isinstance(panel, Distribution)]
    assert [[bar.label for bar in one.bars] for one in bars] == [
        [text("energy"), text("calm")],
        [text("stress")],
    ]
    assert bars[0].legend == tuple(zip([item.label for item in LEVELS], (1, 3, 5, 7, 9), strict=True))
    assert [shade for _, shade in bars[1].legend] == [9, 7, 5, 3, 1]


def test_open_data_carry_the_distribution() -> None:
    lines = open_data(release(*cells(ROVANIEMI))).splitlines()
    assert lines[1] == "r1,2,energy:1,sub-region=rovaniemi,share,%,4.0,1.0,9.0,0.95,50–99,1,2026-11-24,false"
    assert len(lines) == 6
