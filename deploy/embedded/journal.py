"""The supervisor's own words: to whoever waits for it, and to its log."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

MESSAGE_KINDS = ("said", "step", "ready", "trouble")


class Tell(Protocol):
    """Takes one message: `said`, `step` with `seconds`, `ready`, or `trouble` with `exit_code`."""

    def __call__(self, message: Mapping[str, Any], /) -> None:
        """Pass it on."""


def tell_parent(message: Mapping[str, Any]) -> None:
    """Write a message as one JSON line to standard output, where the launcher reads."""
    with suppress(OSError, ValueError):  # the launcher may have gone: its business
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


@dataclass
class Journal:
    """Says sentences to a listener and keeps them in a log of JSON lines."""

    tell: Tell
    log: Path | None = None

    def say(self, sentence: str, level: str = "info") -> None:
        """Say one sentence."""
        self.note(sentence, level)
        self.tell({"said": sentence})

    def step(self, name: str, seconds: float) -> None:
        """Say that a part is up, and how long it took."""
        self.note(f"{name}: up after {seconds:.2f} s")
        self.tell({"step": name, "seconds": round(seconds, 3)})

    def note(self, sentence: str, level: str = "info") -> None:
        """Only keep it."""
        if self.log is None:
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        fields = {"time": time, "level": level, "service": "supervisor", "message": sentence}
        with suppress(OSError), self.log.open("a", encoding="utf-8") as file:  # a full disk must not stop us
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")

    def note_crash(self) -> None:
        """Keep the traceback of the exception at hand."""
        self.note(traceback.format_exc(), "critical")
