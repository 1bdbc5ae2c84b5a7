"""`latu trace`, `latu verify`: what a sentence stands on, and whether it still holds."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.tree import Tree

from shared.cli import app, err, out
from shared.cli.client import Services, services
from shared.errors import NotFound

ASKED_FOR_ANYTHING = ("campaign", "model", "coaching", "survey")
DEEPEST = 6

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of a tree.")]


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@app.command()
def trace(
    thing: Annotated[
        str, typer.Argument(help="Key of a playbook item, recommendation, theme, post or insight.")
    ],
    as_json: AsJson = False,
) -> None:
    """Print the chain from a thing back to question, released figure, interval, n band and answers' hash."""
    with services(say) as found:
        chain = follow(found, thing)
    if chain is None:
        raise NotFound("unknown_thing", "No service knows a thing with this key.")
    if as_json:
        typer.echo(json.dumps(chain))
    else:
        out.print(_tree(chain))


def follow(
    found: Services, thing: str, asked: tuple[str, ...] = ASKED_FOR_ANYTHING, depth: int = 0
) -> Any | None:
    """A thing and, below it, everything that it stands on; None where nobody knows it."""
    for service in asked:
        link = found.find(service, f"/admin/api/trace/{thing}")
        if link is not None:
            break
    else:
        return None
    told = found.get(service, f"/admin/api/events/{link['key']}")
    said = next((event for event in told if event["revision"] == link.get("revision")), None)
    references = (link.get("evidence") or link.get("written_on") or []) if depth < DEEPEST else []
    below = [_resolve(found, reference, depth + 1) for reference in references]
    return {**link, "service": service, "told": said, "stands_on": below}


def _resolve(found: Services, reference: Any, depth: int) -> Any:
    homes = {"insight": ("survey",), "recommendation": ("model",), "outcome": ("coaching",)}
    link = follow(found, reference["key"], homes.get(reference["kind"], ASKED_FOR_ANYTHING), depth)
    return link or {**reference, "stands_on": []}


def _tree(link: Any) -> Tree:
    tree = Tree(_words(link), highlight=False)
    for below in link["stands_on"]:
        tree.add(_tree(below))
    return tree


def _words(link: Any) -> str:
    title = (
        (link.get("title") or {}).get("fi", "")
        if isinstance(link.get("title"), dict)
        else link.get("title", "")
    )
    words = f"{link['kind']} {link['key']} (revision {link.get('revision', '–')}) {title}"
    if told := link.get("told"):
        words += f"\n  told {told['at'][:16]}Z, trace {told['trace'] or '–'}"
        words += f", after event {told['cause']}" if told["cause"] else ""
    if link["kind"] != "insight" or "figure" not in link:
        return words
    figure = link["figure"]
    interval = f"interval {figure['low']}–{figure['high']}, n {figure['n_band']}"
    standing = f"{link['status']}, {link['tier']}, certainty {link['certainty']}"
    return (
        f"{words}\n  question {link['question']}: {link['question_text']['fi']}"
        f"\n  estimate {figure['estimate']} {figure['unit']}, {interval}"
        f"\n  release {link['release_number']} of {link['released_on']}, {standing}"
        f"\n  answers {link['answers_hash']}"
    )


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Count all answers anew, work every release out once more and compare; exit code 1 when one differs."""
    with services(say) as found:
        releases = [row["release"] for row in found.get("survey", "/admin/api/releases")]
        checked = [found.get("survey", f"/admin/api/releases/{release}/verify") for release in releases]
    bad = [one["release"] for one in checked if not is_good(one)]
    if as_json:
        typer.echo(json.dumps({"releases": checked, "good": not bad}))
    else:
        for one in checked:
            verdict = "agrees" if is_good(one) else "DIFFERS"
            erased = f"; answers of {one['erased']} units were erased since" if one["erased"] else ""
            tallies = "" if one["tallies_agree"] else "; the tallies kept are NOT those of the answers"
            figures = f"{one['agree']} of {one['figures']} figures"
            out.print(f"Release {one['release']}: {figures}, {verdict}{erased}{tallies}.")
    if bad:
        raise typer.Exit(1)


def is_good(verified: Any) -> bool:
    """Whether nothing contradicts a release: only erasures since may keep it from coming out the same."""
    other = verified["differ"] or verified["insights_with_other_answers"]
    same = verified["answers_hash_agrees"] and not other
    kept = verified["tallies_agree"] and verified["content_hash_agrees"]
    return bool(kept and (same or verified["erased"]))
