"""Logs: one file of JSON lines per process, also for the programs that only write plain text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROTATE_BYTES = 10 * 2**20
KEEP = 3
TAIL_BYTES = 20_000

_POSTGRES = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC \d+ (?P<level>[A-Z0-9]+): +(?P<message>.*)"
)
_NATS = re.compile(
    r"\[\d+\] (?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+) \[(?P<level>[A-Z]+)\] (?P<message>.*)"
)
_LEVELS = {"INF": "info", "WRN": "warning", "ERR": "error", "FTL": "critical", "DBG": "debug", "TRC": "debug"}
_LEVELS |= {"LOG": "info", "WARNING": "warning", "ERROR": "error", "FATAL": "critical", "PANIC": "critical"}


@dataclass
class Transcript:
    """Turns the plain lines of `raw` into JSON lines at the end of `log`, as they come.

    How far it has come is kept beside `raw`, so that after a crash the rest follows and nothing twice.
    """

    service: str
    raw: Path
    log: Path

    def begin(self) -> None:
        """Write down what a killed supervisor could not, then begin with an empty file."""
        self.follow()
        self.raw.write_bytes(b"")
        self._place.write_text("0", encoding="ascii")

    def follow(self) -> None:
        """Write down the whole lines that have come since the last time."""
        position = self._position()
        if not self.raw.exists() or self.raw.stat().st_size <= position:
            return
        with self.raw.open("rb") as file:
            file.seek(position)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        lines = whole.decode("utf-8", "replace").splitlines()
        with self.log.open("a", encoding="utf-8") as log:
            log.writelines(as_json(self.service, line) + "\n" for line in lines if says_something(line))
        self._place.write_text(str(position + len(whole)), encoding="ascii")

    @property
    def _place(self) -> Path:
        return self.raw.with_suffix(".position")

    def _position(self) -> int:
        try:
            return int(self._place.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0


def says_something(line: str) -> bool:
    """Whether a line holds words: the broker also draws its name with strokes."""
    match = _NATS.fullmatch(line)
    return any(sign.isalnum() for sign in (match["message"] if match else line))


def as_json(service: str, line: str) -> str:
    """A line of PostgreSQL's or NATS's log as a JSON object with time, level, service and message."""
    match = _POSTGRES.fullmatch(line) or _NATS.fullmatch(line)
    if match is None:
        time, level, message = datetime.now(UTC), "info", line
    else:
        time = datetime.fromisoformat(match["time"].replace("/", "-")).replace(tzinfo=UTC)
        level, message = _LEVELS.get(match["level"], "info"), match["message"]
    fields = {"time": time.isoformat(timespec="milliseconds"), "level": level, "service": service}
    return json.dumps(fields | {"message": message}, ensure_ascii=False)


def rotate(log: Path) -> None:
    """Put a log aside that has grown large; the oldest goes."""
    if not log.exists() or log.stat().st_size < ROTATE_BYTES:
        return
    for number in range(KEEP - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    log.replace(log.with_name(f"{log.name}.1"))


def last_complaint(log: Path) -> str:
    """The last line of a log that speaks of an error, else its last line; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            lines = [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return ""
    spoken = [_level_and_message(line) for line in lines]
    errors = [message for level, message in spoken if level in {"error", "critical"}]
    return (errors or [message for _, message in spoken] or [""])[-1]


def _level_and_message(line: str) -> tuple[str, str]:
    try:
        fields = json.loads(line)
        return str(fields["level"]).lower(), str(fields["message"])
    except (ValueError, KeyError, TypeError):
        return "", line
