"""Clocks that are wrong: each process of a service has its own, off by seconds that chance decides."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

from shared.db import Clock, now_in_utc


class Clocks:
    """By how much the clock of each process is off, at `most` so many seconds either way.

    Turned while a process runs, its clock jumps: backwards as often as forwards.
    """

    def __init__(self, folder: Path, most: float, chance: random.Random) -> None:
        self.folder = folder
        self.most = most
        self.chance = chance
        folder.mkdir()

    def place(self, name: str) -> Path:
        """The file that says by how much the clock of a process is off."""
        return self.folder / name

    def turn(self, name: str) -> float:
        """Let the clock of a process be off by something else; says by how many seconds."""
        off = self.chance.uniform(-self.most, self.most)
        draft = self.folder / f"{name}.new"
        draft.write_text(str(off), encoding="ascii")
        draft.replace(self.place(name))
        return off


def wrong(place: Path) -> Clock:
    """A clock that is off by what the file says at that moment."""
    return lambda: now_in_utc() + timedelta(seconds=float(place.read_text(encoding="ascii")))
