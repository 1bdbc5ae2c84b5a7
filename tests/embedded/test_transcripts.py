"""Every log is JSON lines, also of programs that write plain text; nothing is written down twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.embedded import transcripts
from deploy.embedded.transcripts import Transcript, as_json, last_complaint, rotate


@pytest.fixture
def transcript(tmp_path: Path) -> Transcript:
    made = Transcript("nats", tmp_path / "nats.out", tmp_path / "nats.log")
    made.begin()
    return made


def messages(log: Path) -> list[str]:
    return [json.loads(line)["message"] for line in log.read_text().splitlines()]


def test_a_line_of_postgres_keeps_its_time_and_level() -> None:
    line = "2026-11-24 04:03:02.809 UTC 123 FATAL:  lock file exists"
    assert json.loads(as_json("postgres", line)) == {
        "time": "2026-11-24T04:03:02.809+00:00",
        "level": "critical",
        "service": "postgres",
        "message": "lock file exists",
    }


def test_a_line_of_nats_keeps_its_time_and_level() -> None:
    line = "[7] 2026/11/24 04:03:01.642001 [WRN] Filestore is slow"
    found = json.loads(as_json("nats", line))
    assert (found["time"], found["level"]) == ("2026-11-24T04:03:01.642+00:00", "warning")
    assert found["message"] == "Filestore is slow"


def test_half_a_line_waits_for_its_other_half(transcript: Transcript) -> None:
    transcript.raw.write_bytes(b"first\nsec")
    transcript.follow()
    assert messages(transcript.log) == ["first"]
    transcript.raw.write_bytes(b"first\nsecond\n \n")
    transcript.follow()
    assert messages(transcript.log) == ["first", "second"]


def test_what_a_killed_supervisor_could_not_write_down_follows_once(transcript: Transcript) -> None:
    transcript.raw.write_bytes(b"first\nsecond\n")
    transcript.follow()
    transcript.raw.write_bytes(b"first\nsecond\nlast words\n")
    successor = Transcript("nats", transcript.raw, transcript.log)
    successor.begin()
    successor.follow()
    assert messages(transcript.log) == ["first", "second", "last words"]


def test_a_large_log_is_put_aside_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcripts, "ROTATE_BYTES", 5)
    log = tmp_path / "x.log"
    for number in range(6):
        log.write_text(f"start {number}")
        rotate(log)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.log.1", "x.log.2", "x.log.3"]
    assert (tmp_path / "x.log.1").read_text() == "start 5"
    log.write_text("tiny")
    rotate(log)
    assert log.exists()


def test_the_last_complaint_is_the_last_error_or_else_the_last_line(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert last_complaint(log) == ""
    log.write_text('{"level": "error", "message": "broken"}\n{"level": "info", "message": "bye"}\n')
    assert last_complaint(log) == "broken"
    log.write_text("ImportError: no such thing\n")
    assert last_complaint(log) == "ImportError: no such thing"
