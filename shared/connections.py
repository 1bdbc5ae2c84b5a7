"""Connections to PostgreSQL that are given up when the server has gone silent."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import asyncpg

# Longer than any statement of ours and than any lock that one waits for. Requests give up earlier
# (shared/requests.py); this is for relay, consumers and timers, which otherwise would wait for ever.
STATEMENT_SECONDS = 60.0
# Who is signed in is found at once or not at all; every request of staff waits for it.
LOOK_SECONDS = 5.0
# A server that is there answers within milliseconds; one that is not may swallow the question.
CONNECT_SECONDS = 5.0
# Over TCP the kernel knows earlier: what it sent was not taken, or nobody answers where nothing is sent.
UNTAKEN_SECONDS = 15
KEEP_ALIVE_SECONDS = 5
# The server lets go of the locks of a client that it does not hear of: within a transaction nothing of ours
# thinks so long between two statements, the relay's waits for the broker and the analyses included.
IDLE_SECONDS = 120
# A statement whose client has gone is ended, and does not run to its end for nobody.
GONE_SECONDS = 5

SERVER_SETTINGS = {
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "client_connection_check_interval": f"{GONE_SECONDS}s",
    "tcp_user_timeout": f"{UNTAKEN_SECONDS}s",
    "tcp_keepalives_idle": str(KEEP_ALIVE_SECONDS),
    "tcp_keepalives_interval": str(KEEP_ALIVE_SECONDS),
}


class Leaving(asyncpg.Connection):  # type: ignore[misc]
    """A connection that ends when a statement is given up, by its time limit or by whoever waits for it.

    asyncpg would ask the server over another connection to cancel the statement and wait for that, without
    any limit: a server that is silent is silent there as well.
    """

    def __init__(self, protocol: Any, transport: Any, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        end: socket.socket | None = transport.get_extra_info("socket")
        if end is not None and end.family != socket.AF_UNIX:
            _be_watchful(end)

    def _cancel_current_command(self, waiter: asyncio.Future[None], *_: Any) -> None:
        # Not at once: asyncpg still tells whoever waits why.
        asyncio.get_running_loop().call_soon(self.terminate)
        if not waiter.done():
            waiter.set_result(None)


def _be_watchful(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # By the names that Linux has; where there are others, only the time limit of statements is left.
    for name, value in (
        ("TCP_KEEPIDLE", KEEP_ALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEP_ALIVE_SECONDS),
        ("TCP_USER_TIMEOUT", 1_000 * UNTAKEN_SECONDS),
    ):
        if hasattr(socket, name):
            end.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def how_to_connect(statement_seconds: float | None = None) -> dict[str, Any]:
    """What asyncpg is told of each connection; `statement_seconds` where STATEMENT_SECONDS are too many."""
    return {
        "connection_class": Leaving,
        "timeout": CONNECT_SECONDS,
        "command_timeout": statement_seconds or STATEMENT_SECONDS,
        "server_settings": SERVER_SETTINGS,
    }
