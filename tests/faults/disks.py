"""Disks that get full for a while: small ones where mounts may be made, else a limit of the broker."""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

CLONE_NEWNS = 0x20000
MS_NOSUID, MS_REC, MS_PRIVATE = 2, 0x4000, 0x40000
MNT_DETACH = 2
LEAST_BYTES = 4_096
LIMIT = "max_file_store: 1KB"

_libc = ctypes.CDLL(None, use_errno=True)


class Disk(Protocol):
    """Something that can be full."""

    is_full: bool

    async def full(self, seconds: float) -> None:
        """Let it be full for so many seconds."""
        ...

    def close(self) -> None:
        """Take it away."""
        ...


def own_mounts() -> bool:
    """Let this process have mounts of its own, which nobody else sees and which end with it; it must be root.

    Only in the main thread, before there is another one.
    """
    if os.geteuid() != 0 or _libc.unshare(CLONE_NEWNS) != 0:
        return False
    return bool(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0)


class SmallDisk:
    """A file system of its own in memory; it gets full by a file that takes all the room that is left."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"
        self.is_full = False
        folder.mkdir(mode=0o700, exist_ok=True)
        options = f"size={megabytes}m,mode=0700".encode()
        if _libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", MS_NOSUID, options) != 0:
            raise OSError(ctypes.get_errno(), "no small disk", str(folder))

    async def full(self, seconds: float) -> None:
        """Leave no room for so many seconds."""
        async with self._filled():
            await asyncio.sleep(seconds)

    @asynccontextmanager
    async def _filled(self) -> AsyncIterator[None]:
        self.is_full = True
        try:
            await asyncio.to_thread(fill, self.ballast)
            yield
        finally:
            self.ballast.unlink(missing_ok=True)
            self.is_full = False

    def close(self) -> None:
        """Take it away."""
        _libc.umount2(os.fsencode(self.folder), MNT_DETACH)


def fill(ballast: Path) -> None:
    """Make a file that takes all the room that is left beside it."""
    with ballast.open("wb") as file:
        step = 1 << 30
        while step >= LEAST_BYTES:
            try:
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, step)
            except OSError:
                step //= 2


class Limit:
    """A broker that starts with a limit which it has reached long ago, and later without it again."""

    def __init__(self, configuration: Path, start_anew: Callable[[], object]) -> None:
        self.configuration = configuration
        self.start_anew = start_anew
        self.is_full = False

    async def full(self, seconds: float) -> None:
        """Let the limit hold for so many seconds."""
        usual = self.configuration.read_text(encoding="utf-8")
        self.is_full = True
        try:
            self._configure(usual.replace("max_file_store: 1TB", LIMIT))
            await asyncio.sleep(seconds)
        finally:
            self._configure(usual)
            self.is_full = False

    def _configure(self, text: str) -> None:
        self.configuration.write_text(text, encoding="utf-8")
        self.start_anew()

    def close(self) -> None:
        """Nothing is there that must be taken away."""


def close_all(disks: dict[str, Disk]) -> None:
    """Take all of them away, the last one first: it may lie on another."""
    with suppress(OSError):
        for disk in reversed(disks.values()):
            disk.close()
