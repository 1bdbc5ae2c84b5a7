"""Lines of all processes are found by the id that ties them together."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shared.cli import app, stack
from shared.cli.logs import Thread
from shared.observability import JsonLines, beside

COMMANDS_BESIDE = stack  # alone, a command would be the whole program

LINES = [
    {"time": "1", "service": "survey", "message": "asked", "correlation_id": "c1"},
    {"time": "2", "service": "model", "message": "handled", "correlation_id": "c1", "event_id": "e1"},
    {"time": "3", "service": "model", "message": "handled", "correlation_id": "c2", "event_id": "e2"},
    {"time": "4", "service": "nats", "message": "ready"},
]


def test_lines_of_one_correlation_belong_together() -> None:
    assert [line["time"] for line in Thread("c1").of(LINES)] == ["1", "2"]


def test_an_event_leads_to_all_of_its_correlation() -> None:
    assert Thread("e1").of(LINES) == Thread("c1").of(LINES)
    assert Thread("nothing").of(LINES) == []
    assert Thread("").of(LINES) == LINES


def test_what_comes_later_belongs_to_an_event_that_was_seen_before() -> None:
    thread = Thread("e1")
    thread.of(LINES[:2])
    later = {"time": "9", "service": "campaign", "message": "drafted", "correlation_id": "c1"}
    assert thread.of([LINES[2], later]) == [later]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("debug", "debug info warning error critical"),
        ("warning", "warning error critical"),
        ("critical", "critical"),
    ],
)
def test_a_level_shows_what_is_worse_as_well(asked: str, shown: str) -> None:
    levels = ("debug", "info", "warning", "error", "critical")
    given = "".join(json.dumps(LINES[0] | {"level": level}) + "\n" for level in levels)
    done = CliRunner().invoke(app, ["logs", "--from", "-", "--level", asked, "--json"], input=given)
    assert [json.loads(line)["level"] for line in done.stdout.splitlines()] == shown.split()


def test_lines_of_several_containers_are_in_the_order_of_time() -> None:
    given = "".join(f"any-1  | {json.dumps(line)}\n" for line in reversed(LINES))
    done = CliRunner().invoke(app, ["logs", "--from", "-", "--json"], input=given)
    assert [json.loads(line)["time"] for line in done.stdout.splitlines()] == ["1", "2", "3", "4"]


def test_a_line_tells_the_ids_beside_its_words() -> None:
    record = logging.LogRecord("here", logging.INFO, "", 0, "handled", (), None)
    record.__dict__.update(beside("c1", "e1"))
    line = json.loads(JsonLines("model").format(record))
    assert (line["correlation_id"], line["event_id"], line["message"]) == ("c1", "e1", "handled")


def test_logs_are_read_in_the_order_of_time_also_those_put_aside(tmp_path: Path) -> None:
    (tmp_path / "model.log.1").write_text(json.dumps(LINES[1]) + "\n", encoding="utf-8")
    (tmp_path / "model.log").write_text("no JSON\n" + json.dumps(LINES[2]) + "\n", encoding="utf-8")
    (tmp_path / "survey.log").write_text(json.dumps(LINES[0]) + "\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["logs", "--from", str(tmp_path), "--json"])
    assert [json.loads(line) for line in done.stdout.splitlines()] == LINES[:3]


def test_what_a_container_engine_puts_before_a_line_is_left_out() -> None:
    given = "".join(f"survey-1  | {json.dumps(line)}\n" for line in LINES)
    done = CliRunner().invoke(app, ["logs", "--from", "-", "--follow", "e2", "--json"], input=given)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [LINES[2]]


@pytest.mark.parametrize(
    "words", [["--from", "nowhere"], ["--from", "-", "--follow", "c9"], ["--from", "-", "--level", "loud"]]
)
def test_what_is_not_there_is_said(words: list[str]) -> None:
    done = CliRunner().invoke(app, ["logs", *words], input="")
    assert done.exit_code != 0
