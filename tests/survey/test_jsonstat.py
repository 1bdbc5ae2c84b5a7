"""JSON-stat files are read as they are meant, and refused where they contradict themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.survey.jsonstat import read_jsonstat
from shared.errors import Invalid
from tests.survey.counts import VALUES, as_json, pxweb


def numbers(document: object) -> dict[tuple[str, ...], float | None]:
    return {count.codes: count.value for count in read_jsonstat("t.json", as_json(document)).counts}


def test_the_last_dimension_turns_fastest() -> None:
    found = numbers(pxweb())
    assert list(found.values()) == VALUES
    assert found["2023", "KU698", "b", "lkm"] == 20
    assert found["2022", "KU890", "t", "lkm"] == 1


def test_codes_stand_in_the_order_of_their_index_and_have_labels() -> None:
    table = read_jsonstat("t.json", b"\xef\xbb\xbf" + as_json(pxweb()))
    assert list(table.axes[0].categories) == ["2022", "2023"]
    assert table.axes[2].label == "Henkilöstö"
    assert table.axes[3].categories == {"lkm": "Lukumäärä"}
    assert table.about == "Toimipaikat (synteettinen), Testi, 2025-01-01T06:00:00Z"


def test_values_may_be_given_for_some_cells_only() -> None:
    found = numbers(pxweb(value={"15": 40, "16": 20.5}))
    assert found["2023", "KU698", "a", "lkm"] == 40
    assert found["2023", "KU698", "b", "lkm"] == 20.5
    assert found["2023", "KU698", "t", "lkm"] is None


@pytest.mark.parametrize("status", [{"0": "-"}, ["-", *[None] * 23], "-", ["-"]])
def test_the_sign_for_nothing_to_count_is_nobody_and_other_gaps_are_unknown(status: object) -> None:
    found = list(numbers(pxweb(value=[None, *VALUES[1:-1], None], status=status)).values())
    assert found[0] == 0
    assert found[-1] == (0 if status in ("-", ["-"]) else None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": VALUES[:-1]}, "has 23 entries in value, but its dimensions make 24 cells"),
        ({"value": {"24": 1}}, "for cells that its dimensions do not make"),
        ({"value": {"-1": 1}}, "for cells that its dimensions do not make"),
        ({"value": "1"}, "neither a list nor an object of values"),
        ({"value": [*VALUES[:-1], "12"]}, "the cell Vuosi=2023, Alue=KU890, Koko=t, Tiedot=lkm"),
        ({"value": [True, *VALUES[1:]]}, "the cell Vuosi=2022, Alue=SSS, Koko=a, Tiedot=lkm"),
        ({"value": [1e300, *VALUES[1:]]}, "no number that can be used in the cell Vuosi=2022"),
        ({"value": [float("nan"), *VALUES[1:]]}, "holds NaN, which is no number"),
        ({"value": [float("inf"), *VALUES[1:]]}, "holds Infinity, which is no number"),
        ({"status": ["a", "b"]}, "has 2 entries in status"),
        ({"size": [2, 4, 3]}, "does not have one size for each dimension"),
        ({"size": [2, 4, 4, 1]}, "the dimension “Koko” has 3 categories, but size says otherwise"),
        ({"id": ["Vuosi", "Alue", "Alue", "Tiedot"]}, "does not have one size for each dimension"),
        ({"id": ["Vuosi", "Alue", "Toinen", "Tiedot"]}, "does not describe its dimension “Toinen”"),
        ({"id": []}, "does not have one size for each dimension"),
        ({"dimension": None}, "needs the parts id, size and dimension"),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        numbers(pxweb(**change))
    assert said in refused.value.message
    assert "“t.json”" in refused.value.message


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ({"a": 0, "b": 1, "t": 3}, "does not list the categories of its dimension “Koko” in order"),
        ({"a": 0, "b": "1", "t": 2}, "does not list the categories"),
        ([1, 2, 3], "does not list the categories"),
        (["a", "a", "t"], "names a category of its dimension “Koko” twice"),
        (None, "does not list the categories"),
    ],
)
def test_categories_must_have_an_order(index: object, said: str) -> None:
    document = pxweb()
    document["dimension"]["Koko"] = {"category": {"index": index}}
    with pytest.raises(Invalid, match=said):
        numbers(document)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"id": [\n1,,', "look at line 2"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"{}", "is no JSON-stat 2 table"),
        (b"[]", "is no JSON-stat 2 table"),
        (as_json({"dataset": {"value": []}}), "is JSON-stat 1. Ask for the format json-stat2"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_jsonstat("t.json", data)


def test_a_table_of_endless_cells_is_refused_before_it_is_made() -> None:
    many = {"category": {"index": [str(n) for n in range(1000)]}}
    build: Callable[[], object] = lambda: numbers(  # noqa: E731
        {"id": ["a", "b"], "size": [1000, 1000], "dimension": {"a": many, "b": many}, "value": {}}
    )
    with pytest.raises(Invalid, match="has 1,000,000 cells"):
        build()
