"""Looking names up: a name server that hangs keeps only those waiting who named it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from socket import SOCK_STREAM, getaddrinfo
from typing import Final

# A lookup that hangs holds its thread for as long as the system's resolver waits, whatever our own patience.
THREADS: Final = 64
THREADS_AILING: Final = 16
"""For those whose last visit was in vain or slow: a pool of their own."""
AT_ONCE_FOR_ONE: Final = 4
"""Lookups that run at once for one asker; its others wait."""


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom something is posted: what hangs for one keeps no other waiting."""

    name: str = ""
    ailing: bool = False


class Lookups:
    """Lookups in threads; those of one asker for one name are one while it runs."""

    def __init__(self) -> None:
        self._pools = {False: _pool(THREADS), True: _pool(THREADS_AILING)}
        self._turns: defaultdict[Asker, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(AT_ONCE_FOR_ONE)
        )
        self._running: dict[tuple[Asker, str], asyncio.Task[list[str]]] = {}

    async def find(self, host: str, asker: Asker) -> list[str]:
        """The addresses of a name; who gives up waiting does not end the lookup for others.

        Raises:
            gaierror, UnicodeError: it has none.
        """
        running = self._running.get((asker, host))
        if running is None:
            running = asyncio.create_task(self._find(host, asker))
            self._running[asker, host] = running
            running.add_done_callback(lambda task: self._ended(task, asker, host))
        return await asyncio.shield(running)

    async def _find(self, host: str, asker: Asker) -> list[str]:
        async with self._turns[asker]:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pools[asker.ailing], _ask, host)

    def _ended(self, task: asyncio.Task[list[str]], asker: Asker, host: str) -> None:
        del self._running[asker, host]
        if not task.cancelled():
            task.exception()  # nobody may have waited for it


def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="lookup")


def _ask(host: str) -> list[str]:
    # The dot at the end keeps the search list of this machine's resolver out of it.
    found = getaddrinfo(f"{host}.", None, type=SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))
