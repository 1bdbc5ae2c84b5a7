"""A frame is what its files count: margins add up, and what does not fit is refused by its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.frame_plans import FramePlan, plan_for, read_plan
from services.survey.frames import read_frame
from services.survey.rounds import Dimension, Frame
from shared.errors import Invalid
from shared.vocabulary import vocabulary
from tests.survey.asked import FRAME, text
from tests.survey.counts import JOINT, as_csv, as_json, as_xlsx, pxweb

WORDS = vocabulary()


def margins(frame: Frame) -> dict[str, dict[str, float | None]]:
    return {d.code: {c.code: c.count for c in d.categories} for d in frame.dimensions}


def plain(*rows: tuple[object, ...], rescale: bool = False, former: Frame | None = FRAME) -> Frame:
    """The frame of one CSV file without a mapping."""
    return read_frame(plan_for(["a.csv"], rescale=rescale), {"a.csv": as_csv(*rows)}, former, WORDS)


def joint(former: Frame | None = FRAME, document: dict[str, Any] | None = None, **changes: Any) -> Frame:
    plan = read_plan({"files": [{**JOINT, **changes}]})
    return read_frame(plan, {"joint.json": as_json(document or pxweb())}, former, WORDS)


def refusal(plan: FramePlan, files: dict[str, bytes], former: Frame | None = FRAME) -> str:
    with pytest.raises(Invalid) as refused:
        read_frame(plan, files, former, WORDS)
    return refused.value.message


def test_a_margin_replaces_the_one_before_and_the_others_stay() -> None:
    frame = plain(("size", "count"), ("10-49", 20), ("1-9", 80))
    assert margins(frame) == {
        "sub-region": {"rovaniemi": 60, "pohjois-lappi": 40},
        "size": {"1-9": 80, "10-49": 20},
    }
    assert frame.dimensions[1].categories[0].label == text("1-9")
    assert frame.assumptions == FRAME.assumptions
    assert [(s.name, s.total, s.scaled_to) for s in frame.sources] == [("a.csv", 100, None)]


def test_a_joint_table_gives_every_margin_in_the_words_of_the_region() -> None:
    rows = [("Rovaniemi", "1-9", 30), ("Rovaniemi", "10-49", 20), ("Norra Lappland", "1–9 people", 50)]
    data = as_csv(("Seutukunta", "Koko", "Lukumäärä"), *rows, delimiter=";")
    frame = read_frame(plan_for(["a.csv"]), {"a.csv": data}, None, WORDS)
    assert margins(frame) == {
        "sub-region": {"rovaniemi": 50, "pohjois-lappi": 50},
        "size": {"1-9": 80, "10-49": 20},
    }
    assert frame.dimensions[0].label.sv == "Ekonomisk region"


def test_a_spreadsheet_is_read_like_a_csv_file() -> None:
    data = as_xlsx(("size", "count"), ("1-9", 80), ("10-49", 20.0))
    frame = read_frame(plan_for(["a.xlsx"]), {"a.xlsx": data}, FRAME, WORDS)
    assert margins(frame)["size"] == {"1-9": 80, "10-49": 20}


def test_a_table_of_a_statistics_office_is_summed_into_the_regions_categories() -> None:
    frame = joint()
    assert margins(frame) == {
        "sub-region": {"rovaniemi": 60, "pohjois-lappi": 40},
        "size": {"1-9": 72, "10-49": 28},
    }
    assert frame.sources[0].about is not None
    assert "Testi" in frame.sources[0].about.fi


def test_a_new_dimension_is_named_as_the_file_names_it() -> None:
    frame = joint(None, dimensions={"henkilosto": {"column": "Koko", "leave_out": "t"}}, where={
        "Vuosi": 2023, "Alue": ["KU698", "Inari"],
    })  # fmt: skip
    (dimension,) = frame.dimensions
    assert (dimension.label.fi, dimension.categories[0].label.sv) == ("Henkilöstö", "1-9")
    assert margins(frame) == {"henkilosto": {"a": 60, "b": 25}}


def test_cells_that_the_source_hides_are_refused_or_counted_as_nobody_and_remembered() -> None:
    hiding = pxweb(value=[*pxweb()["value"][:-2], None, 15], status={"22": ".."})
    with pytest.raises(Invalid, match="how many there are in the cell Vuosi=2023, Alue=KU890, Koko=b"):
        joint(document=hiding)
    frame = joint(document=hiding, hidden="zero")
    assert (frame.size, frame.sources[0].hidden) == (97, 1)


def test_municipalities_elsewhere_can_be_left_out_together() -> None:
    take = {"column": "Alue", "recode": "municipality", "others": "leave_out"}
    assert joint(dimensions={**JOINT["dimensions"], "sub-region": take}).size == 100


def test_margins_of_several_sources_must_add_up_or_be_scaled_which_is_remembered() -> None:
    rows = (("size", "count"), ("1-9", 160), ("10-49", 40.5))
    with pytest.raises(Invalid, match=r"counts 200\.5 \(size\); the frame as it was counts 100 \(sub-region"):
        plain(*rows)
    frame = plain(*rows, rescale=True)
    assert margins(frame)["sub-region"] == pytest.approx({"rovaniemi": 120.3, "pohjois-lappi": 80.2})
    assert [(s.name, s.total, s.scaled_to) for s in frame.sources] == [
        ("a.csv", 200.5, None),
        ("", 100, 200.5),
    ]


def test_scaling_is_forgotten_when_the_totals_agree_again() -> None:
    frame = plain(("size", "count"), ("1-9", 160), ("10-49", 40), rescale=True)
    again = plain(("size", "count"), ("1-9", 80), ("10-49", 20), rescale=True, former=frame)
    assert [(s.name, s.scaled_to) for s in again.sources] == [("a.csv", None)]


def test_a_dimension_written_without_counts_has_no_margin() -> None:
    plan = read_plan(
        {
            "files": [{"file": "a.csv"}],
            "dimensions": [
                FRAME.dimensions[1].model_dump(),
                {"code": "industry", "label": text("i"), "categories": [{"code": "a", "label": text("a")}]},
            ],
            "assumptions": [text("new")],
        }
    )
    frame = read_frame(plan, {"a.csv": as_csv(("size", "count"), ("1-9", 8), ("10-49", 2))}, FRAME, WORDS)
    assert margins(frame) == {"size": {"1-9": 8, "10-49": 2}, "industry": {"a": None}}
    assert frame.assumptions == (text("new"),)


BAD_ROWS: list[tuple[list[tuple[object, ...]], str]] = [
    ([("size", "count")], "no rows below its header"),
    ([("size", "count"), ("1-9", -3), ("10-49", 2)], "counts less than nobody in row 2"),
    ([("size", "count"), ("1-9", "nan"), ("10-49", 2)], "Row 2 of “a.csv” has no number"),
    ([("size", "count"), ("1-9", 3), ("tiny", 2)], "row 3, column “size”: this is no category"),
    ([("size", "count"), ("1-9", 3), ("1-9", 2)], "Rows 2 and 3 of “a.csv” count the same"),
    ([("size", "count"), ("1-9", 3)], "counts nobody in 10-49 (size)"),
    ([("size", "count"), ("1-9", 3), ("10-49", 0)], "counts nobody in 10-49 (size)"),
    ([("size", "count"), ("1-9", 0), ("10-49", 0)], "counts nobody at all"),
    ([("size", "count"), ("1-9", ""), ("10-49", 2)], "does not tell how many there are in row 2"),
    ([("size", "koko", "count"), ("1-9", 1, 3), ("10-49", 2, 4)], "also divides by its column “koko” (2 categories)"),
    ([("size", "määriä"), ("1-9", 3)], "No column is called count or lukumäärä"),
    ([("size", "n", "count"), ("1-9", 3, 3)], "More than one column is called count"),
    ([("what", "count"), ("1-9", 3)], "is called as a dimension of the frame is (sub-region, size)"),
    ([("size", "count"), ("1-9", 3, 4)], "Row 2 has 3 cells, but the header has 2"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "said"), BAD_ROWS)
def test_a_file_that_does_not_fit_is_refused_by_its_place(rows: list[tuple[object, ...]], said: str) -> None:
    message = refusal(plan_for(["a.csv"]), {"a.csv": as_csv(*rows)})
    assert said in message
    assert "“a.csv”" in message
    assert "tiny" not in message


def test_files_that_are_missing_empty_unnamed_or_of_another_encoding_are_refused() -> None:
    plan = plan_for(["a.csv"])
    assert "needs the file “a.csv”. It was not sent" in refusal(plan, {})
    assert "or is empty" in refusal(plan, {"a.csv": b""})
    sent = {"a.csv": as_csv(("size", "count"), ("1-9", 8), ("10-49", 2)), "b.csv": b"x"}
    assert "does not name the file “b.csv”" in refusal(plan, sent)
    assert "names more than once the file “a.csv”" in refusal(plan_for(["a.csv", "a.csv"]), {"a.csv": b"x"})
    latin = as_csv(("size", "count"), ("pieniä", 3), encoding="cp1252")
    assert "Line 2 of the file is not utf-8-sig text" in refusal(plan, {"a.csv": latin})
    assert "cannot be opened" in refusal(plan, {"a.csv": b"PK\x03\x04 no spreadsheet"})


def test_two_files_cannot_count_the_same_dimension() -> None:
    one = as_csv(("size", "count"), ("1-9", 8), ("10-49", 2))
    said = refusal(plan_for(["a.csv", "b.csv"]), {"a.csv": one, "b.csv": one})
    assert "Both “a.csv” and “b.csv” count the dimension size" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"where": {}}, "also divides by its dimension “Vuosi” (2022, 2023, 2 categories)"),
        ({"where": {"Vuosi": "2024"}}, "has no “2024” in its dimension “Vuosi”"),
        ({"where": {"Vuosi": "2023", "Kuu": "1"}}, "has nothing called “Kuu”"),
        ({"dimensions": {"size": {"column": "Kokoluokka"}}}, "Nearest in the file: “Koko”"),
        (
            {"dimensions": {"size": {}}},
            "the column “size” (for the dimension size), which the file does not have",
        ),
    ],
)
def test_a_plan_that_does_not_fit_the_table_is_refused(changes: dict[str, Any], said: str) -> None:
    plan = read_plan({"files": [{**JOINT, **changes}]})
    assert said in refusal(plan, {"joint.json": as_json(pxweb())})


def test_totals_among_what_they_sum_up_are_refused_unless_mapped_by_name() -> None:
    places = {"column": "Alue", "others": "leave_out", "recode": "municipality"}
    new = {"sub-region": places, "henkilosto": {"column": "Koko"}}
    said = refusal(
        read_plan({"files": [{**JOINT, "dimensions": new}]}), {"joint.json": as_json(pxweb())}, None
    )
    assert "category “t” of the dimension “Koko”: this is the total of the others" in said
    mapped = {**new, "henkilosto": {"column": "Koko", "map": {"a": "a", "b": "b", "t": "t"}}}
    assert joint(None, dimensions=mapped).size == 200


def test_categories_that_the_frame_does_not_have_are_named_for_a_table_without_rows() -> None:
    said = refusal(
        read_plan({"files": [{**JOINT, "dimensions": {**JOINT["dimensions"], "size": {"column": "Koko"}}}]}),
        {"joint.json": as_json(pxweb())},
    )
    assert (
        "category “t” of the dimension “Koko”: this is no category of the dimension size (1-9, 10-49)" in said
    )


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["rovaniemi", "pohjois-lappi"]), st.sampled_from(["1-9", "10-49"])),
        st.integers(1, 10**6),
        min_size=4,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_the_margins_of_any_joint_table_add_up_in_any_format(
    cells: dict[tuple[str, str], int], delimiter: str, sheet: bool
) -> None:
    rows = [("sub-region", "size", "count"), *((*codes, count) for codes, count in cells.items())]
    data = as_xlsx(*rows) if sheet else as_csv(*rows, delimiter=delimiter)
    frame = read_frame(plan_for(["a"]), {"a": data}, FRAME, WORDS)
    total = sum(cells.values())
    for place, dimension in enumerate(frame.dimensions):
        assert sum(dimension.counts) == total == frame.size
        for category in dimension.categories:
            assert category.count == sum(n for codes, n in cells.items() if codes[place] == category.code)
    assert read_frame(plan_for(["b"]), {"b": _stat(frame.dimensions, cells)}, None, WORDS).size == total


def _stat(dimensions: tuple[Dimension, ...], cells: dict[tuple[str, str], int]) -> bytes:
    codes = [[category.code for category in d.categories] for d in dimensions]
    return as_json(
        {
            "class": "dataset",
            "id": [d.code for d in dimensions],
            "size": [len(c) for c in codes],
            "dimension": {d.code: {"category": {"index": c}} for d, c in zip(dimensions, codes, strict=True)},
            "value": [cells[one, other] for one in codes[0] for other in codes[1]],
        }
    )


def test_a_frame_reads_back_as_it_was_written() -> None:
    frame = joint()
    assert Frame.model_validate_json(frame.model_dump_json()) == frame
