"""`latu stuck`: which findings a service has not followed."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from shared.cli import app, err, out
from shared.cli.client import services

TELLS, HEAR = "survey", ("coaching", "model", "campaign")
PLACE = "/admin/api/findings"


@app.command()
def stuck(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list instead of a table.")] = False,
) -> None:
    """Show the findings of which a service knows an older revision than the survey told, or none."""
    with services(lambda sentence: err.print(sentence, markup=False)) as found:
        heard = {name: found.get(name, PLACE) for name in HEAR}
        behind = not_followed(found.get(TELLS, PLACE), heard)
    if as_json:
        typer.echo(json.dumps(behind))
    elif not behind:
        out.print("Every finding has arrived in every service.")
    else:
        table = Table("finding", "kind", "service", "knows", "told")
        for one in behind:
            table.add_row(*(str(one[name]) for name in ("key", "kind", "service", "knows", "told")))
        out.print(table)


def not_followed(told: list[dict[str, Any]], heard: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The findings that a service is behind with: revision 0 where it knows nothing of one.

    The campaign is not told of indications, and is not behind with them.
    """
    behind = []
    for service, known in heard.items():
        revisions = {(one["kind"], one["key"]): one["revision"] for one in known}
        for one in told:
            if service == "campaign" and one["kind"] != "confirmed":
                continue
            knows = revisions.get((one["kind"], one["key"]), 0)
            if knows < one["revision"]:
                behind.append({**one, "service": service, "knows": knows, "told": one["revision"]})
    return behind
