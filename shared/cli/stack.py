"""`latu up`, `latu down`, `latu status`: the embedded stack by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.embedded import (
    Plan,
    Stack,
    default_home,
    find_stack,
    running_stack,
    start_stack,
    stop_stack,
    usual_plan,
    wait_for_stack,
)
from deploy.embedded.home import Home
from deploy.embedded.nodes import settle_nodes
from deploy.embedded.troubles import InUse, NotRunning, StartFailed
from shared.cli import app, err, out
from shared.cli.elsewhere import stack_elsewhere
from shared.cli.figures import figures_table, load_figures
from shared.errors import Refused

WAIT_SECONDS = 60.0

Ports = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="NAME=PORT", help="Use exactly this port, for instance survey=9001."),
]
Foreground = Annotated[bool, typer.Option("--foreground", help="Stay here until Ctrl-C or SIGTERM.")]
NatsNodes = Annotated[
    int,
    typer.Option(
        "--nats-cluster", metavar="NODES", help="Make a new stack with 3 NATS nodes on this machine."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]


@app.command()
def up(port: Ports = None, foreground: Foreground = False, nats_cluster: NatsNodes = 0) -> None:
    """Start PostgreSQL, NATS and the four services, and come back when they are ready."""
    _check_embedded()
    plan = usual_plan(port or (), nats_cluster)
    settle_nodes(Home(plan.home), plan.nats_nodes)
    running = find_stack(plan.home)
    if running:
        out.print(f"Latu already runs on {plan.home}.", markup=False)
        _show_addresses(running)
    elif foreground:
        _stay(plan)
    else:
        out.print(f"Starting Latu on {plan.home}", markup=False)
        try:
            _show_addresses(start_stack(plan, show_progress))
        except InUse:  # somebody else is just starting it
            _show_addresses(wait_for_stack(plan.home, WAIT_SECONDS))


@app.command()
def down() -> None:
    """Stop the stack in order: services, broker, database. The data stay."""
    _check_embedded()
    stop_stack(default_home())
    out.print("Latu has stopped.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show each process, since when and whether it answers, and how the services do."""
    home = default_home()
    stack = stack_elsewhere() or find_stack(home, ready=False)
    if stack is None:
        if as_json:
            typer.echo(json.dumps({"running": False, "home": str(home), "processes": []}))
            raise typer.Exit(NotRunning.exit_code)
        raise NotRunning(f"Latu is not running on the data folder {home}.")
    rows = _rows(stack)
    figures = load_figures(stack, {row["name"] for row in rows if row["healthy"]})
    if as_json:
        fields = {"running": True, "phase": stack.phase, "home": str(home), "processes": rows}
        typer.echo(json.dumps(fields | {"figures": figures}))
    else:
        _show_table(stack, rows)
        out.print(figures_table(figures))
    if stack.phase != "ready" or not all(row["healthy"] for row in rows):
        raise typer.Exit(StartFailed.exit_code)


@contextmanager
def needed_stack() -> Iterator[Stack]:
    """The running stack for a command that needs one; starts its own when none runs, and says so."""
    with running_stack(default_home(), lambda sentence: err.print(sentence, markup=False)) as stack:
        yield stack


def show_progress(message: Mapping[str, Any]) -> None:
    """Print what the supervisor tells while it starts."""
    if "said" in message:
        out.print(message["said"], style="yellow", markup=False)
    elif "step" in message:
        out.print(f"  {message['step']:<22}{message['seconds']:>6.1f} s", markup=False)


def _stay(plan: Plan) -> None:
    # Only here this process becomes a supervisor itself.
    from deploy.embedded.journal import Journal  # noqa: PLC0415
    from deploy.embedded.supervisor import supervise  # noqa: PLC0415
    from deploy.embedded.wakeup import Wakeup  # noqa: PLC0415

    def hear(message: Mapping[str, Any]) -> None:
        show_progress(message)
        if "ready" in message:
            _show_addresses(Stack(plan.home, message["ready"]))
            out.print("Ctrl-C stops it.")

    supervise(plan, Journal(hear), Wakeup())


def _show_addresses(stack: Stack) -> None:
    out.print(f"Latu is up (start took {stack.seconds:.1f} s).")
    for name, url in stack.urls.items():
        out.print(f"  {name:<10}{url:<28}staff: {url}/admin", markup=False)
    if stack.sign_in:
        place = stack.home / "secrets" / "first-sign-in"
        out.print(
            f"Sign in as {stack.sign_in['name']} with the password in {place}", markup=False, soft_wrap=True
        )


def _check_embedded() -> None:
    if stack_elsewhere():
        raise Refused(
            "not_ours", "LATU_SERVICES names services that something else starts and stops: use that."
        )


def _rows(stack: Stack) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    supervisor = stack.status.get("supervisor")
    if supervisor:
        first = {"name": "supervisor", "restarts": 0, "address": "", "healthy": True}
        rows = [first | {"pid": supervisor["pid"], "since": supervisor["since"]}]
    healthy = stack.health()
    for entry in stack.status["processes"]:
        fields = {key: entry.get(key) for key in ("name", "pid", "since", "restarts", "address")}
        rows.append(fields | {"healthy": healthy[entry["name"]]})
    return rows


def _show_table(stack: Stack, rows: list[dict[str, Any]]) -> None:
    title = f"Latu on {stack.home}: {stack.phase}" if "supervisor" in stack.status else "Latu elsewhere"
    table = Table(title=title, title_justify="left")
    for heading in ("process", "pid", "up for", "restarts", "address", "health"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        health = "[green]ok[/]" if row["healthy"] else "[red]no answer[/]"
        restarts = "–" if row["restarts"] is None else str(row["restarts"])
        cells = (row["name"], str(row["pid"] or "–"), _up_for(row), restarts, row["address"])
        table.add_row(*cells, health)
    out.print(table)


def _up_for(row: Mapping[str, Any]) -> str:
    if not row["pid"] or not row["since"]:
        return "–"
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(row["since"])).total_seconds())
    hours, rest = divmod(max(0, seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
