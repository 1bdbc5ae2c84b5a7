"""`latu demo`: the whole loop on the embedded stack, with synthetic answers."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
import yaml
from rich.table import Table

from deploy.demo.generator import HERE, demo_answers, demo_mapping
from deploy.embedded import Stack, default_home, find_stack, own_stack, usual_plan
from shared.cli import app, out
from shared.cli.client import Services, of_stack, services_elsewhere
from shared.cli.data import release_round, send_file
from shared.cli.settling import settle
from shared.cli.stack import show_progress
from shared.errors import Refused

ADOPTED = 4
POSTED = 3


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop when the loop has come to rest.")] = False,
) -> None:
    """Show the loop: 900 synthetic answers become insights, playbooks, recommendations, themes and posts."""
    with _services() as services:
        began = time.monotonic()
        counts = run_loop(services)
        counts["seconds"] = round(time.monotonic() - began, 1)
        _show(counts)
        if not once:
            _stay(services.stack)
    if once:
        typer.echo(json.dumps(counts))


@contextmanager
def _services() -> Iterator[Services]:
    elsewhere = services_elsewhere()
    if elsewhere:
        out.print("The demo uses the services that LATU_SERVICES names.")
        yield elsewhere
        return
    running = find_stack(default_home())
    if running:
        out.print(f"Latu already runs on {running.home}; the demo uses it.", markup=False)
        yield of_stack(running, running.home)
        return
    out.print(f"Starting Latu on {default_home()}", markup=False)
    with own_stack(usual_plan(), show_progress) as stack:
        out.print(f"Up after {stack.seconds:.1f} s.")
        yield of_stack(stack, stack.home)


def run_loop(services: Services) -> dict[str, Any]:
    """The whole loop once, each step told with its seconds. Gives what it came to, by name."""
    _step("24 synthetic client organisations for the coaches", _add_organisations, services)
    report = _step("900 synthetic answers of 420 organisations", _import, services)
    release = _step("releasing what can safely leave", release_round, services, report["round"])
    _step("insights flow to playbooks, model and campaign", settle, services)
    _step("a coach visits, agrees on actions and measures an outcome", _visit, services)
    _step("experts adopt recommendations and publish the model", _adopt, services)
    _step("editors approve and publish posts", _publish, services)
    letters = _step("everything comes to rest", settle, services)
    return _counts(services, report, release) | {"dead_letters": letters}


def _step(what: str, act: Any, *arguments: Any) -> Any:
    began = time.monotonic()
    result = act(*arguments)
    out.print(f"  {what:<62}{time.monotonic() - began:>5.1f} s", markup=False)
    return result


def _add_organisations(services: Services) -> None:
    listed = yaml.safe_load((HERE / "organisations.yaml").read_text(encoding="utf-8"))
    services.post("coaching", "/admin/api/organisations", json=listed["organisations"])


def _import(services: Services) -> Any:
    mapping = yaml.safe_dump(demo_mapping(datetime.now(UTC).date()), allow_unicode=True).encode()
    answers = ("lapland-2026.csv", demo_answers())
    try:
        return send_file(services, answers, ("lapland-2026.yaml", mapping))
    except Refused as refused:
        if refused.slug != "/problems/imported_before":
            raise
        return next(row for row in services.get("survey", "/admin/api/imports") if not row["undone_at"])


def _visit(services: Services) -> None:
    best = next(row for row in services.get("coaching", "/admin/api/organisations") if row["top"])
    today = datetime.now(UTC).date().isoformat()
    actions = [{"practice": best["top"], "who": "työnantaja ja henkilöstö", "by": today}]
    visit = {"visited_on": today, "note": "Synteettinen käynti.", "actions": actions}
    place = f"/admin/api/organisations/{best['organisation']}/visits"
    agreed = services.post("coaching", place, json=visit)["actions"]
    measured = {"before": 4, "after": 7, "kept": True, "measured_on": today}
    for action in agreed.values():
        services.post("coaching", f"/admin/api/actions/{action}/outcome", json=measured)


def _adopt(services: Services) -> None:
    settle(services)
    proposed = services.get("model", "/admin/api/recommendations", status="proposed")
    for one in proposed[:ADOPTED]:
        services.post(
            "model", f"/admin/api/recommendations/{one['key']}/adopt", json={"revision": one["revision"]}
        )
    if proposed:
        services.post("model", "/admin/api/versions")


def _publish(services: Services) -> None:
    settle(services)
    for post in services.get("campaign", "/admin/api/posts", status="draft")[:POSTED]:
        services.post("campaign", f"/admin/api/posts/{post['post']}/approve")
        services.post("campaign", f"/admin/api/posts/{post['post']}/publish")


def _counts(services: Services, report: Any, release: Any) -> dict[str, Any]:
    coaching = services.get("coaching", "/admin/api/status")
    model = services.get("model", "/admin/api/status")
    campaign = services.get("campaign", "/admin/api/status")
    found = services.get("survey", f"/admin/api/rounds/{report['round']}/insights")
    return {
        "answers": report["kept"],
        "releases": release["number"] if release else 0,
        "insights": sum(one["tier"] == "confirmed" for one in found),
        "indications": sum(one["tier"] == "indication" for one in found),
        "playbooks": coaching["playbooks"],
        "recommendations": sum(model[status] for status in ("proposed", "adopted", "under_review")),
        "versions": model["versions"],
        "themes": campaign["themes"],
        "posts": campaign["posts"],
    }


def _show(counts: dict[str, Any]) -> None:
    table = Table("what", "how many")
    for name, value in counts.items():
        table.add_row(name.replace("_", " "), str(value))
    out.print(table)


def _stay(stack: Stack) -> None:
    for name, url in stack.urls.items():
        out.print(f"  {name:<10}{url:<28}staff: {url}/admin", markup=False)
    sign_in = stack.sign_in
    if sign_in:
        out.print(f"Sign in as {sign_in['name']} with the password {sign_in['password']}", markup=False)
    out.print("Everything shown is synthetic. Ctrl-C stops the demo; the data stay.")
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    try:
        while not over.wait(1):
            pass
    except KeyboardInterrupt:
        out.print("Stopping.")
