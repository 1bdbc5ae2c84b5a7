"""`latu frame`: whom the figures of a round speak about, shown or corrected from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.table import Table

from shared.cli import app, err, out
from shared.cli.client import services
from shared.cli.settling import settle
from shared.errors import Invalid

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]
MANY = 32
# A released round is judged anew before the answer comes, and the audit of two weightings takes its time.
TIMEOUT_SECONDS = 900.0


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@app.command()
def frame(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="The round.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files that count: CSV, XLSX or JSON-stat 2 (PxWeb).")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping (YAML) that says what columns and categories mean.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only try; nothing is kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the frame of a round; given files, correct it: a released round is judged anew at once."""
    path = f"/admin/api/rounds/{round_}/frame"
    with services(say) as found:
        if files or mapping:
            sent = [("files", read_file(file)) for file in files or ()]
            sent += [("mapping", read_file(mapping))] if mapping else []
            choice = {"dry_run": str(dry_run).lower()}
            shown = found.post("survey", path, files=sent, data=choice, timeout=TIMEOUT_SECONDS)
            if shown["release"]:
                settle(found)
        else:
            shown = found.get("survey", path)
    if as_json:
        typer.echo(json.dumps(shown))
    else:
        _show(shown)


def read_file(path: Path) -> tuple[str, bytes]:
    """The name and the content of a file.

    Raises:
        Invalid: it cannot be read.
    """
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise Invalid("no_such_file", f"{path} cannot be read: {error.strerror or error}.") from error


def files_of_frame(mapping: Path) -> list[tuple[str, bytes]]:
    """The files that the frame in a mapping names, which lie beside it; none where it is written out.

    Raises:
        Invalid: one cannot be read.
    """
    try:
        document = yaml.safe_load(mapping.read_bytes())
        named = [str(one["file"]) for one in document["round"]["frame"]["files"]]
    except (OSError, yaml.YAMLError, ValueError, LookupError, TypeError):
        return []  # what is wrong with the mapping, the survey says
    return [read_file(mapping.parent / Path(name).name) for name in named[:MANY]]


def _show(shown: Any) -> None:
    for dimension in shown["frame"]["dimensions"]:
        table = Table(
            dimension["label"]["en"], "count", "share", title=dimension["code"], title_justify="left"
        )
        for category in dimension["categories"]:
            count = category["count"]
            told = ("–", "–") if count is None else (f"{count:,.10g}", f"{100 * count / shown['size']:.1f} %")
            table.add_row(category["code"], *told)
        out.print(table)
    out.print(f"{shown['size']:,.10g} in all; {shown['units']} answered.")
    if shown["efficiency"] is not None:
        efficiency = f"{100 * shown['efficiency']:.0f} % efficient"
        out.print(f"Weighting is {efficiency}: effective n {shown['effective_n']:.1f}.")
    for sentence in [*(text["en"] for text in shown["assumptions"]), shown["refusal"]]:
        if sentence:
            out.print(f"  {sentence}", markup=False)
    if "dry_run" in shown:
        _show_what_was_done(shown)


def _show_what_was_done(shown: Any) -> None:
    if shown["dry_run"]:
        out.print("Only tried: nothing was kept.")
    elif shown["release"]:
        out.print(f"Corrected; judged anew in release {shown['release']}.", markup=False)
    else:
        out.print("Corrected.")
