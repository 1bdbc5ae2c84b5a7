"""A stack of the campaign alone, and the program `latu` on it."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from deploy.embedded import Plan, Stack, own_stack
from deploy.embedded.plan import NO_DOOR
from shared import cli
from tests.conftest import quick_folder

PROGRAM = [sys.executable, "-c", "import sys; sys.argv[0] = 'latu'; from shared.cli import main; main()"]


@contextmanager
def campaign_only(door: Mapping[str, str] = NO_DOOR) -> Iterator[Stack]:
    """NATS, PostgreSQL and the campaign service, which sends webhooks to this machine only."""
    loopback = patch.dict(os.environ, {"LATU_WEBHOOK_LOOPBACK": "true"})
    with loopback, quick_folder() as folder:
        plan = Plan(folder / "home", services=("campaign",), any_port=True, durable=False, door=door)
        with own_stack(plan) as stack:
            yield stack


@dataclass(frozen=True)
class Ended:
    """A command that ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def latu(stack: Stack, folder: Path, *words: str) -> Ended:
    """Run the program in a folder; in this process, which has loaded it already."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        patch.dict(os.environ, {"LATU_HOME": str(stack.home), "COLUMNS": "200"}),
        patch.object(sys, "argv", ["latu", *words]),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
