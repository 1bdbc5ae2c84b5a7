"""`latu outbox`: publishing again what a broker lost."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from shared.cli import app, err, out
from shared.cli.client import services
from shared.cli.moments import check_services, read_moment
from shared.cli.settling import settle

outbox = typer.Typer(help="The events that the services keep.", no_args_is_help=True)
app.add_typer(outbox, name="outbox")


@outbox.callback()
def every_outbox() -> None:
    """What the services said, kept with its sequence."""


@outbox.command()
def republish(
    service: Annotated[list[str] | None, typer.Argument(help="Services; all of them when left out.")] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only what went out since then, such as 2026-11-24T08:30.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")] = False,
) -> None:
    """Publish again what a broker lost, under the old ids: whoever has seen an event ignores it."""
    body = {"since": read_moment(since).isoformat() if since else None}
    wanted = check_services(service or ())
    with services(lambda sentence: err.print(sentence, markup=False)) as found:
        done = {name: found.post(name, "/admin/api/outbox/republish", json=body) for name in wanted}
        settle(found)
    if as_json:
        typer.echo(json.dumps(done))
        return
    for name, counts in done.items():
        out.print(
            f"{name}: {counts['events']} events published again, {counts['purges']} withdrawn keys purged."
        )
