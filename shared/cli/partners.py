"""`latu partner`: who reads our events and sends to us, each with an identity of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from shared.cli import app, err, out
from shared.cli.client import Services, services
from shared.cli.nkeys import keep_seed, make_pair
from shared.cli.snippets import how_to_connect
from shared.db import now_in_utc
from shared.errors import Refused

PLACE = "/admin/api/partners"
PATIENCE_SECONDS = 20.0

partner = typer.Typer(help="Who reads our events and sends to us.", no_args_is_help=True)
app.add_typer(partner, name="partner")

Id = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's id, as `list` shows it.")]
Events = Annotated[
    list[str],
    typer.Option("--events", metavar="EVENT", help="A public event such as insight_released, or all."),
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--contribute", metavar="KIND", help="What it may send: practice, indicator."),
]
Credentials = Annotated[
    Path | None,
    typer.Option(help="Where the secret key goes, readable for you alone; PARTNER.nk when left out."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@partner.command()
def add(
    name: Annotated[str, typer.Argument(help="The partner's name.")],
    events: Events,
    contribute: Kinds = None,
    contact: Annotated[str, typer.Option(help="Whom to ask, such as an address for mail.")] = "",
    id_: Annotated[
        str, typer.Option("--id", help="Its id in subjects; made from the name if left out.")
    ] = "",
) -> None:
    """Take a partner in; its secret key is written to a file once and kept nowhere else."""
    seed, public = make_pair()
    said = {"name": name, "id": id_, "contact": contact, "public_key": public}
    wanted: dict[str, Any] = {**said, "reads": events, "contributes": contribute or []}
    with services(say) as found:
        would_be = found.post("campaign", PLACE, json={**wanted, "dry_run": True})
        place = Path(f"{would_be['partner']}.nk")
        with _kept(place, seed):
            made = found.post("campaign", PLACE, json=wanted)
        _hand_over(found, made, place)


@partner.command()
def rotate(
    partner: Id,
    overlap_hours: Annotated[
        float, typer.Option(min=0, help="How long the old key stays valid beside the new one.")
    ] = 0.0,
    credentials: Credentials = None,
) -> None:
    """Give a partner another key; the old one ends at once, or after the overlap."""
    seed, public = make_pair()
    new = {"public_key": public, "overlap_seconds": overlap_hours * 3600}
    place = credentials or Path(f"{partner}.nk")
    with services(say) as found:
        with _kept(place, seed):
            changed = found.post("campaign", f"{PLACE}/{partner}/rotate", json=new)
        _hand_over(found, changed, place)


@partner.command()
def change(partner: Id, events: Events, contribute: Kinds = None) -> None:
    """Let a partner read and send something else; its place in the stream stays."""
    _act(partner, "change", {"reads": events, "contributes": contribute or []})


@partner.command()
def suspend(partner: Id) -> None:
    """Let a partner in no more: its connections are cut. What it has not read waits."""
    _act(partner, "suspend")


@partner.command()
def resume(partner: Id) -> None:
    """Let a suspended partner in again, with the key that it has."""
    _act(partner, "resume")


@partner.command()
def remove(partner: Id) -> None:
    """Take a partner out for good, with its keys and its place in the stream."""
    _act(partner, "remove")


@partner.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the partners."""
    with services(say) as found:
        everyone = found.get("campaign", PLACE)
    if as_json:
        typer.echo(json.dumps(everyone))
        return
    table = Table("partner", "name", "status", "reads", "sends", "keys", "broker")
    for one in everyone:
        reach = (str(len(one["reads"])), ", ".join(one["contributes"]) or "–", str(len(one["keys"])))
        table.add_row(one["partner"], one["name"], one["status"], *reach, _followed(one))
    out.print(table if everyone else "There is no partner yet.")


@partner.command()
def show(partner: Id, as_json: AsJson = False) -> None:
    """Show one partner whole."""
    with services(say) as found:
        one = found.get("campaign", f"{PLACE}/{partner}")
    if as_json:
        typer.echo(json.dumps(one))
        return
    for name in ("partner", "name", "contact", "status", "created_at", "changed_at"):
        out.print(f"{name}: {one[name]}", markup=False)
    for name in ("reads", "contributes"):
        out.print(f"{name}: {', '.join(one[name]) or '–'}", markup=False)
    for key in one["keys"]:
        out.print(f"key: {key['public']} until {key['until'] or 'it is replaced'}", markup=False)
    out.print(f"broker: {_followed(one)}", markup=False)


def _act(partner: str, action: str, body: dict[str, Any] | None = None) -> None:
    with services(say) as found:
        changed = found.post("campaign", f"{PLACE}/{partner}/{action}", json=body)
        _wait(found, partner)
    out.print(f"{partner} is {changed['status']}.", markup=False)


@contextmanager
def _kept(place: Path, seed: str) -> Iterator[None]:
    """The key lies in its file before anybody is let in by it, and does not stay where nobody was.

    Raises:
        Invalid: the file is there, or cannot be written; nobody was asked anything.
    """
    keep_seed(place, seed)
    try:
        yield
    except Refused as refused:
        if refused.slug != "no_answer":  # else it may have been taken in
            place.unlink()
        raise


def _hand_over(found: Services, made: dict[str, Any], place: Path) -> None:
    _wait(found, made["partner"])
    out.print(f"The secret key of {made['partner']} is in {place}, and nowhere else.", markup=False)
    server = made["server"] or found.stack.nats_url
    snippets = how_to_connect(made, server, str(place), now_in_utc())
    out.print(snippets, markup=False, soft_wrap=True)


def _wait(found: Services, partner: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not found.get("campaign", f"{PLACE}/{partner}")["in_effect"]:
        if time.monotonic() > deadline:
            say("The broker does not follow yet; it will as soon as all its nodes answer (`latu status`).")
            return
        time.sleep(0.1)


def _followed(one: dict[str, Any]) -> str:
    return "follows" if one["in_effect"] else "not yet"
