"""`latu explain`: why a finding was told, and why rules did not fire, step by step."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from shared.cli import app, err, out
from shared.cli.client import Services, services
from shared.errors import Invalid, NotFound

LANGUAGES = ("fi", "en", "sv")
FILTERS = ("question", "rule", "segment", "reason")
MOST_SHOWN = 60


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@app.command()
def explain(
    thing: Annotated[str, typer.Argument(help="Key of an insight; with --why, of a round or a release.")],
    why: Annotated[bool, typer.Option("--why", help="Say of all rules why they fired or did not.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="With --why: rule=gap, segment=size=1-9, reason=too_few, question=… (repeatable)."),
    ] = None,
    language: Annotated[str, typer.Option(help="fi, en or sv; else the terminal's, or Finnish.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Say why a finding was told, every step from the answers; with --why, why rules did not fire."""
    spoken, wanted = _language(language), _wanted(only or [])
    with services(say) as found:
        told = _verdicts(found, thing, wanted) if why else _account(found, thing)
    if as_json:
        typer.echo(json.dumps(told))
    elif why:
        _show_verdicts(told, spoken)
    else:
        _show_account(told, spoken)


def _language(asked: str) -> str:
    if asked and asked not in LANGUAGES:
        raise Invalid("unknown_language", f"Choose one of these languages: {', '.join(LANGUAGES)}.")
    spoken = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "")[:2]
    return asked or (spoken if spoken in LANGUAGES else LANGUAGES[0])


def _wanted(only: Sequence[str]) -> dict[str, str]:
    wanted = {name: value for name, _, value in (part.partition("=") for part in only)}
    if not wanted.keys() <= set(FILTERS):
        raise Invalid("unknown_filter", f"--only takes one of {', '.join(FILTERS)}, as in --only rule=gap.")
    return wanted


def _account(found: Services, insight: str) -> Any:
    account = found.find("survey", f"/admin/api/insights/{insight}/explain")
    if account is None:
        raise NotFound("no_such_insight", "There is no such insight. For a round or a release add --why.")
    return account


def _verdicts(found: Services, thing: str, wanted: dict[str, str]) -> Any:
    for place in (f"rounds/{thing}", f"releases/{thing}"):
        told = found.find("survey", f"/admin/api/{place}/verdicts", **wanted)
        if told is not None:
            return told
    raise NotFound(
        "nothing_released", "There is no such release, and no such round that has released anything."
    )


def _show_account(account: Any, language: str) -> None:
    out.print(_in(account["title"], language), markup=False, style="bold")
    for number, step in enumerate(account["steps"], 1):
        out.print(f"\n{number}. {_in(step['title'], language)}", markup=False, style="bold")
        for words in step["words"]:
            out.print(f"   {_in(words, language)}", markup=False)
        if step["rows"]:
            out.print(_table(step, language))
    out.print(f"\n{_in(account['why'], language)}", markup=False)


def _table(step: Any, language: str) -> Table:
    table = Table(*(_in(name, language) for name in step["columns"].values()))
    for row in step["rows"]:
        table.add_row(*(_in(value, language) for value in row.values()))
    return table


def _show_verdicts(told: Any, language: str) -> None:
    whys = Counter(_in(one["why"], language) for one in told)
    for words, count in whys.most_common():
        out.print(f"{count:6} {words}", markup=False)
    for one in told[:MOST_SHOWN]:
        place = (
            f"{_in(one['question_text'], language)} · {one['rule']} · {_in(one['segment_label'], language)}"
        )
        detail = f" {_in(one['detail'], language)}" if one["detail"] else ""
        out.print(f"\n{place}", markup=False, style="bold")
        out.print(f"   {_in(one['why'], language)}.{detail}", markup=False)
    if len(told) > MOST_SHOWN:
        say(f"{len(told) - MOST_SHOWN} more are not shown. Narrow them down with --only, or use --json.")


def _in(value: Any, language: str) -> str:
    """A text in a language, or a number as it is written there."""
    if isinstance(value, dict):
        return str(value.get(language) or value["fi"])
    if isinstance(value, float):
        return f"{value:.6g}" if language == "en" else f"{value:.6g}".replace(".", ",")
    return "–" if value is None else str(value)
