"""Rows become answers, or nothing does and every reason is told."""

from __future__ import annotations

from typing import Any

import pytest

from services.survey.imports import Harvest, Unimportable, harvest
from services.survey.mappings import read_mapping
from services.survey.spreadsheets import read_sheet
from shared.errors import Invalid
from shared.vocabulary import vocabulary
from tests.survey.asked import QUESTIONNAIRE, round_

MAPPING: dict[str, Any] = {
    "mapping": "trial",
    "source": {"missing": ["NA"]},
    "round": "r1",
    "segment": {
        "sub-region": {"column": "Kunta", "recode": "municipality"},
        "size": {"column": "Koko", "map": {"pieni": "1-9", "iso": "10-49"}},
    },
    "values": {
        "energy": {"column": "Voimat", "map": {"huonosti": 1, "hyvin": 5}},
        "share": {"column": "Osuus", "recode": "percent", "out_of_range": "missing"},
        "barriers": {"ticks": {"net": "Este [verkko]", "chair": "Este [tuoli]"}, "ticked": ["x"]},
    },
    "opens": {"learned": "Oppi"},
    "organisation": "Yritys",
    "language": {"column": "Kieli", "other": "fi"},
}
HEADER = "Kunta,Koko,Voimat,Osuus,Este [verkko],Este [tuoli],Oppi,Yritys,Kieli"
GOOD = "Inari,pieni,hyvin,50% ajasta,x,,Hyvin meni,1234567-8,en"


def take(*rows: str, header: str = HEADER, **changes: Any) -> Harvest:
    mapping = read_mapping({**MAPPING, **changes})
    sheet = read_sheet("\n".join([header, *rows]).encode(), mapping.source)
    return harvest(mapping, (round_(), QUESTIONNAIRE), sheet, vocabulary())


def test_a_row_becomes_an_answer() -> None:
    (found,) = take(GOOD).answers
    assert found.organisation == "1234567-8"
    assert found.given.segment == {"sub-region": "pohjois-lappi", "size": "1-9"}
    assert found.given.values == {"energy": 5, "share": 50, "barriers": ["net"]}
    assert found.given.opens == {"learned": "Hyvin meni"}
    assert found.given.language == "en"


def test_missing_words_and_empty_cells_are_no_answer() -> None:
    (found,) = take("Inari,iso,hyvin,NA,,,NA,NA,").answers
    assert (found.given.values, found.given.opens, found.organisation) == ({"energy": 5}, {}, "")
    assert take("Inari,iso,NA,NA,NA,NA,,,").dropped == {"answers nothing": 1}


def test_boxes_that_were_asked_and_not_ticked_are_an_answer() -> None:
    (found,) = take("Inari,iso,hyvin,,-,-,,,").answers
    assert found.given.values == {"energy": 5, "barriers": []}
    (found,) = take("Inari,iso,hyvin,,,,,,").answers
    assert found.given.values == {"energy": 5}


def test_rows_are_dropped_by_the_mapping_and_counted_by_reason() -> None:
    keep = [{"column": "Koko", "any_of": ["pieni"], "otherwise": "too large"}]
    taken = take(GOOD, "Inari,iso,hyvin,,,,,,", "Inari,NA,hyvin,,,,,,", ",pieni,hyvin,,,,,,", keep=keep)
    assert (taken.read, len(taken.answers)) == (4, 1)
    assert taken.dropped == {"too large": 2, "does not tell sub-region": 1}


def test_a_number_beyond_its_range_is_refused_or_missing_as_the_mapping_says() -> None:
    (found,) = take("Inari,iso,hyvin,400% ajasta,,,,,").answers
    assert "share" not in found.given.values
    values = {"share": {"column": "Osuus", "recode": "percent"}}
    with pytest.raises(Unimportable, match="Row 2, column “Osuus”: The number must lie between 0 and 100"):
        take("Inari,iso,hyvin,400% ajasta,,,,,", values=values)


def test_unreadable_cells_are_told_by_row_and_column_and_never_repeated() -> None:
    rows = [GOOD, "Sievi,pieni,salaisuus,,,,,,", "Inari,keski,hyvin,,,,,,", "Inari,iso,ehkä,,,,,,"]
    with pytest.raises(Unimportable) as refused:
        take(*rows)
    said = refused.value.message
    assert "Row 3, column “Kunta”: This is not a municipality of Lapland" in said
    assert "Row 4, column “Koko”: The mapping does not say what this answer means" in said
    assert "Row 5, column “Voimat”: The mapping does not say" in said
    assert not any(word in said for word in ("Sievi", "salaisuus", "keski", "ehkä"))
    assert said.startswith("Nothing was imported.")


def test_a_hundred_unreadable_rows_make_a_short_message() -> None:
    with pytest.raises(Unimportable, match="And 92 more") as refused:
        take(*["Inari,keski,hyvin,,,,,,"] * 100)
    assert len(refused.value.message) < 1200


def test_a_category_that_the_frame_does_not_count_is_refused() -> None:
    with pytest.raises(Unimportable, match="Row 2, column “Kunta”: This gives a category that the frame"):
        take("Kemi,iso,hyvin,,,,,,")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"values": {"enrgy": {"column": "Voimat"}}}, "names “enrgy”, which is no closed question.*energy"),
        ({"values": {"learned": {"column": "Oppi"}}}, "which is no closed question"),
        ({"opens": {"energy": "Oppi"}}, "which is no open question"),
        ({"segment": {"size": {"column": "Koko"}}}, "does not say how a row tells sub-region"),
        ({"segment": {**MAPPING["segment"], "age": {"column": "Koko"}}}, "no dimension of the round's frame"),
        ({"values": {"energy": {"column": "Voima"}}}, "column “Voima”.*Nearest in the file: “Voimat”"),
        ({"values": {"energy": {"ticks": {"a": "Voimat"}}}}, "must name one column for the question energy"),
        ({"values": {"barriers": {"ticks": {"moon": "Voimat"}}}}, "ticks “moon”, which is no option"),
    ],
)
def test_a_mapping_that_does_not_fit_says_where(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        take(GOOD, **changes)


def test_several_options_come_from_one_cell_or_from_several() -> None:
    codes = {"map": {"verkko": "net", "tuoli": "chair", "muu": ""}}
    split = {"barriers": {"column": "Este [verkko]", "split": ";", **codes}}
    (one,) = take("Inari,iso,,,tuoli; verkko,,,,", values=split).answers
    assert one.given.values == {"barriers": ["net", "chair"]}
    alike = {
        "energy": MAPPING["values"]["energy"],
        "barriers": {"columns": ["Este [verkko]", "Este [tuoli]"], **codes},
    }
    rows = ("Inari,iso,hyvin,,muu,tuoli,,,", "Inari,iso,hyvin,,muu,muu,,,", "Inari,iso,hyvin,,,,,,")
    found = [answer.given.values.get("barriers") for answer in take(*rows, values=alike).answers]
    assert found == [["chair"], [], None]


def test_a_text_that_is_too_long_is_told_by_row() -> None:
    with pytest.raises(Unimportable, match="Row 2, column “Oppi”: Shorten the text"):
        take(f"Inari,iso,hyvin,,,,{'x' * 4001},,")
