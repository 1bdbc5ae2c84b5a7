"""The catalogue as a page of the documentation, for those who have the project and no running Latu."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.contract import history
from shared.contract.catalogue import ContractEvent, Field
from shared.contract.history import Change

HEAD = """\
# Events for partners

<!-- Written by `make schemas` from shared/events and shared/contract/changes.jsonl. -->

Every event that partners may read, what they are answered, and what they may send.
[For partners](partners.md) tells how;
[asyncapi.yaml](asyncapi.yaml) says the same as this page to programs, with the schemas and all examples. A
running Latu serves both from its campaign service, and this catalogue in Finnish, English and Swedish under
`/catalogue`.
"""


_GROUPS = {
    "public": "Public: what anyone may read",
    "answers": "Answers: what only the partner reads that sent something",
    "partner": "Contributions: what a partner may send",
}
_FROM = {"public": "from a demo with synthetic answers", "answers": "made up", "partner": "made up"}


def page(events: Mapping[str, ContractEvent], log: Sequence[Change]) -> str:
    """The whole page."""
    return "\n".join(
        [*_list(events), *(line for event in events.values() for line in _event(event)), *_log(log)]
    )


def _list(events: Mapping[str, ContractEvent]) -> Iterator[str]:
    yield HEAD
    for audience, heading in _GROUPS.items():
        yield f"**{heading}**\n\n| event | says |\n|---|---|"
        group = [event for event in events.values() if event.audience == audience]
        yield from (f"| [{event.name}](#{_anchor(event)}) | {event.says} |" for event in group)
        yield ""


def _anchor(event: ContractEvent) -> str:
    return event.type_name.replace(".", "")


def _event(event: ContractEvent) -> Iterator[str]:
    yield f"## {event.type_name}\n\n**{event.name}.** {event.says}\n"
    yield from (f"{paragraph}\n" for paragraph in event.more)
    yield f"- subject: `{event.record.subject}`"
    if event.relatives:
        yield f"- shares its key and revisions with {', '.join(f'`{one}`' for one in event.relatives)}"
    if event.record.sunset:
        yield f"- published for certain until {event.record.sunset}"
    golden = f"{'sent/' if event.is_sent else ''}{event.type_name}.golden.jsonl"
    said = f"- examples, {_FROM[event.audience]}: "
    yield f"{said}[{golden}](../shared/events/recorded/{golden})\n"
    yield from _table(event.fields)
    for part in event.parts:
        yield f"`{part.name}`: {part.description}\n"
        yield from _table(part.fields)


def _table(fields: Sequence[Field]) -> Iterator[str]:
    yield "| field | value | always | since | means |\n|---|---|---|---|---|"
    for field in fields:
        always = "yes" if field.always else "no"
        yield f"| `{field.name}` | {_kind(field)} | {always} | {field.since} | {field.description} |"
    yield ""


def _kind(field: Field) -> str:
    values = ", ".join(f"`{value}`" for value in field.values)
    one = f"`{field.part}`" if field.part else " ".join(filter(None, [field.kind, values]))
    return ("list: " if field.many else "") + one + (" or null" if field.nullable else "")


def _log(log: Sequence[Change]) -> Iterator[str]:
    yield f"## Changes\n\nThe contract is as of {history.version(log)}. Newest first.\n"
    for change in sorted(log, key=lambda one: one.on, reverse=True):
        yield f"- {change.on}: `{change.type_name}` {_said(change)}"
    yield ""


def _said(change: Change) -> str:
    if change.kind == "published":
        return "is published"
    if change.kind == "sunset":
        return f"is deprecated; it is published for certain until {change.until}"
    return "gained " + ", ".join(f"`{name}`" for name in change.fields)
