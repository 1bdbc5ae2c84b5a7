"""`latu import`, `latu erase`, `latu estimates`: answers in, answers out, figures at full precision."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from shared.cli import app, err, out
from shared.cli.client import Services, services
from shared.cli.frames import files_of_frame, read_file
from shared.cli.settling import settle
from shared.errors import Invalid, Refused

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file of answers.")],
    mapping: Annotated[Path, typer.Option(help="The mapping file (YAML) that says what its columns mean.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only try; nothing is kept.")] = False,
    release: Annotated[
        bool, typer.Option(help="Release what can safely leave, and let the loop run.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Import a file of answers, release what holds up, and wait until the loop has come to rest."""
    with services(say) as found:
        report = send_file(
            found, read_file(file), read_file(mapping), files_of_frame(mapping), dry_run=dry_run
        )
        made = None
        if release and not dry_run:
            made = release_round(found, report["round"])
            settle(found)
    if as_json:
        typer.echo(json.dumps({**report, "release": made}))
    else:
        _show_import(report, made)


def send_file(
    found: Services,
    answers: tuple[str, bytes],
    mapping: tuple[str, bytes],
    frame: Sequence[tuple[str, bytes]] = (),
    *,
    dry_run: bool = False,
) -> Any:
    """Import a file (its name and content) by a mapping, with the files that its frame names.

    Returns the survey's report.
    """
    files = [("file", answers), ("mapping", mapping), *(("frame", counted) for counted in frame)]
    return found.post("survey", "/admin/api/imports", files=files, data={"dry_run": str(dry_run).lower()})


def release_round(found: Services, code: str) -> Any | None:
    """Release what can safely leave; where nothing new can, say why and give the newest release, if any.

    A round also releases by itself when its day has come, which may be just now.
    """
    try:
        return found.post("survey", f"/admin/api/rounds/{code}/releases")
    except Refused as refused:
        say(f"No further release now. {refused.message}")
        listed = found.get("survey", "/admin/api/releases")
        return next((row for row in listed if row["round"] == code), None)


def _show_import(report: Any, made: Any) -> None:
    out.print(
        f"Round {report['round']}: {report['read']} rows read, {report['kept']} answers kept.", markup=False
    )
    for reason, count in report["dropped"].items():
        out.print(f"  {count} left out: {reason}", markup=False)
    if report["import_id"]:
        out.print(f"Take it back with: latu erase --import {report['import_id']}", markup=False)
    if made:
        out.print(f"Release {made['number']} stands, with {made['figures']} figures.")


@app.command()
def erase(
    import_: Annotated[str, typer.Option("--import", metavar="ID", help="Undo a whole import.")] = "",
    organisation: Annotated[str, typer.Option(metavar="CODE", help="An organisation's answers.")] = "",
    receipt: Annotated[str, typer.Option(metavar="CODE", help="The answer with this receipt.")] = "",
    as_json: AsJson = False,
) -> None:
    """Erase answers at once; what stood on them reacts when that gives nobody away."""
    asked = {"import": import_, "organisation": organisation, "receipt": receipt}
    given = {kind: value for kind, value in asked.items() if value}
    if len(given) != 1:
        raise Invalid("one_kind", "Name exactly one of --import, --organisation and --receipt.")
    ((kind, value),) = given.items()
    with services(say) as found:
        done = found.post("survey", "/admin/api/erasures", json={"kind": kind, "value": value})
        settle(found)
    if as_json:
        typer.echo(json.dumps(done))
        return
    out.print(f"{done['answers']} answers erased from {', '.join(done['rounds'])}.", markup=False)
    at_once = done["judged"] == "at_once"
    out.print(
        "Everything that stood on them was judged anew."
        if at_once
        else "Judged anew at the next safe release."
    )


@app.command()
def estimates(
    round_: Annotated[str, typer.Option("--round", help="The round; needed when there are several.")] = "",
    item: Annotated[
        str, typer.Option(help="A question (its mean and distribution) or one figure, such as workload:4.")
    ] = "",
    segment: Annotated[str, typer.Option(help="Such as area=Metro; `all` for every declared one.")] = "",
    test_by: Annotated[
        str, typer.Option(metavar="DIMENSION", help="Test whether the item differs by this dimension.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Estimates at analysts' precision. They are not released figures: keep them inside."""
    if test_by and not item:
        raise Invalid("no_item", "Name with --item what --test-by tests.")
    with services(say) as found:
        chosen = round_ or _only_round(found)
        if test_by:
            path = f"/admin/api/rounds/{chosen}/independence"
            _show_test(found.get("survey", path, item=item, by=test_by), as_json)
            return
        readout = found.get("survey", f"/admin/api/rounds/{chosen}/estimates", item=item, segment=segment)
    if as_json:
        typer.echo(json.dumps(readout))
        return
    _show_estimates(readout["estimates"])


def _show_estimates(rows: Sequence[Any]) -> None:
    table = Table("item", "segment", "estimate", "standard error", "95 % interval", "n", "effective n")
    for row in rows:
        place = ", ".join(f"{name}={code}" for name, code in row["segment"].items())
        name = row["item"] if row["level"] is None else f"  {row['item']}"
        interval = f"{_precise(row['low'])} – {_precise(row['high'])}"
        figures = _precise(row["estimate"]), _precise(row["se"]), interval
        table.add_row(name, place, *figures, str(row["n"] or "–"), _effective(row))
    out.print(table)
    if any(row["poor"] for row in rows):
        out.print("! Weighting costs so much that these figures represent their segments poorly.")


def _effective(row: Any) -> str:
    if row["effective_n"] is None:
        return "–"
    return f"{row['effective_n']:.1f} ({100 * row['efficiency']:.0f} %){' !' if row['poor'] else ''}"


def _show_test(tested: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(tested))
        return
    sides = [", ".join(label["en"] for label in tested[side]) for side in ("rows", "columns")]
    organisations = f"{tested['units']} units of {tested['organisations']} organisations"
    out.print(f"{tested['item']} ({sides[1]}) by {tested['by']} ({sides[0]}): {organisations}.", markup=False)
    degrees = f"{tested['df']:.2f} and {tested['df_within']:.2f} degrees of freedom"
    out.print(f"Rao and Scott's F {tested['f']:.4f} with {degrees}, p = {tested['p']:.4g}.", markup=False)
    out.print(f"Design effect {tested['design_effect']:.2f}.")


def _precise(value: float | None) -> str:
    return "–" if value is None else f"{value:.6f}"


def _only_round(found: Services) -> str:
    rounds = [row["round"]["round"] for row in found.get("survey", "/admin/api/rounds")]
    if len(rounds) != 1:
        known = ", ".join(rounds) or "none yet"
        raise Invalid("which_round", f"Name the round with --round. Rounds: {known}.")
    return str(rounds[0])
