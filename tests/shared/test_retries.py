"""What cannot get better is put aside at once; what can is tried again, later each time."""

from __future__ import annotations

import pytest
from nats.errors import ConnectionClosedError
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.coaching.store import facts
from shared.db import Database
from shared.errors import NotFound, Refused
from shared.events import StoryPublished
from shared.retries import (
    CONTENTION,
    OUTAGE,
    PERMANENT,
    UNFORESEEN,
    Policy,
    describe,
    judge,
    policy_for,
)


def invalid() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        StoryPublished.model_validate({"story": "a person's secret.*"})
    return caught.value


def of_database(sqlstate: str) -> DBAPIError:
    class Original(Exception):
        pass

    original = Original()
    original.sqlstate = sqlstate  # type: ignore[attr-defined]
    return DBAPIError("INSERT", {}, original)


POLICIES = [
    (invalid(), PERMANENT),
    (Refused("unknown", "No."), PERMANENT),
    (NotFound("unknown", "No."), PERMANENT),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), PERMANENT),
    (of_database("22021"), PERMANENT),
    (of_database("40P01"), CONTENTION),
    (of_database("40001"), CONTENTION),
    (of_database("55P03"), CONTENTION),
    (of_database("53100"), OUTAGE),
    (of_database("57P03"), OUTAGE),
    (of_database("08006"), OUTAGE),
    (of_database("25006"), OUTAGE),
    (of_database("23505"), UNFORESEEN),
    (of_database("42P01"), UNFORESEEN),
    (OperationalError("SELECT", {}, Exception()), OUTAGE),
    (PoolTimeout(), OUTAGE),
    (ConnectionRefusedError(), OUTAGE),
    (TimeoutError(), OUTAGE),
    (ConnectionClosedError(), OUTAGE),
    (FileNotFoundError(), UNFORESEEN),
    (KeyError("x"), UNFORESEEN),
]


@pytest.mark.parametrize(
    ("error", "policy"), POLICIES, ids=[f"{describe(error)[:20]}-{policy.name}" for error, policy in POLICIES]
)
def test_every_kind_of_error_has_its_policy(error: Exception, policy: Policy) -> None:
    assert policy_for(error) is policy


async def test_what_postgresql_really_raises_has_its_policy(database: Database) -> None:
    with pytest.raises(DBAPIError) as unkeepable:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT CAST('nothing' AS integer)"))
    assert policy_for(unkeepable.value) is PERMANENT
    with pytest.raises(DBAPIError) as busy:
        async with database.transaction() as one, database.transaction() as two:
            await one.execute(text("LOCK TABLE outbox"))
            await two.execute(text("LOCK TABLE outbox NOWAIT"))
    assert policy_for(busy.value) is CONTENTION
    with pytest.raises(DBAPIError) as away:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            await tx.execute(text("SELECT 1"))
    assert policy_for(away.value) is OUTAGE


def test_what_cannot_get_better_is_never_tried_again() -> None:
    assert judge(invalid(), tries=1).retry_after is None
    assert judge(Refused("unknown", "No."), tries=1).retry_after is None


def test_a_bug_is_tried_a_few_times_and_then_put_aside() -> None:
    assert judge(KeyError("x"), tries=UNFORESEEN.tries - 1).retry_after is not None
    assert judge(KeyError("x"), tries=UNFORESEEN.tries).retry_after is None


def test_the_reason_says_where_and_repeats_nothing_of_the_message() -> None:
    reason = judge(invalid(), tries=1).reason
    assert "story: string_pattern_mismatch" in reason
    assert "secret" not in reason


def test_places_that_come_from_the_message_are_not_told() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, dict[str, str]]).validate_python({"segment": {"A person's name": {}}})
    assert describe(caught.value) == "not valid: segment.*: string_type"


async def test_the_reason_of_a_bug_names_the_function_of_ours_and_stays_the_same(database: Database) -> None:
    reasons = set()
    for key in ("a person's name", "another"):
        with pytest.raises(NotFound):
            async with database.transaction() as tx:
                await facts.load_suggestion(tx, key)
        with pytest.raises(DBAPIError) as caught:
            async with database.transaction() as tx:
                await facts.load_suggestion(tx, f"\x00{key}")
        reasons.add(describe(caught.value))
    assert reasons == {"CharacterNotInRepertoireError in coaching.store.facts.load_suggestion"}


@pytest.mark.parametrize("policy", [CONTENTION, OUTAGE, UNFORESEEN], ids=lambda policy: policy.name)
def test_delays_double_up_to_the_longest(policy: Policy) -> None:
    delays = [policy.delay(tries, chance=1.0) for tries in range(1, 40)]
    assert delays == sorted(delays)
    assert delays[:2] == [policy.first_seconds, 2 * policy.first_seconds]
    assert delays[-1] == policy.longest_seconds


def test_a_random_half_is_taken_off_a_delay() -> None:
    assert OUTAGE.delay(50, chance=0.0) == OUTAGE.longest_seconds / 2
    assert judge(KeyError(), 1).retry_after != judge(KeyError(), 1).retry_after


def test_the_same_fault_is_described_the_same_by_a_consumer_and_by_a_redrive() -> None:
    with pytest.raises(ValidationError) as wrapped:
        TypeAdapter(dict[str, StoryPublished]).validate_python({"event": {"story": "."}})
    with pytest.raises(ValidationError) as direct:
        StoryPublished.model_validate({"story": "."})
    assert describe(wrapped.value) == describe(direct.value)
