"""What wakes the supervisor: a signal, the end of a child, the end of whoever started it."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Wakeup:
    """Waits without polling; knows whether it is time to stop.

    When `attached`, standard input is a pipe from whoever started us: its end means that they are
    gone, however they went. A pipe serves any thread and any system, which a death signal does not.
    """

    attached: bool = False
    stopping: bool = False
    _bell: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    @contextmanager
    def listening(self) -> Iterator[Wakeup]:
        """Take the signals for as long as this lasts. Only in the main thread."""
        for end in self._bell:
            end.setblocking(False)
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        fd = signal.set_wakeup_fd(self._bell[1].fileno(), warn_on_full_buffer=False)
        try:
            yield self
        finally:
            signal.set_wakeup_fd(fd)
            for number, handler in before.items():
                signal.signal(number, handler)
            for end in self._bell:
                end.close()

    def wait(self, seconds: float) -> None:
        """Wait until something happens, at most so long."""
        sources: list[int] = [self._bell[0].fileno()]
        if self.attached:
            sources.append(sys.stdin.fileno())
        ready, _, _ = select.select(sources, [], [], seconds)
        if self._bell[0].fileno() in ready:
            self._bell[0].recv(4096)
        if self.attached and sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 4096):
            self.stopping, self.attached = True, False

    def _on_signal(self, number: int, _: object) -> None:
        if number in {signal.SIGTERM, signal.SIGINT}:
            self.stopping = True
