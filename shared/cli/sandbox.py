"""`latu partner sandbox` and `latu partner check`: for who writes a program that reads Latu's events."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from shared.cli import out
from shared.cli.partners import partner

T = TypeVar("T")

Folder = Annotated[Path, typer.Option(help="Where the key is written: example.nk.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port of its broker; any that is free if 0.")]
Pace = Annotated[float, typer.Option(min=0.01, help="How many events a second are told.")]
Table = Annotated[str, typer.Option(metavar="FILE|URL", help="Where your consumer shows its table, as JSON.")]
Webhook = Annotated[str, typer.Option(metavar="URL", help="Post to this webhook, instead of over NATS.")]
Secret = Annotated[str, typer.Option(help="The webhook's secret, whsec_…; a fresh one if left out.")]
Only = Annotated[list[str] | None, typer.Option(metavar="RULE", help="Try this rule only.")]
Command = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[-- COMMAND]",
        help="What starts your consumer; {url}, {key}, {partner}, {secret}, {public_key} are filled in.",
    ),
]


@partner.command()
def sandbox(folder: Folder = Path(), port: Port = 0, pace: Pace = 2.0) -> None:
    """Run a broker for you alone that tells a recorded history and answers what you send; needs no stack."""
    # Loads what a service loads; other commands do without.
    from deploy.sandbox.showing import show  # noqa: PLC0415

    try:
        _run(show(folder, port, pace, _say))
    except KeyboardInterrupt:
        _say("The sandbox has stopped.")


@partner.command()
def check(
    table: Table, command: Command = None, webhook: Webhook = "", secret: Secret = "", only: Only = None
) -> None:
    """Try your consumer: repeats, disorder, retractions, the unknown, large events, signatures."""
    from deploy.sandbox.trying import Trial, try_consumer  # noqa: PLC0415

    trial = Trial(table, tuple(command or ()), webhook, secret, tuple(only or ()))
    found = _run(try_consumer(trial, _say))
    broken = [one for one in found if one.fault]
    typer.echo(json.dumps({"rules": len(found), "broken": [one.rule.name for one in broken]}))
    if broken:
        raise typer.Exit(1)


def _say(sentence: str) -> None:
    out.print(sentence, markup=False, soft_wrap=True)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run it; SIGTERM ends it as Ctrl-C does, and what it started ends with it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return asyncio.run(work)
    finally:
        signal.signal(signal.SIGTERM, before)
