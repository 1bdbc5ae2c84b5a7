"""A file is taken in whole or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.survey.commands.imports import Upload, rehearse_import
from services.survey.store.answers import load_answer_set
from services.survey.store.rounds import list_imports, load_form
from shared.db import Database
from shared.errors import Invalid, NotFound, Refused
from shared.events import PracticeSuggested
from tests.survey.acts import MAPPING, bring_in, count, csv_file, emitted
from tests.survey.asked import dimension, round_

ROWS = ("Inari,1-9,4,Sauna perjantaisin,1234567-8", "Ranua,10-49,2,,1234567-8", ",1-9,3,,")


async def test_an_import_creates_its_round_and_takes_its_answers_in_order(database: Database) -> None:
    report = await bring_in(database, *ROWS)
    assert (report.round, report.new_round, report.read, report.kept) == ("imported", True, 3, 2)
    assert report.dropped == {"does not tell sub-region": 1}
    async with database.transaction() as tx:
        assert (await load_form(tx, "imported")).round.status == "closed"
        found = await load_answer_set(tx, "imported")
        sources = await tx.all(text("SELECT DISTINCT source, import, receipt FROM answers"))
    assert found.values[:, 0].tolist() == [4, 2]
    assert found.units.tolist() == [0, 0]
    assert [dict(row) for row in sources] == [
        {"source": "import", "import": report.import_id, "receipt": None}
    ]


async def test_practices_named_in_a_file_are_suggested(database: Database) -> None:
    await bring_in(database, *ROWS)
    (event,) = await emitted(database)
    assert isinstance(event, PracticeSuggested)
    assert event.text == "Sauna perjantaisin"


async def test_another_file_adds_to_the_round_and_the_same_one_is_refused(database: Database) -> None:
    first = await bring_in(database, *ROWS)
    second = await bring_in(database, "Inari,1-9,5,,")
    assert (second.new_round, await count(database, "answers")) == (False, 3)
    with pytest.raises(Refused, match=f"in the round already, as import {first.import_id}"):
        await bring_in(database, *ROWS)
    async with database.transaction() as tx:
        assert sorted(row["kept"] for row in await list_imports(tx)) == [1, 2]
    assert await count(database, "answers") == 3


async def test_nothing_is_half_done_when_a_row_cannot_be_read(database: Database) -> None:
    with pytest.raises(Invalid, match="Row 3, column “Voimat”"):
        await bring_in(database, ROWS[0], "Ranua,10-49,many,,")
    for table in ("answers", "open_answers", "rounds", "questionnaires", "imports", "audit"):
        assert await count(database, table) == 0
    assert await emitted(database) == []


async def test_a_rehearsal_tells_the_same_and_changes_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        report = await rehearse_import(tx, Upload(csv_file(*ROWS), MAPPING, "analyst"))
    assert (report.import_id, report.new_round, report.kept) == ("", True, 2)
    for table in ("answers", "rounds", "questionnaires", "imports", "audit"):
        assert await count(database, table) == 0
    async with database.transaction() as tx:
        with pytest.raises(Invalid, match="Row 2"):
            await rehearse_import(tx, Upload(csv_file("Inari,1-9,x,,"), MAPPING, "analyst"))


async def test_a_round_with_another_frame_is_not_imported_into(database: Database) -> None:
    await bring_in(database, *ROWS)
    frame = {"dimensions": (dimension("sub-region", {"pohjois-lappi": 5}), dimension("size", {"1-9": 5}))}
    other = round_("imported", frame=frame).model_dump(mode="json")
    with pytest.raises(Refused, match="with another frame, unit or questionnaire"):
        await bring_in(database, "Inari,1-9,5,,", round=other)


async def test_a_mapping_can_name_a_round_that_exists_and_no_other(database: Database) -> None:
    await bring_in(database, *ROWS)
    report = await bring_in(database, "Inari,1-9,5,,", round="imported", questionnaire=None)
    assert report.kept == 1
    with pytest.raises(NotFound):
        await bring_in(database, "Inari,1-9,5,,", round="nowhere", questionnaire=None)
