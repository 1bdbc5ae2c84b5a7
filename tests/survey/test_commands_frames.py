"""A corrected frame makes a new release at once, and what no longer holds is retracted."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from sqlalchemy import select

from services.survey.commands.evidence import verify_release
from services.survey.commands.frames import correct_frame, find_frame, read_frame_files, rehearse_frame
from services.survey.commands.releases import release_round
from services.survey.corrections import CannotCorrect
from services.survey.frame_plans import plan_for
from services.survey.releases import Release
from services.survey.rounds import Frame
from services.survey.store.insights import list_live
from services.survey.store.releases import load_release
from services.survey.weighting import CannotWeight
from shared.backbone import audit
from shared.db import Database
from shared.errors import Invalid, NotFound
from shared.events import InsightRetracted, ReleasePublished
from tests.survey.acts import bring_in, create, emitted
from tests.survey.asked import FRAME, dimension, round_
from tests.survey.counts import as_csv
from tests.survey.test_rounds import uncounted


def frame(rovaniemi: float, north: float) -> Frame:
    places = dimension("sub-region", {"rovaniemi": rovaniemi, "pohjois-lappi": north})
    return Frame(
        dimensions=(places, dimension("size", {"1-9": 700, "10-49": 300})), assumptions=FRAME.assumptions
    )


MANY_IN_ROVANIEMI, MANY_IN_THE_NORTH = frame(900, 100), frame(100, 900)


async def answered(database: Database) -> None:
    """120 organisations answer: those of Rovaniemi are worn out, those of the north are not."""
    rng = np.random.default_rng(5)
    rows = []
    for n in range(120):
        place, level = ("Inari", 4.0) if n % 2 else ("Rovaniemi", 2.0)
        energy = int(np.clip(np.round(rng.normal(level, 0.7)), 1, 5))
        rows.append(f"{place},{'1-9' if n % 3 else '10-49'},{energy},,firma-{n}")
    written = round_("imported", status="closed", frame=MANY_IN_ROVANIEMI)
    await bring_in(database, *rows, round=written.model_dump(mode="json"))


async def standing(database: Database) -> set[str]:
    async with database.transaction() as tx:
        return {one.finding.insight for one in await list_live(tx, "imported")}


async def test_what_no_longer_holds_is_retracted_at_once_and_says_why(database: Database) -> None:
    await answered(database)
    async with database.transaction() as tx:
        first = await release_round(tx, "imported", "analyst")
    need = "imported--energy--need--region"
    assert need in await standing(database)
    async with database.transaction() as tx:
        done = await correct_frame(tx, "imported", MANY_IN_THE_NORTH, "analyst")
    assert (done.former, done.round.frame) == (MANY_IN_ROVANIEMI, MANY_IN_THE_NORTH)
    assert done.release == "imported-2"
    assert need not in await standing(database)
    told = await emitted(database)
    (retracted,) = [e for e in told if isinstance(e, InsightRetracted) and e.insight == need]
    assert retracted.reason == "frame_corrected"
    assert [e.release for e in told if isinstance(e, ReleasePublished)] == [first.release, done.release]
    means = [_region(await _release_of(database, key)) for key in (first.release, done.release)]
    assert means[0] < 2.6
    assert means[1] > 3.4


async def test_both_releases_can_still_be_worked_out_again(database: Database) -> None:
    await answered(database)
    async with database.transaction() as tx:
        first = await release_round(tx, "imported", "analyst")
        second = await correct_frame(tx, "imported", MANY_IN_THE_NORTH, "analyst")
    async with database.transaction() as tx:
        for key in (first.release, second.release):
            verified = await verify_release(tx, key)
            assert (verified.differ, verified.agree) == ((), verified.figures)
            assert verified.content_hash_agrees


async def test_a_rehearsal_says_the_same_and_changes_nothing(database: Database) -> None:
    await answered(database)
    async with database.transaction() as tx:
        await release_round(tx, "imported", "analyst")
    before = await emitted(database)
    async with database.transaction() as tx:
        tried = await rehearse_frame(tx, "imported", MANY_IN_THE_NORTH)
    assert tried.release == ""
    assert tried.representation.answered["sub-region"] == {"rovaniemi": 60, "pohjois-lappi": 60}
    assert tried.representation.weights is not None
    async with database.transaction() as tx:
        round_now, representation = await find_frame(tx, "imported")
    assert round_now.frame == MANY_IN_ROVANIEMI
    assert representation.assumptions[0] == FRAME.assumptions[0]
    assert await emitted(database) == before


async def test_before_the_first_release_a_correction_releases_nothing(database: Database) -> None:
    await answered(database)
    async with database.transaction() as tx:
        done = await correct_frame(tx, "imported", MANY_IN_THE_NORTH, "analyst")
    assert done.release == ""
    assert not [e for e in await emitted(database) if isinstance(e, ReleasePublished)]


async def test_a_planned_round_may_still_be_counted_otherwise(database: Database) -> None:
    await create(database, status="planned")
    sizes = Frame(dimensions=(dimension("size", {"1-9": 8, "10-49": 2}),))
    async with database.transaction() as tx:
        await correct_frame(tx, "r1", sizes, "analyst")
        found, representation = await find_frame(tx, "r1")
    assert found.frame == sizes
    assert representation.weights is None


async def test_what_answers_lie_in_cannot_go_and_the_frame_stays(database: Database) -> None:
    await answered(database)
    fewer = Frame(dimensions=(MANY_IN_ROVANIEMI.dimensions[0], dimension("size", {"1-9": 1000})))
    async with database.transaction() as tx:
        with pytest.raises(CannotCorrect, match="must keep 10-49"):
            await correct_frame(tx, "imported", fewer, "analyst")
    async with database.transaction() as tx:
        assert (await find_frame(tx, "imported"))[0].frame == MANY_IN_ROVANIEMI


async def test_a_frame_that_the_answers_cannot_meet_is_refused_by_its_category(database: Database) -> None:
    rows = [f"Rovaniemi,1-9,{n % 5 + 1},,firma-{n}" for n in range(8)]
    rows += [f"Inari,10-49,{n % 5 + 1},,yhtio-{n}" for n in range(8)]
    await bring_in(database, *rows)
    crossed = dimension("sub-region", {"rovaniemi": 10, "pohjois-lappi": 90})
    async with database.transaction() as tx:
        with pytest.raises(CannotWeight, match="can stand only for"):
            await correct_frame(tx, "imported", Frame(dimensions=(crossed, FRAME.dimensions[1])), "analyst")


async def test_places_that_are_not_in_the_region_and_rounds_that_are_not_are_refused(
    database: Database,
) -> None:
    await create(database, status="planned")
    elsewhere = Frame(dimensions=(dimension("sub-region", {"atlantis": 5}),))
    async with database.transaction() as tx:
        with pytest.raises(Invalid, match="places that Lapland does not have: atlantis"):
            await correct_frame(tx, "r1", elsewhere, "analyst")
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await find_frame(tx, "nowhere")
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await correct_frame(tx, "nowhere", FRAME, "analyst")


async def test_files_give_a_frame_that_keeps_what_they_do_not_count(database: Database) -> None:
    await create(database)
    async with database.transaction() as tx:
        files = {"size.csv": as_csv(("size", "count"), ("1-9", 80), ("10-49", 20))}
        found = await read_frame_files(tx, "r1", plan_for(files), files)
        done = await correct_frame(tx, "r1", found, "analyst")
        (entry,) = [row for row in await tx.all(select(audit)) if row["action"] == "correct_frame"]
    assert found.dimensions[0] == FRAME.dimensions[0]
    assert done.round.frame.sources[0].name == "size.csv"
    assert (entry["actor"], entry["subject"]) == ("analyst", "r1")
    assert entry["detail"] == {"size": 100, "sources": ["size.csv"]}


async def test_a_dimension_without_counts_makes_segments_and_every_release_says_so(
    database: Database,
) -> None:
    await answered(database)
    partly = Frame(dimensions=(MANY_IN_ROVANIEMI.dimensions[0], uncounted("size", "1-9", "10-49")))
    async with database.transaction() as tx:
        await correct_frame(tx, "imported", partly, "analyst")
        release = await release_round(tx, "imported", "analyst")
        verified = await verify_release(tx, release.release)
    assert any("“size in English” is not known" in told.en for told in release.assumptions)
    sizes = {cell.segment["size"] for cell in release.cells if "size" in cell.segment}
    assert sizes == {"1-9", "10-49"}
    assert (verified.differ, verified.agree) == ((), verified.figures)


async def test_others_are_served_while_a_release_is_worked_out(database: Database) -> None:
    await answered(database)
    gaps, clock = [0.0], asyncio.get_running_loop().time

    async def wait_for_turns() -> None:
        while True:
            before = clock()
            await asyncio.sleep(0.001)
            gaps.append(clock() - before)

    waiting = asyncio.create_task(wait_for_turns())
    start = clock()
    async with database.transaction() as tx:
        await release_round(tx, "imported", "analyst")
    took = clock() - start
    waiting.cancel()
    # On one thread the longest gap is two fifths of the time that a release takes, on two a tenth.
    assert max(gaps) < took / 4


async def _release_of(database: Database, key: str) -> Release:
    async with database.transaction() as tx:
        signed = await load_release(tx, key)
    assert signed is not None
    return signed.release


def _region(release: Release) -> float:
    (cell,) = [cell for cell in release.cells if cell.item == "energy" and not cell.segment]
    return cell.figure.estimate
