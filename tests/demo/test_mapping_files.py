"""Real surveys come in through their mapping files as the reference derivations say."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.demo.generator import HERE
from services.survey.commands.evidence import estimate
from services.survey.commands.imports import Upload, import_answers
from services.survey.imports import Imported, harvest
from services.survey.mappings import FileMapping, read_mapping
from services.survey.rounds import Round
from services.survey.spreadsheets import read_sheet
from shared.db import Database
from shared.vocabulary import vocabulary
from tests.survey.asked import KEY

pytestmark = pytest.mark.reference

NSW = "nsw_remote_working_2020"
PANDEMIC = "pandemic_programming"
FILES = {NSW: "2020_rws.csv", PANDEMIC: "export_2020-04-16.csv"}
# Column of the reference file to what our answers call it.
SEGMENT = {name: name for name in ("gender", "age_group", "area", "org_size", "industry_group")}
NUMBERS = {
    "rw_pct": "rw_pct",
    "pref_pct": "pref_pct",
    "org_encouraged": "org_encouraged",
    "org_prepared": "org_prepared",
    "productivity_pct": "productivity_pct",
    "hours_commute_office": "hours_commute_office",
    "hours_work_remote": "hours_work_remote",
}
CHOICES = ("manages", "household", "tenure")


def document(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


def source(reference_data: Path, name: str) -> bytes:
    return (reference_data / "data" / name / FILES[name]).read_bytes()


def taken(reference_data: Path, name: str) -> tuple[FileMapping, list[Imported], dict[str, int]]:
    mapping = read_mapping(document(name))
    assert isinstance(mapping.round, Round)
    assert mapping.questionnaire is not None
    sheet = read_sheet(source(reference_data, name), mapping.source)
    found = harvest(mapping, (mapping.round, mapping.questionnaire), sheet, vocabulary())
    return mapping, found.answers, found.dropped


def slug(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9+]+", "-", word).replace("+", "plus")


def number(cell: str) -> float | None:
    return None if cell in ("", "NA") else float(cell)


@pytest.fixture(scope="module")
def nsw(reference_data: Path) -> tuple[FileMapping, list[Imported], dict[str, int]]:
    return taken(reference_data, NSW)


@pytest.fixture(scope="module")
def derived(reference_data: Path) -> list[dict[str, str]]:
    path = reference_data / "golden" / "nsw2020" / "nsw2020_derived.csv"
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_nsw_keeps_1505_rows_and_drops_the_two_that_the_margins_do_not_count(
    nsw: tuple[FileMapping, list[Imported], dict[str, int]],
) -> None:
    _, answers, dropped = nsw
    assert len(answers) == 1505
    assert list(dropped.values()) == [2]


@pytest.mark.parametrize("column", SEGMENT)
def test_nsw_categories_are_those_of_the_reference(
    nsw: tuple[FileMapping, list[Imported], dict[str, int]], derived: list[dict[str, str]], column: str
) -> None:
    assert [a.given.segment[SEGMENT[column]] for a in nsw[1]] == [slug(row[column]) for row in derived]


@pytest.mark.parametrize("column", NUMBERS)
def test_nsw_numbers_are_those_of_the_reference(
    nsw: tuple[FileMapping, list[Imported], dict[str, int]], derived: list[dict[str, str]], column: str
) -> None:
    wanted = [number(row[column]) for row in derived]
    if column.startswith("hours"):
        wanted = [None if hours is not None and hours > 24 else hours for hours in wanted]
    assert [a.given.values.get(NUMBERS[column]) for a in nsw[1]] == wanted


@pytest.mark.parametrize("column", CHOICES)
def test_nsw_choices_part_the_answers_as_the_reference_does(
    nsw: tuple[FileMapping, list[Imported], dict[str, int]], derived: list[dict[str, str]], column: str
) -> None:
    ours = [a.given.values.get(column) for a in nsw[1]]
    theirs = [None if row[column] in ("", "NA") else row[column] for row in derived]
    pairs = set(zip(ours, theirs, strict=True))
    assert len(pairs) == len(set(ours)) == len(set(theirs))


def test_nsw_frame_has_the_margins_of_the_reference_and_says_that_they_are_invented(
    reference_data: Path, nsw: tuple[FileMapping, list[Imported], dict[str, int]]
) -> None:
    about = yaml.safe_load((reference_data / "golden/nsw2020/nsw2020_golden.json").read_text())["about"]
    round_ = nsw[0].round
    assert isinstance(round_, Round)
    ours = {d.code: {c.code: c.count for c in d.categories} for d in round_.frame.dimensions}
    assert ours == {d: {slug(c): n for c, n in counts.items()} for d, counts in about["margins"].items()}
    assert "invented" in round_.frame.assumptions[0].en
    assert (round_.unit, round_.fpc) == ("person", False)


async def test_nsw_imported_gives_the_mean_and_error_of_r(reference_data: Path, database: Database) -> None:
    upload = Upload(source(reference_data, NSW), document(NSW), "test")
    async with database.transaction() as tx:
        report = await import_answers(tx, upload, KEY)
    async with database.transaction() as tx:
        (read,) = (await estimate(tx, "nsw-2020", item="rw_pct")).estimates
    assert (report.read, report.kept) == (1507, 1505)
    assert read.estimate == pytest.approx(63.8281934970048, abs=1e-6)
    assert read.se == pytest.approx(1.01993742463942, abs=1e-6)


def test_pandemic_programming_is_read_by_its_codebook(reference_data: Path) -> None:
    mapping, answers, dropped = taken(reference_data, PANDEMIC)
    assert len(answers) + sum(dropped.values()) == 2225
    assert len(answers) == 2195
    assert mapping.questionnaire is not None
    questions = {question.code: question for question in mapping.questionnaire.questions}
    supports = [o for q in questions.values() if q.code.startswith("done_") for o in q.options]
    assert len(supports) == 22
    with_equipment = sum("take-home" in a.given.values.get("done_safety_ergonomics", []) for a in answers)
    raw = list(csv.DictReader(source(reference_data, PANDEMIC).decode("utf-8-sig").splitlines()))
    kept = [r for r in raw if "NA" not in (r["Country"], r["OrganizationSize"], r["Gender"])]
    assert with_equipment == sum(r["OS1_y"] == "1" for r in kept)
    who = [int(r["WHO5S1"]) for r in kept if r["WHO5S1"] != "NA"]
    assert [a.given.values["who_cheerful"] for a in answers if "who_cheerful" in a.given.values] == who


def test_pandemic_frame_says_that_it_is_assumed(reference_data: Path) -> None:
    round_ = read_mapping(document(PANDEMIC)).round
    assert isinstance(round_, Round)
    assert "assumptions" in round_.frame.assumptions[0].en
    assert [d.code for d in round_.frame.dimensions] == ["country_group", "org_size", "gender"]
