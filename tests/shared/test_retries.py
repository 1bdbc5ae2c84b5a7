"""What cannot get better is put aside at once; outages are waited out."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from shared.errors import Refused
from shared.events import StoryPublished
from shared.retries import FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, TRIES, judge


def invalid() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        StoryPublished.model_validate({"story": "a person's secret.*"})
    return caught.value


def test_an_event_that_is_not_valid_is_never_tried_again() -> None:
    assert judge(invalid(), tries=1).retry_after is None


def test_the_reason_says_where_and_repeats_nothing_of_the_message() -> None:
    reason = judge(invalid(), tries=1).reason
    assert "story: string_pattern_mismatch" in reason
    assert "secret" not in reason


def test_a_refusal_is_never_tried_again() -> None:
    assert judge(Refused("unknown", "No."), tries=1) == judge(Refused("unknown", "No."), tries=5)
    assert judge(Refused("unknown", "No."), tries=1).reason == "refused: unknown"


def test_a_bug_is_tried_a_few_times_and_then_put_aside() -> None:
    assert judge(KeyError("x"), tries=1).retry_after is not None
    assert judge(KeyError("x"), tries=TRIES).retry_after is None


def test_an_outage_is_waited_out_for_as_long_as_it_takes() -> None:
    outage = OperationalError("SELECT", {}, Exception())
    assert judge(outage, tries=10_000).retry_after is not None
    assert judge(ConnectionRefusedError(), tries=10_000).retry_after is not None


def test_delays_grow_up_to_a_minute_with_jitter() -> None:
    delays = [judge(KeyError(), tries, chance=1.0).retry_after or 0 for tries in range(1, TRIES)]
    assert delays == sorted(delays)
    assert delays[0] == FIRST_DELAY_SECONDS
    assert judge(OSError(), 50, chance=1.0).retry_after == LONGEST_DELAY_SECONDS
    assert judge(OSError(), 50, chance=0.0).retry_after == LONGEST_DELAY_SECONDS / 2
