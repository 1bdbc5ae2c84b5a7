"""`latu webhook`: where partners have events sent, and what came of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from shared.cli import app, err, out
from shared.cli.client import services
from shared.cli.moments import read_moment

PLACE = "/admin/api/webhooks"

webhook = typer.Typer(help="Where partners have events sent.", no_args_is_help=True)
app.add_typer(webhook, name="webhook")

Id = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook's id, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of words.")]


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@webhook.command()
def add(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    url: Annotated[str, typer.Argument(help="Where events are sent: https, and a name that all know.")],
    events: Annotated[
        list[str] | None,
        typer.Option("--events", metavar="EVENT", help="An event such as insight_released; all if left out."),
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Send a partner's events to an address from now on; prints the secret, which goes to the partner."""
    wanted = {"partner": partner, "url": url, "events": events or [], "description": description}
    with services(say) as found:
        _show_secret(found.post("campaign", PLACE, json=wanted))


@webhook.command("list")
def list_(
    partner: Annotated[str, typer.Argument(help="The partner's id; all when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """List webhooks: whether they are active, fail, or were disabled and why."""
    with services(say) as found:
        listed = found.get("campaign", PLACE, partner=partner)
    if as_json:
        typer.echo(json.dumps(listed))
        return
    table = Table("webhook", "partner", "address", "status", "failing since", "waiting")
    for one in listed:
        status = f"{one['status']} ({one['reason']})" if one["reason"] else one["status"]
        since = _moment(one["failing_since"])
        table.add_row(one["webhook"], one["partner"], one["url"], status, since, str(one["waiting"]))
    out.print(table)


@webhook.command()
def change(
    webhook_id: Id,
    events: Annotated[
        list[str] | None,
        typer.Option("--events", metavar="EVENT", help="An event such as insight_released; all if left out."),
    ] = None,
) -> None:
    """Send other events there; what it was sent, its place and its secret stay."""
    with services(say) as found:
        changed = found.post("campaign", f"{PLACE}/{webhook_id}/change", json={"events": events or []})
    out.print(
        f"{webhook_id} gets {', '.join(changed['events']) or 'all that its partner reads'}.", markup=False
    )


@webhook.command()
def disable(webhook_id: Id) -> None:
    """Send nothing there any more; what is published meanwhile is sent once it is enabled again."""
    _order(webhook_id, "disable")


@webhook.command()
def enable(webhook_id: Id) -> None:
    """Send there again, from where it stopped."""
    _order(webhook_id, "enable")


@webhook.command()
def remove(webhook_id: Id) -> None:
    """Forget a webhook with its log."""
    _order(webhook_id, "remove")


@webhook.command()
def rotate(
    webhook_id: Id,
    overlap_hours: Annotated[float, typer.Option(help="How long the old secret signs as well.")] = 24,
) -> None:
    """Sign with a new secret, and for a while with the old one too; prints the new one."""
    with services(say) as found:
        body = {"overlap_seconds": overlap_hours * 3600}
        _show_secret(found.post("campaign", f"{PLACE}/{webhook_id}/rotate", json=body))


@webhook.command()
def ping(webhook_id: Id) -> None:
    """Send a test; `log` tells what came of it."""
    with services(say) as found:
        sent = found.post("campaign", f"{PLACE}/{webhook_id}/ping")
    out.print(f"A test is on its way: {sent['event']}", markup=False)


@webhook.command()
def log(
    webhook_id: Id,
    status: Annotated[str, typer.Option(help="Only delivered, waiting, given_up or withdrawn ones.")] = "",
    as_json: AsJson = False,
) -> None:
    """What was sent, and what came of it, newest first."""
    with services(say) as found:
        lines = found.get("campaign", f"{PLACE}/{webhook_id}/deliveries", status=status)
    if as_json:
        typer.echo(json.dumps(lines))
        return
    table = Table("event", "type", "status", "tries", "answer", "last", "next")
    for one in lines:
        answer = str(one["http_status"] or one["fault"])
        moments = (_moment(one["last_at"]), _moment(one["due_at"]))
        table.add_row(one["event"], one["type"], one["status"], str(one["attempts"]), answer, *moments)
    out.print(table)


@webhook.command()
def replay(
    webhook_id: Id,
    event: Annotated[str, typer.Option(help="One event, by its id.")] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="All since then, such as 2026-11-24T08:30.")
    ] = "",
) -> None:
    """Send one event, or all since a moment, again under the old ids; 10,000 at a time, oldest first."""
    body = {"event": event, "since": read_moment(since).isoformat() if since else None}
    with services(say) as found:
        done = found.post("campaign", f"{PLACE}/{webhook_id}/replay", json=body)
    out.print(f"{done['events']} events are sent again.")
    if done["rest_since"]:
        out.print(f"There are more: go on with --since {done['rest_since']}", markup=False, soft_wrap=True)


def _order(webhook_id: str, order: str) -> None:
    with services(say) as found:
        found.post("campaign", f"{PLACE}/{webhook_id}/{order}")
    out.print(f"{webhook_id}: done.", markup=False)


def _show_secret(made: dict[str, Any]) -> None:
    out.print(f"webhook: {made['webhook']}", markup=False)
    out.print(f"secret (v1): {made['secret']}", markup=False, soft_wrap=True)
    out.print(f"public key (v1a): {made['public_key']}", markup=False, soft_wrap=True)


def _moment(text: str | None) -> str:
    return (text or "")[:16].replace("T", " ")
