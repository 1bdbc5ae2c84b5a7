"""`latu dead-letters`: what the services could not handle, and what is to become of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from shared.cli import app, err, out
from shared.cli.client import Services, services
from shared.cli.moments import check_services
from shared.cli.settling import settle
from shared.errors import Invalid

PLACE = "/admin/api/dead-letters"

dead_letters = typer.Typer(help="What the services could not handle.", no_args_is_help=True)
app.add_typer(dead_letters, name="dead-letters")

ServiceName = Annotated[str, typer.Argument(help="The service that could not handle it.")]
ByLetter = Annotated[str, typer.Option("--letter", metavar="EVENT", help="The letter of this event's id.")]
ByGroup = Annotated[str, typer.Option("--group", metavar="GROUP", help="All letters of one failure.")]
All = Annotated[bool, typer.Option("--all", help="All letters that wait in this service.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@dead_letters.command("list")
def list_(
    service: Annotated[list[str] | None, typer.Argument(help="Services; all when left out.")] = None,
    group: Annotated[str, typer.Option(metavar="GROUP", help="The letters of one failure.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what waits, by failure; with --group its letters one by one."""
    wanted = check_services(service or ())
    place = f"{PLACE}/letters" if group else PLACE
    with services(say) as found:
        listed = {name: found.get(name, place, fingerprint=group) for name in wanted}
    if as_json:
        typer.echo(json.dumps(listed))
    elif group:
        _show_letters(listed)
    else:
        _show_groups(listed)


@dead_letters.command()
def show(
    service: ServiceName,
    event: Annotated[str, typer.Argument(help="The event's id, as `list --group` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Show a letter whole, with payload and headers. That you read it is audited."""
    check_services([service])
    with services(say) as found:
        letter = found.get(service, f"{PLACE}/letter", event_id=event)
    if as_json:
        typer.echo(json.dumps(letter))
        return
    for name in ("status", "reason", "fingerprint", "handler", "subject", "tries", "first_at", "last_at"):
        out.print(f"{name}: {letter[name]}", markup=False)
    for name, value in sorted(letter["headers"].items()):
        out.print(f"  {name}: {value}", markup=False)
    out.print(letter["body"], markup=False, soft_wrap=True)


@dead_letters.command()
def redrive(
    service: ServiceName,
    letter: ByLetter = "",
    group: ByGroup = "",
    all_: All = False,
    as_json: AsJson = False,
) -> None:
    """Handle letters again, after the cause is mended; exit code 1 when some fail again."""
    choice = choose(service, letter, group, all_)
    with services(say) as found:
        handled, failed = redrive_all(found, service, choice)
        settle(found)
    if as_json:
        typer.echo(json.dumps({"handled": handled, "failed": failed}))
    else:
        out.print(f"{handled} handled, {len(failed)} failed again.")
        for one in failed:
            out.print(f"  {one['event_id']}: {one['reason']}", markup=False)
    if failed:
        raise typer.Exit(1)


@dead_letters.command()
def discard(
    service: ServiceName,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")],
    letter: ByLetter = "",
    group: ByGroup = "",
    all_: All = False,
) -> None:
    """Give letters up, for a written reason; nothing is left of what they said."""
    choice = choose(service, letter, group, all_)
    with services(say) as found:
        done = found.post(service, f"{PLACE}/discard", json={**choice, "reason": reason})
    out.print(f"{done['discarded']} given up.")


def choose(service: str, letter: str, group: str, all_: bool) -> dict[str, Any]:
    """The choice as the service takes it.

    Raises:
        Invalid: not exactly one of them is named, or no such service.
    """
    check_services([service])
    named = {"event_id": letter, "fingerprint": group, "all": all_}
    given = {name: value for name, value in named.items() if value}
    if len(given) != 1:
        raise Invalid("one_choice", "Name exactly one of --letter, --group and --all.")
    return given


def redrive_all(found: Services, service: str, choice: dict[str, Any]) -> tuple[int, list[Any]]:
    """Go on until each chosen letter was tried once; returns how many were handled, and which failed."""
    handled, failed, last, left = 0, [], 0, 1
    while left:
        done = found.post(service, f"{PLACE}/redrive", json={**choice, "after": last})
        handled += done["handled"]
        failed += done["failed"]
        last, left = done["last"], done["left"]
    return handled, failed


def _show_groups(listed: dict[str, Any]) -> None:
    rows = [(name, group) for name, told in listed.items() for group in told["groups"]]
    if not rows:
        out.print("No dead letter waits.")
        return
    table = Table("service", "group", "letters", "tries", "failure", "event", "first", "last")
    for name, group in rows:
        counts = (str(group["letters"]), str(group["tries"]))
        failure = (group["reason"], group["type"], _moment(group["first_at"]), _moment(group["last_at"]))
        table.add_row(name, group["fingerprint"], *counts, *failure)
    out.print(table)


def _show_letters(listed: dict[str, Sequence[Any]]) -> None:
    table = Table("service", "event", "key", "tries", "first", "last", "failure")
    for name, letters in listed.items():
        for one in letters:
            times = (str(one["tries"]), _moment(one["first_at"]), _moment(one["last_at"]))
            table.add_row(name, one["event_id"], one["key"], *times, one["reason"])
    out.print(table)


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")
