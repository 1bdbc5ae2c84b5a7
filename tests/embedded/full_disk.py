"""A stack whose disk gets full and has room again: `python -m tests.embedded.full_disk FOLDER left|killed`.

It needs root, for a small disk of its own. It ends well when the broker takes messages again by itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from nats.errors import Error as NatsError
from nats.js.api import StreamConfig

from deploy.embedded import Plan, Stack, own_stack
from shared.streams import connect
from tests.faults.disks import SmallDisk, fill, own_mounts

NO_MOUNTS = 77
MEGABYTES = 400
SECONDS = 60.0


async def try_it(stack: Stack, disk: SmallDisk, killed: bool) -> int:
    """Fill the disk until nothing is taken any more, make room, and wait; `killed` while it is full."""
    client = await connect(stack.nats_url, "test")
    js = client.jetstream()
    await js.add_stream(StreamConfig(name="TRIED", subjects=["tried"]))

    async def is_taken() -> bool:
        with suppress(NatsError, TimeoutError):
            await js.publish("tried", b"x" * 1_000, timeout=1.0)
            return True
        return False

    fill(disk.ballast)
    while await is_taken():
        pass
    if killed:
        pid = next(each["pid"] for each in stack.status["processes"] if each["name"] == "nats")
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(3)
        assert not await is_taken()
    disk.ballast.unlink()
    deadline = time.monotonic() + SECONDS
    while not await is_taken():
        if time.monotonic() > deadline:
            return 1
    await client.close()
    return 0


def main() -> int:
    """Run it; the exit code is NO_MOUNTS where there can be no small disk."""
    if not own_mounts():
        return NO_MOUNTS
    home = Path(sys.argv[1]) / "home"
    disk = SmallDisk(home, MEGABYTES)
    try:
        with own_stack(Plan(home, services=(), any_port=True)) as stack:
            return asyncio.run(try_it(stack, disk, sys.argv[2] == "killed"))
    finally:
        disk.close()


if __name__ == "__main__":
    sys.exit(main())
