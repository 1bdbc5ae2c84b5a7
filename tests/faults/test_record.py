"""The record of what was run: other seeds of a day join it, anything else begins anew."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import recording
from tests.faults import record
from tests.faults.crashing import POINTS

DAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "RECORD", tmp_path / "recorded.json")
    monkeypatch.setattr(recording, "PAGE", tmp_path / "page.md")
    parts = [
        f"<!-- {name}: generated -->\nold\n<!-- end -->\nafter {name}" for name in ("checks", "run", "points")
    ]
    recording.PAGE.write_text("\n".join(parts), encoding="utf-8")


def line(seed: int, kills: int = 5) -> dict[str, Any]:
    return dict.fromkeys(record.COLUMNS, 1) | {
        "seed": seed,
        "surroundings": "3 nodes",
        "kills": kills,
    }


def kept() -> dict[str, Any]:
    return recording.kept(record.RECORD)


def test_other_seeds_of_the_day_join(tmp_path: Path) -> None:
    record.write([line(4)], Counter({POINTS[0]: 2}), DAY)
    record.write([line(3)], Counter({POINTS[0]: 1}), DAY)
    assert [one["seed"] for one in kept()["seeds"]] == [3, 4]
    assert kept()["points"][POINTS[0]] == 3


@pytest.mark.parametrize(("seed", "day"), [(4, DAY), (5, date(2026, 11, 25))])
def test_the_same_seed_or_another_day_begins_anew(seed: int, day: date) -> None:
    record.write([line(4)], Counter({POINTS[0]: 2}), DAY)
    record.write([line(seed, 9)], Counter(), day)
    assert [one["kills"] for one in kept()["seeds"]] == [9]
    assert kept()["points"][POINTS[0]] == 0


def test_the_page_shows_seeds_sums_points_and_checks_and_keeps_the_rest() -> None:
    record.write([line(3), line(4)], Counter({POINTS[0]: 2}), DAY)
    page = recording.PAGE.read_text(encoding="utf-8")
    assert "| 3 | 3 nodes | 5 |" in page
    assert "| all |  | 10 |" in page
    assert f"| {POINTS[0]} | 2 |" in page
    assert "| `every_answer_once` |" in page
    assert [f"after {name}" in page for name in ("checks", "run", "points")] == [True] * 3
    assert "\nold\n" not in page
    assert recording.filled(page, record.parts()) == page
