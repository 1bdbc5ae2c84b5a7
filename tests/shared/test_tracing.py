"""Spans and their traceparent: what goes on, what begins anew, and what is told of it."""

from __future__ import annotations

import time

import pytest

from shared import tracing
from shared.tracing import Place, Span, parse, span

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"
OTHERS = [f"00-{TRACE}-{number:016x}-01" for number in range(1, 301)]


@pytest.mark.parametrize("header", [SAMPLED, f"01-{TRACE}-{SPAN}-09", f"cc-{TRACE}-{SPAN}-01-what-will-be"])
def test_a_traceparent_is_read_by_the_standard_also_one_of_a_version_to_come(header: str) -> None:
    assert parse(header) == Place(TRACE, SPAN, sampled=True)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nothing",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
    ],
)
def test_what_is_no_traceparent_names_no_place(header: str | None) -> None:
    assert parse(header) is None


def test_a_place_is_written_as_it_is_read() -> None:
    assert [parse(header).traceparent for header in (SAMPLED, UNSAMPLED)] == [SAMPLED, UNSAMPLED]  # type: ignore[union-attr]


@pytest.mark.parametrize("header", [SAMPLED, UNSAMPLED])
def test_what_goes_on_from_a_traceparent_stays_in_its_trace_with_its_flag(header: str) -> None:
    with span("work", parent=header) as work:
        assert (work.place.trace_id, work.place.sampled) == (TRACE, header is SAMPLED)
        assert work.place.span_id != SPAN


def test_work_within_work_stands_below_it_and_the_outer_goes_on_after_it() -> None:
    with span("outer") as outer:
        with span("inner") as inner:
            assert inner.parent == outer.place
            assert tracing.current() is inner
        assert tracing.current() is outer
    assert tracing.current() is None


def test_what_begins_by_itself_has_a_trace_of_its_own() -> None:
    with span("one") as one:
        pass
    with span("two") as two:
        pass
    assert one.place.trace_id != two.place.trace_id
    assert parse(one.place.traceparent) == one.place


def test_where_nothing_is_exported_nothing_says_that_it_was() -> None:
    with span("work", after=iter([SAMPLED, OTHERS[0]])) as work:
        assert not work.place.sampled
        assert work.links == []


def test_the_only_one_that_is_followed_is_the_parent_and_several_are_links(ended: list[Span]) -> None:
    with span("one", after=[None, SAMPLED]):
        pass
    with span("two", after=[SAMPLED, OTHERS[0]]):
        pass
    with span("three", parent=OTHERS[1], after=[SAMPLED]):
        pass
    assert [work.parent for work in ended] == [parse(SAMPLED), None, parse(OTHERS[1])]
    assert [work.links for work in ended] == [[], [parse(SAMPLED), parse(OTHERS[0])], [parse(SAMPLED)]]


def test_a_batch_is_exported_with_any_that_it_carries_and_links_only_those(ended: list[Span]) -> None:
    with span("none of them", after=[UNSAMPLED, UNSAMPLED]):
        pass
    with span("one of them", after=[UNSAMPLED, OTHERS[0]]):
        pass
    assert [work.name for work in ended] == ["one of them"]
    assert ended[0].links == [parse(OTHERS[0])]


def test_a_span_has_no_more_links_than_are_kept_of_it(ended: list[Span]) -> None:
    with span("many", after=OTHERS):
        pass
    assert len(ended[0].links) == tracing.MOST_LINKS


def test_a_failure_is_told_by_its_type_and_never_by_its_words(ended: list[Span]) -> None:
    with pytest.raises(ValueError, match="secret"), span("work"):
        raise ValueError("secret")
    assert ended[0].error == "ValueError"
    assert "secret" not in str(ended)


def test_what_turns_out_to_be_nothing_is_not_exported(ended: list[Span]) -> None:
    with span("work") as work:
        work.kept = False
    assert ended == []


def test_what_its_caller_does_not_trace_is_not_exported(ended: list[Span]) -> None:
    with span("work", parent=UNSAMPLED), span("within"):
        pass
    assert ended == []


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.25, 60, 140), (1.0, 400, 400)])
def test_of_what_begins_here_the_share_that_is_asked_for_is_exported(
    ended: list[Span], share: float, least: int, most: int
) -> None:
    tracing.export_to(ended.append, share)
    for _ in range(400):
        with span("work"), span("within"):
            pass
    assert 2 * least <= len(ended) <= 2 * most  # whole traces, and about so many


def test_a_trace_of_ours_tells_when_it_began_and_one_of_somebody_else_does_not() -> None:
    now = 1_795_000_000.25
    ours = tracing.new_trace_id(int(now * 1000))
    assert tracing.began(ours, now) == now
    assert tracing.began(ours, now + 3 * 86_400) is None
    for foreign in (TRACE, "", "no hex digits", ours.upper() + "0"):
        assert tracing.began(foreign, now) is None
    with span("work") as work:
        assert tracing.began(work.place.trace_id, time.time()) == pytest.approx(time.time(), abs=5)
