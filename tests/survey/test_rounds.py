"""A frame that cannot be true is refused, and says where."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.survey.mappings import what_is_wrong
from services.survey.rounds import Dimension, Frame, Trim, written
from tests.survey.asked import FRAME, dimension, round_, text


def uncounted(code: str, *categories: str) -> Dimension:
    return Dimension.model_validate(
        {"code": code, "label": text(code), "categories": [{"code": c, "label": text(c)} for c in categories]}
    )


def refusal(*dimensions: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        Frame.model_validate({"dimensions": dimensions})
    return what_is_wrong(refused.value)


def test_a_dimension_without_counts_makes_segments_only() -> None:
    frame = Frame(dimensions=(uncounted("industry", "a", "b"), *FRAME.dimensions))
    assert [d.code for d in frame.counted] == ["sub-region", "size"]
    assert (frame.size, frame.dimensions[0].counts) == (100, ())


def test_a_frame_without_any_count_is_refused() -> None:
    assert "no dimension of the frame has counts" in refusal(uncounted("size", "1-9"))


def test_a_margin_with_a_hole_names_the_category() -> None:
    holed = dimension("size", {"1-9": 70, "10-49": 30}).model_dump()
    holed["categories"][1]["count"] = None
    assert "the dimension size has no count for 10-49" in refusal(holed)


def test_margins_that_do_not_add_up_name_both_totals() -> None:
    told = refusal(dimension("size", {"1-9": 1980}), dimension("area", {"a": 1000, "b": 1000}))
    assert "size counts 1,980, area counts 2,000" in told


def test_totals_that_differ_by_rounding_are_the_same() -> None:
    assert Frame(dimensions=(dimension("a", {"x": 1 / 3, "y": 2 / 3}), dimension("b", {"z": 1.0000001})))


@pytest.mark.parametrize(
    ("count", "said"), [(-3, "greater than 0"), (0, "greater than 0"), ("nan", "finite"), ("inf", "finite")]
)
def test_a_count_that_is_none_is_told_by_its_place_alone(count: object, said: str) -> None:
    wrong = dimension("size", {"1-9": 70}).model_dump()
    wrong["categories"][0]["count"] = count
    told = refusal(wrong)
    assert told.startswith("dimensions → 0 → categories → 0 → count: ")
    assert said in told
    assert "at least 1 item" not in told


def test_what_is_named_twice_is_refused() -> None:
    size = dimension("size", {"1-9": 70})
    assert "the frame names size more than once" in refusal(size, size)
    twice = {**size.model_dump(), "categories": size.categories * 2}
    assert "the dimension size names 1-9 more than once" in refusal(twice)


@pytest.mark.parametrize("trim", [{"upper": 1}, {"upper": 0.5}, {"upper": 3, "lower": 1}, {"upper": "inf"}])
def test_bounds_of_weights_lie_on_either_side_of_the_mean(trim: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        round_(trim=trim)
    assert round_(trim={"upper": 3}).trim == Trim(upper=3, lower=0)


def test_counts_are_written_as_people_write_them() -> None:
    assert (written(1980), written(1980.54), written(0.25)) == ("1,980", "1,980.5", "0.2")


def test_sub_region_by_size_is_declared_where_the_frame_has_both() -> None:
    assert round_(tables=()).declared_tables == (
        (),
        ("sub-region",),
        ("size",),
        ("sub-region", "size"),
    )
    only = Frame(dimensions=FRAME.dimensions[:1])
    assert round_(frame=only, tables=()).declared_tables == ((), ("sub-region",))


def test_tables_that_a_round_declares_are_all_it_has() -> None:
    assert round_(tables=((), ("size",))).declared_tables == ((), ("size",))
