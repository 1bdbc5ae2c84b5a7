"""A disk whose power can be cut: an ext4 in a file, mounted where nobody but this programme sees it."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path
from typing import Self

# EXT4_IOC_SHUTDOWN of include/uapi/linux/ext4.h: from now on nothing is written, not even the journal.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
CLONE_NEWNS, CLONE_NEWIPC = 0x00020000, 0x08000000
SIZE_BYTES = 8 * 2**30  # of a file with holes: it takes only what is written, and a stream reserves room
UMOUNT_SECONDS = 20.0
PROGRAMS = ("mkfs.ext4", "mount", "umount")

_libc = ctypes.CDLL(None, use_errno=True)


class CannotCut(Exception):
    """This machine does not let us mount a disk of our own."""


def check_means() -> None:
    """See that we are root and have the programs.

    Raises:
        CannotCut: one of them is missing; its text says which.
    """
    if os.geteuid() != 0:
        raise CannotCut(
            "make powercut needs root, because it mounts disks of its own and cuts their power: run it as root."
        )
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise CannotCut(f"make powercut needs {' and '.join(missing)}, which this machine does not have.")


def enter_own_namespace() -> None:
    """Mount from now on for this process and its children only: what they mount ends with them, however they end.

    Raises:
        CannotCut: the machine refuses it, as containers do.
    """
    if _libc.unshare(CLONE_NEWNS | CLONE_NEWIPC) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise CannotCut(f"make powercut needs a mount namespace of its own, which is refused here: {reason}.")
    _do("mount", "--make-rprivate", "/")


class Disk:
    """A disk at a folder, in a file; the loop device under it goes away with the mount."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.image = image
        self.folder = folder

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as file:
            file.truncate(SIZE_BYTES)
        _do("mkfs.ext4", "-q", "-F", str(self.image))
        self.plug_in()
        return self

    def __exit__(self, *_: object) -> None:
        if self.folder.is_mount():
            self.unplug()
        self.image.unlink()

    def plug_in(self) -> None:
        """Mount it; after a cut the journal is gone through, as at the next start of a machine."""
        _do("mount", "-o", "loop", str(self.image), str(self.folder))

    def unplug(self) -> None:
        """Take it away: processes that are just ending may hold it for a moment yet."""
        deadline = time.monotonic() + UMOUNT_SECONDS
        while True:
            try:
                return _do("umount", str(self.folder))
            except CannotCut:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def cut_power(self) -> None:
        """Lose everything that was not written to the disk yet, journal included."""
        fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(fd)


def _do(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotCut(f"`{' '.join(argv)}` is refused: {done.stderr.strip()}")
