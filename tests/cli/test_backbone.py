"""What operators name on the command line is understood, or refused with what it should look like."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.cli.dead_letters import choose, redrive_all
from shared.cli.moments import check_services, read_moment
from shared.cli.rebuild import read_place, replay_all
from shared.errors import Invalid


class Answers:
    """Stands in for a service over HTTP: gives prepared answers, remembers what it was sent."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    def post(self, service: str, path: str, *, json: dict[str, Any]) -> dict[str, Any]:
        self.sent.append({**json, "to": f"{service} {path}"})
        return self.answers.pop(0)


def test_a_moment_without_an_offset_is_of_this_place() -> None:
    assert read_moment("2026-11-24T08:30+02:00").utcoffset() is not None
    assert read_moment("2026-11-24T08:30+02:00") == datetime.fromisoformat("2026-11-24T06:30+00:00")
    here = read_moment("2026-11-24")
    assert (here.hour, here.utcoffset() is not None) == (0, True)
    assert here - read_moment("2026-11-23") == timedelta(days=1)


@pytest.mark.parametrize("text", ["yesterday", "24.11.2026", ""])
def test_another_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="2026-11-24T08:30"):
        read_moment(text)


def test_services_are_those_that_are_named_or_all() -> None:
    assert list(check_services(["model"])) == ["model"]
    assert list(check_services([])) == ["survey", "coaching", "model", "campaign"]
    with pytest.raises(Invalid, match="The services are survey, coaching"):
        check_services(["kitchen"])


def test_a_replay_starts_at_a_sequence_of_one_stream_or_at_a_moment() -> None:
    assert read_place("7", "PUBLIC") == (("PUBLIC",), 7)
    assert read_place("1", "") == (("PUBLIC", "INTERNAL"), 1)
    streams, moment = read_place("2026-11-24T08:30+02:00", "")
    assert streams == ("PUBLIC", "INTERNAL")
    assert read_moment(str(moment)) == read_moment("2026-11-24T08:30+02:00")
    with pytest.raises(Invalid, match="name with --stream"):
        read_place("7", "")
    with pytest.raises(Invalid, match="The streams are PUBLIC and INTERNAL"):
        read_place("1", "SECRET")


def test_a_replay_goes_on_to_the_end_that_the_stream_had_when_it_began() -> None:
    answers = Answers(
        {"events": {"A": 2}, "failed": {}, "skipped": 1, "next": 4, "until": 9},
        {"events": {"A": 1, "B": 1}, "failed": {"KeyError": 1}, "skipped": 0, "next": None, "until": 9},
    )
    done = replay_all(answers, "model", "PUBLIC", 1, dry_run=False)  # type: ignore[arg-type]
    assert done == {"events": {"A": 3, "B": 1}, "failed": {"KeyError": 1}, "skipped": 1}
    assert [(sent["start"], sent.get("until")) for sent in answers.sent] == [(1, None), (4, 9)]


def test_exactly_one_choice_of_letters_is_named() -> None:
    assert choose("model", "e1", "", False) == {"event_id": "e1"}
    assert choose("model", "", "", True) == {"all": True}
    for choice in (("", "", False), ("e1", "g", False), ("", "g", True)):
        with pytest.raises(Invalid, match="exactly one of --letter, --group and --all"):
            choose("model", *choice)


def test_a_redrive_goes_on_until_each_letter_was_tried_once() -> None:
    again = {"handler": "h", "event_id": "e2", "reason": "r"}
    answers = Answers(
        {"handled": 1, "failed": [again], "last": 2, "left": 1},
        {"handled": 1, "failed": [], "last": 3, "left": 0},
    )
    assert redrive_all(answers, "model", {"all": True}) == (2, [again])  # type: ignore[arg-type]
    assert [sent["after"] for sent in answers.sent] == [0, 2]
    assert {sent["to"] for sent in answers.sent} == {"model /admin/api/dead-letters/redrive"}
