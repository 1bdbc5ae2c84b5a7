"""Letters are grouped by failure, handled again or given up, and keep nothing of what was withdrawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from shared import dead_letters
from shared.backbone import audit, inbox, outbox
from shared.backbone import dead_letters as letters
from shared.db import Database, Transaction
from shared.dead_letters import Chosen, Letter, deciding
from shared.errors import Invalid, NotFound, Refused
from shared.events import StoryPublished
from shared.messaging import Handlers, Tx
from shared.streams import Durable
from tests.shared.given import story

DURABLE = Durable("coaching", StoryPublished)
Before = Callable[[StoryPublished], None]


def letter(event_id: str, key: str = "s1", revision: str = "1", **headers: str) -> Letter:
    event = story(key)
    envelope = {"ce-id": event_id, "ce-type": event.type_name(), "ce-revision": revision, **headers}
    return Letter.of(DURABLE, envelope, event.subject, event.model_dump_json().encode())


async def put_aside(database: Database, *put: Letter, reason: str = "refused: not_yet") -> None:
    for one in put:
        async with database.transaction() as tx:
            await dead_letters.save(tx, one, reason, tries=3)


def handlers(before: Before = lambda _: None) -> Handlers:
    """A handler of stories that emits one as well: what fails must not leave that behind."""
    events = Handlers("coaching")

    @events.on(StoryPublished)
    async def on_story_published(event: StoryPublished, tx: Tx) -> None:
        tx.emit(story(f"echo-{event.story}"))
        before(event)
        await tx.audit("test", "handled", event.story, {"correlation": tx.origin.correlation_id})

    return events


def refuse(*keys: str) -> Before:
    def check(event: StoryPublished) -> None:
        if event.story in keys:
            raise Refused("still_not", "Still not.")

    return check


async def waiting(database: Database) -> dict[str, str]:
    async with database.transaction() as tx:
        return {row["event_id"]: row["reason"] for row in await dead_letters.list_letters(tx)}


async def all_kept(database: Database) -> str:
    async with database.transaction() as tx:
        return str([dict(row) for row in await tx.all(select(letters))])


async def audited(database: Database, action: str) -> list[Any]:
    async with database.transaction() as tx:
        rows = await tx.all(select(audit).where(audit.c.action == action).order_by(audit.c.position))
    return [(row["actor"], row["subject"], row["detail"]) for row in rows]


async def redrive(database: Database, chosen: Chosen, before: Before = lambda _: None) -> Any:
    async with database.transaction() as tx:
        return await dead_letters.redrive(tx, handlers(before), chosen, "operator")


async def test_letters_are_grouped_by_what_failed(database: Database) -> None:
    await put_aside(database, letter("e1"), letter("e2", "s2"))
    await put_aside(database, letter("e3", "s3"), reason="KeyError in coaching.commands.facts.keep")
    async with database.transaction() as tx:
        groups = await dead_letters.list_groups(tx)
    assert [(group["reason"], group["letters"], group["tries"]) for group in groups] == [
        ("refused: not_yet", 2, 6),
        ("KeyError in coaching.commands.facts.keep", 1, 3),
    ]
    assert groups[0]["first_at"] < groups[0]["last_at"]
    assert groups[0]["handler"] == DURABLE.name


async def test_a_letter_that_comes_again_counts_its_tries_and_keeps_its_first_time(
    database: Database,
) -> None:
    await put_aside(database, letter("e1"))
    await put_aside(database, letter("e1"), reason="another")
    async with database.transaction() as tx:
        (row,) = await dead_letters.list_letters(tx)
    assert (row["tries"], row["reason"]) == (6, "another")
    assert row["first_at"] < row["last_at"]


async def test_reading_a_letter_whole_is_audited(database: Database) -> None:
    await put_aside(database, letter("e1", traceparent="00-aa-bb-01"))
    async with database.transaction() as tx:
        row = await dead_letters.load_letter(tx, "e1", "operator")
    assert StoryPublished.model_validate_json(row["body"]) == story()
    assert row["headers"]["traceparent"] == "00-aa-bb-01"
    assert await audited(database, "dead_letter_read") == [("operator", f"{DURABLE.name}/e1", {})]


async def test_one_letter_is_redriven_under_its_own_origin(database: Database) -> None:
    await put_aside(database, letter("e1", **{"ce-correlationid": "c1"}), letter("e2", "s2"))
    done = await redrive(database, Chosen(event_id="e1"))
    assert (done.handled, done.failed, done.left) == (1, (), 0)
    assert list(await waiting(database)) == ["e2"]
    assert await audited(database, "handled") == [("test", "s1", {"correlation": "c1"})]
    assert await audited(database, "dead_letter_redriven") == [("operator", f"{DURABLE.name}/e1", {})]
    async with database.transaction() as tx:
        assert {row["event_id"] for row in await tx.all(select(inbox))} == {"e1", "e2"}


async def test_a_group_is_redriven_and_the_others_wait_on(database: Database) -> None:
    await put_aside(database, letter("e1"), letter("e2", "s2"))
    await put_aside(database, letter("e3", "s3"), reason="another")
    group = dead_letters.fingerprint(DURABLE.name, "refused: not_yet")
    assert (await redrive(database, Chosen(fingerprint=group))).handled == 2
    assert list(await waiting(database)) == ["e3"]


async def test_a_letter_that_fails_again_hinders_no_other_and_leaves_nothing_behind(
    database: Database,
) -> None:
    await put_aside(database, letter("e1"), letter("e2", "s2"), letter("e3", "s3"))
    done = await redrive(database, Chosen(), refuse("s2"))
    assert (done.handled, [failure.event_id for failure in done.failed]) == (2, ["e2"])
    assert await waiting(database) == {"e2": "refused: still_not"}
    async with database.transaction() as tx:
        emitted = [row["key"] for row in await tx.all(select(outbox.c.key).order_by(outbox.c.position))]
        assert await tx.value(select(letters.c.tries).where(letters.c.event_id == "e2")) == 4
    assert emitted == ["echo-s1", "echo-s3"]
    assert len(await audited(database, "dead_letter_failed_again")) == 1


async def test_all_are_redriven_in_parts_and_what_failed_is_not_met_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "AT_ONCE", 2)
    await put_aside(database, *(letter(f"e{number}", f"s{number}") for number in range(5)))
    last, rounds = 0, []
    for _ in range(3):
        done = await redrive(database, Chosen(after=last), refuse("s0", "s3"))
        rounds.append((done.handled, [failure.event_id for failure in done.failed], done.left))
        last = done.last
    assert rounds == [(1, ["e0"], 3), (1, ["e3"], 1), (1, [], 0)]
    assert sorted(await waiting(database)) == ["e0", "e3"]


async def test_of_large_letters_few_are_redriven_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(letter("e0").body)
    monkeypatch.setattr(deciding, "AT_ONCE_BYTES", 2 * size)
    await put_aside(database, *(letter(f"e{number}", f"s{number}") for number in range(5)))
    first = await redrive(database, Chosen())
    second = await redrive(database, Chosen(after=first.last))
    assert [(one.handled, one.left) for one in (first, second)] == [(2, 3), (2, 1)]
    monkeypatch.setattr(deciding, "AT_ONCE_BYTES", 1)  # one at least, however large
    assert (await redrive(database, Chosen(after=second.last))).handled == 1


async def test_a_letter_of_another_version_cannot_be_redriven(database: Database) -> None:
    await put_aside(database, letter("e1", **{"ce-type": "latu.campaign.story_published.v9"}))
    assert (await redrive(database, Chosen())).handled == 0
    assert await waiting(database) == {"e1": "refused: unknown_version"}


async def test_a_letter_whose_handler_is_gone_waits_on(database: Database) -> None:
    await put_aside(database, letter("e1"))
    async with database.transaction() as tx:
        done = await dead_letters.redrive(tx, Handlers("coaching"), Chosen(), "operator")
    assert [failure.reason for failure in done.failed] == ["refused: no_handler"]


async def test_discarded_letters_keep_no_text_but_their_reason_is_audited(database: Database) -> None:
    await put_aside(database, letter("e1"), letter("e2", "s2"))
    async with database.transaction() as tx:
        assert await dead_letters.discard(tx, Chosen(), "operator", "sent by a test") == 2
    assert await waiting(database) == {}
    assert "Kokemus" not in await all_kept(database)
    assert await audited(database, "dead_letter_discarded") == [
        ("operator", f"{DURABLE.name}/{event_id}", {"reason": "sent by a test"}) for event_id in ("e1", "e2")
    ]


async def test_giving_up_needs_a_reason(database: Database) -> None:
    await put_aside(database, letter("e1"))
    with pytest.raises(Invalid):
        async with database.transaction() as tx:
            await dead_letters.discard(tx, Chosen(), "operator", "  ")
    assert list(await waiting(database)) == ["e1"]


async def test_a_letter_that_does_not_wait_cannot_be_decided(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await dead_letters.discard(tx, Chosen(event_id="nothing"), "operator", "why")
        with pytest.raises(NotFound):
            await dead_letters.redrive(tx, handlers(), Chosen(event_id="nothing"), "operator")
        with pytest.raises(NotFound):
            await dead_letters.load_letter(tx, "nothing", "operator")


async def forget(database: Database, revision: int) -> None:
    async with database.transaction() as tx:
        await tx.forget_letters(StoryPublished, "s1", revision)


async def test_a_letter_saved_after_its_withdrawal_was_handled_is_not_kept(database: Database) -> None:
    await forget(database, 3)
    await put_aside(database, letter("e1", revision="2"), letter("e2", "s2"))
    assert list(await waiting(database)) == ["e2"]
    assert "e1" not in await all_kept(database)


async def test_a_letter_that_came_before_its_withdrawal_goes_with_it(database: Database) -> None:
    await put_aside(database, letter("e1", revision="2"), letter("e2", "s2"))
    await forget(database, 3)
    assert list(await waiting(database)) == ["e2"]


async def test_what_is_told_again_after_a_withdrawal_is_kept(database: Database) -> None:
    await put_aside(database, letter("later", revision="4"))
    await forget(database, 3)
    await put_aside(database, letter("latest", revision="5"))
    await forget(database, 2)  # an old one comes again
    await put_aside(database, letter("old", revision="3"))
    assert sorted(await waiting(database)) == ["later", "latest"]


async def test_of_a_withdrawn_thing_a_letter_without_revision_keeps_no_text(database: Database) -> None:
    await forget(database, 3)
    await put_aside(database, letter("e1", revision="none"))
    assert await waiting(database) == {"e1": "refused: not_yet; its text was withdrawn"}
    assert "Kokemus" not in await all_kept(database)
    assert (await redrive(database, Chosen())).failed[0].reason == "refused: text_withdrawn"


@pytest.mark.parametrize("letter_first", [True, False])
async def test_a_letter_and_a_withdrawal_at_the_same_moment_leave_no_text(
    database: Database, letter_first: bool
) -> None:
    async def save(tx: Transaction) -> None:
        await dead_letters.save(tx, letter("e1"), "reason", 1)

    async def withdraw(tx: Transaction) -> None:
        await tx.forget_letters(StoryPublished, "s1", 2)

    first, second = (save, withdraw) if letter_first else (withdraw, save)
    began = asyncio.Event()

    async def late() -> None:
        async with database.transaction() as tx:
            began.set()
            await second(tx)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await first(tx)
        tasks.create_task(late())
        await began.wait()
        await asyncio.sleep(0.1)
    async with database.transaction() as tx:
        assert await tx.value(select(func.count()).select_from(letters)) == 0


async def test_a_letter_of_bytes_that_no_text_can_hold_is_kept(database: Database) -> None:
    broken = Letter.of(DURABLE, {"ce-id": "a\x00b"}, story().subject, b"\xff\x00 no event")
    await put_aside(database, broken)
    assert list(await waiting(database)) == ["ab"]
