"""`latu replay` and `latu rebuild`: what a service knows, once more from the streams."""

from __future__ import annotations

import json
from collections import Counter
from typing import Annotated, Any

import typer

from shared.cli import app, err, out
from shared.cli.client import Services, services
from shared.cli.moments import check_services, read_moment
from shared.cli.settling import settle
from shared.errors import Invalid

STREAMS = ("PUBLIC", "INTERNAL")
REBUILD_SECONDS = 3_600.0

ServiceName = Annotated[str, typer.Argument(help="The service.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]


def say(sentence: str) -> None:
    """A remark beside the result."""
    err.print(sentence, markup=False)


@app.command()
def replay(
    service: ServiceName,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME|SEQ", help="A time, or a sequence in the --stream.")
    ],
    stream: Annotated[str, typer.Option(help="PUBLIC or INTERNAL; both when left out.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    as_json: AsJson = False,
) -> None:
    """Feed events to a service's handlers again; what is right already does not change."""
    check_services([service])
    streams, begin = read_place(start, stream)
    with services(say) as found:
        told = {name: replay_all(found, service, name, begin, dry_run) for name in streams}
        if not dry_run:
            settle(found)
    if as_json:
        typer.echo(json.dumps(told))
    else:
        _show_replay(told, "would be handled" if dry_run else "handled again")
    if any(one["failed"] for one in told.values()):
        raise typer.Exit(1)


def read_place(start: str, stream: str) -> tuple[tuple[str, ...], int | str]:
    """The streams, and the sequence or moment in them to start from.

    Raises:
        Invalid: no such stream; a sequence without its stream; no moment.
    """
    if stream and stream not in STREAMS:
        raise Invalid("no_such_stream", f"The streams are {' and '.join(STREAMS)}.")
    streams = (stream,) if stream else STREAMS
    if not start.isdecimal():
        return streams, read_moment(start).isoformat()
    if not stream and int(start) > 1:
        raise Invalid("which_stream", "Each stream counts by itself: name with --stream which one is meant.")
    return streams, max(1, int(start))


def replay_all(found: Services, service: str, stream: str, start: int | str, dry_run: bool) -> dict[str, Any]:
    """Replay a stream part by part to where it ends now; what it came to, all together."""
    order: dict[str, Any] = {"stream": stream, "start": start, "dry_run": dry_run}
    events, failed, skipped = Counter[str](), Counter[str](), 0
    while order["start"] is not None:
        done = found.post(service, "/admin/api/replay", json=order)
        events.update(done["events"])
        failed.update(done["failed"])
        skipped += done["skipped"]
        order |= {"start": done["next"], "until": done["until"]}
    return {"events": dict(events), "failed": dict(failed), "skipped": skipped}


@app.command()
def rebuild(
    service: ServiceName,
    drop: Annotated[
        bool, typer.Option("--drop", help="Let go what no event in the streams speaks of.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild what a service derived from events, from the streams, while it keeps serving."""
    check_services([service])
    with services(say) as found:
        order = {"json": {"drop": drop}, "timeout": REBUILD_SECONDS}
        done = found.post(service, "/admin/api/rebuild", **order)
        settle(found)
    if as_json:
        typer.echo(json.dumps(done))
        return
    out.print(f"{done['events']} events read, {done['skipped']} of dead letters left out.")
    for name, counts in done["tables"].items():
        out.print(
            f"{name}: {counts['things']} things, {counts['put_right']} put right, {counts['gone']} gone, "
            f"{counts['set_back']} set back."
        )


def _show_replay(told: dict[str, Any], verb: str) -> None:
    for stream, one in told.items():
        for name, count in sorted(one["events"].items()):
            out.print(f"{stream}: {count} {name} {verb}.", markup=False)
        for reason, count in one["failed"].items():
            out.print(f"{stream}: {count} failed and are dead letters now: {reason}", markup=False)
        if one["skipped"]:
            out.print(f"{stream}: {one['skipped']} are dead letters and were left out.")
    if not any(one["events"] for one in told.values()):
        out.print("There is nothing to replay.")
