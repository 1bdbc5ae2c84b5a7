"""The `latu` program: one command per verb; each module of this package adds its own."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import typer
from rich.console import Console

from deploy.embedded import Trouble, default_home
from shared.errors import Refused

EPILOG = """
Exit codes: 0 done · 1 a fault of the program · 2 wrong usage, bad input or a refusal · 3 Latu is not
running · 4 the surroundings do not allow it (disk, rights, a missing program) · 5 a port is taken · 6 the
data folder is damaged · 7 the data folder is in use · 8 a process does not come up · 130 interrupted
"""

app = typer.Typer(
    name="latu",
    help="Latu: what some workplaces learned becomes advice for the rest, with the numbers behind it.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command; whatever goes wrong is one sentence on standard error and an exit code."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    try:
        app(prog_name="latu")
    except Refused as refused:
        _fail(refused.message, 2)
    except Trouble as trouble:
        _fail(trouble.message, trouble.exit_code)
    except KeyboardInterrupt:
        _fail("Interrupted.", 130)
    except Exception as error:
        if os.environ.get("LATU_DEBUG"):
            raise
        _fail(f"Latu failed in a way that was not foreseen ({type(error).__name__}).{_keep_crash(error)}", 1)


def _fail(sentence: str, code: int) -> None:
    err.print(sentence, style="red", markup=False, soft_wrap=True)
    sys.exit(code)


def _keep_crash(error: Exception) -> str:
    from shared.observability import without_words  # noqa: PLC0415 - metrics are seldom needed here

    log = default_home() / "logs" / "command-line.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in (*without_words(error), ""))
    except OSError:
        return " LATU_DEBUG=1 shows where."
    return f" The details are in {Path(log)}."
