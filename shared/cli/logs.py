"""`latu logs`: what the processes wrote, by the id that ties lines together."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from deploy.embedded import default_home
from deploy.embedded.home import Home
from deploy.embedded.transcripts import KEEP
from shared.cli import app, out
from shared.errors import Refused

LOOK_SECONDS = 0.5
STANDARD_INPUT = "-"
LEVELS = ("debug", "info", "warning", "error", "critical")

Line = dict[str, Any]


@dataclass
class Thread:
    """What belongs to a correlation id, or to that of an event; all where `wanted` is empty.

    What was once seen to belong to it is remembered for the lines that come later.
    """

    wanted: str
    known: set[str] = field(default_factory=set)

    def of(self, lines: Sequence[Line]) -> list[Line]:
        """The lines that belong to it."""
        if not self.wanted:
            return list(lines)
        told = (line for line in lines if line.get("event_id") == self.wanted and "correlation_id" in line)
        self.known |= {self.wanted, *(str(line["correlation_id"]) for line in told)}
        return [line for line in lines if self._has(line)]

    def _has(self, line: Line) -> bool:
        return line.get("correlation_id") in self.known or line.get("event_id") == self.wanted


@app.command()
def logs(
    follow: Annotated[
        str,
        typer.Option(metavar="ID", help="A correlation id, or the id of an event: all that belongs to it."),
    ] = "",
    level: Annotated[str, typer.Option(help="Only lines of this level and above, such as warning.")] = LEVELS[
        0
    ],
    stay: Annotated[bool, typer.Option("--stay", help="Go on with what is written from now on.")] = False,
    source: Annotated[
        str, typer.Option("--from", metavar="PLACE", help="A folder of logs, or - for standard input.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The lines as they are.")] = False,
) -> None:
    """Show what the processes wrote, in the order of time; with --follow only what belongs together."""
    if level not in LEVELS:
        raise Refused("no_level", f"A level is one of {', '.join(LEVELS)}.")
    folder = Path(source) if source else Home(default_home()).logs
    if source == STANDARD_INPUT:
        found = _read(sys.stdin)
    elif folder.is_dir():
        found = _whole(folder)
    else:
        raise Refused("no_logs", f"There is no folder of logs at {folder}.")
    thread = Thread(follow)
    wanted = thread.of(in_order(found))
    _show(wanted, level, as_json)
    if follow and not wanted and not stay:
        raise Refused("no_line", "No line speaks of this id. Lines are kept until the logs have grown large.")
    if stay and source != STANDARD_INPUT:
        _stay(folder, thread, level, as_json)


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Lines by their time."""
    return sorted(lines, key=lambda line: str(line["time"]))


def _read(file: IO[str]) -> Iterator[Line]:
    for text in file:
        # What a container engine puts before a line ends where the object begins.
        line = _parsed(text[text.find("{") :] if "{" in text else "")
        if line is not None:
            yield line


def _parsed(text: str) -> Line | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and {"time", "service", "message"} <= line.keys() else None


def _whole(folder: Path) -> Iterator[Line]:
    for log in sorted(folder.glob("*.log")):
        for path in (*(log.with_name(f"{log.name}.{number}") for number in range(KEEP, 0, -1)), log):
            if path.exists():
                with path.open(encoding="utf-8", errors="replace") as file:
                    yield from _read(file)


def _stay(folder: Path, thread: Thread, level: str, as_json: bool) -> None:
    places = {log: log.stat().st_size for log in folder.glob("*.log")}
    while True:
        time.sleep(LOOK_SECONDS)
        new: list[Line] = []
        for log in folder.glob("*.log"):
            size, place = log.stat().st_size, places.get(log, 0)
            with log.open(encoding="utf-8", errors="replace") as file:
                file.seek(place if size >= place else 0)
                new += _read(file)
                places[log] = file.tell()
        _show(thread.of(in_order(new)), level, as_json)


def _show(lines: Iterable[Line], level: str, as_json: bool) -> None:
    left_out = LEVELS[: LEVELS.index(level)]
    for line in lines:
        if line.get("level", "info") in left_out:
            continue
        if as_json:
            typer.echo(json.dumps(line, ensure_ascii=False))
            continue
        event = f"  event {line['event_id']}" if "event_id" in line else ""
        said = f"{line['time']}  {line['service']:<9} {line.get('level', ''):<8} {line['message']}{event}"
        out.print(said, markup=False, soft_wrap=True)
