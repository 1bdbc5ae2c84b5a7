"""What must hold after everything: each check reads the records and says in sentences what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.survey.receipts import receipt_hash
from shared import passed_over
from shared.events import BY_TYPE
from shared.streams import Durable
from tests.faults.poison import Dose
from tests.faults.records import Kept, Records, thing


@dataclass(frozen=True)
class Answers:
    """What those who answered were told, by the hash of the receipt that an answer has or would have."""

    accepted: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expected:
    """What the programme itself knows: answers, poison, and whether the poison was dealt with already."""

    answers: Answers = field(default_factory=Answers)
    doses: Sequence[Dose] = ()
    cured: bool = False
    # (service, action, subject) that whoever asked was told of, and those that were refused.
    acts: frozenset[tuple[str, str, str]] = frozenset()


Check = Callable[[Records, Expected], Iterator[str]]


def every_answer_once(records: Records, expected: Expected) -> Iterator[str]:
    """An answer that was accepted is there once, one that was erased or refused is not, and there is no other."""
    there, told = Counter(records.receipts), expected.answers
    standing = told.accepted - told.erased
    for receipt in standing - there.keys():
        yield f"answer {receipt[:8]} was accepted and is lost"
    for receipt, count in there.items():
        if count > 1:
            yield f"answer {receipt[:8]} is there {count} times"
        if receipt in told.erased:
            yield f"answer {receipt[:8]} was erased and is still there"
        elif receipt in told.refused:
            yield f"answer {receipt[:8]} was refused and is there"
        elif receipt not in told.accepted:
            yield f"answer {receipt[:8]} is there and nobody sent it"
    for receipt in told.erased - records.withdrawn:
        yield f"answer {receipt[:8]} was erased and could be sent again"


def nothing_unpublished(records: Records, _: Expected) -> Iterator[str]:
    """Every event that was emitted is in its stream once, every purge is done; the stream holds nothing else."""
    own = Counter(row["id"] for _, row in records.told)
    for service, row in records.told:
        count = records.streams.get(row["id"], 0)
        if row["published_at"] is None:
            yield f"{service}: {row['type']} {row['key']} is not published"
        elif count > 1:
            yield f"{service}: {row['type']} {row['key']} is in its stream {count} times"
        elif count == 0 and row["body"]:
            yield f"{service}: {row['type']} {row['key']} is published and not in its stream"
    for kept in records.kept.values():
        for purge in kept.purges:
            if purge["done_at"] is None:
                yield f"{kept.service}: {purge['subject']} is not purged"
    for event_id in records.streams.keys() - own.keys():
        if not event_id.startswith("faults-"):
            yield f"event {event_id} is in a stream and nobody emitted it: published before its commit"


def every_poison_in_its_stream(records: Records, expected: Expected) -> Iterator[str]:
    """Each poison message that the broker acknowledged is in its stream."""
    for dose in expected.doses:
        if dose.id not in records.streams:
            yield f"{dose.id} was acknowledged by the broker and is not in its stream"


def every_event_handled_once(records: Records, expected: Expected) -> Iterator[str]:
    """Each handler has one inbox row for each event that it listens to or put aside, and none for any other."""
    for kept in records.kept.values():
        letters = {(row["handler"], row["event_id"]) for row in kept.letters}
        due = set[tuple[str, str]]()
        for durable in kept.handlers.durables():
            due |= {(durable.name, row["id"]) for row in _heard_by(records, durable) if row["body"]}
            due |= {
                (durable.name, d.id) for d in _doses_of(expected, durable) if d.curable and expected.cured
            }
        for handler, event_id in sorted((due | letters) - kept.inbox):
            yield f"{handler} has no inbox row for {event_id}: lost, or acknowledged before its commit"
        known = {row["id"] for _, row in records.told}
        for handler, event_id in sorted(kept.inbox - letters):
            if event_id not in known:
                yield f"{handler} handled {event_id}, which nobody emitted: published before its commit"


def nothing_unacknowledged(records: Records, _: Expected) -> Iterator[str]:
    """No consumer has anything to come or in hand."""
    for name, (pending, held) in records.consumers.items():
        if pending or held:
            yield f"{name} has {pending} messages to come and {held} in hand"


def revisions_only_grew(records: Records, _: Expected) -> Iterator[str]:
    """Of each thing the revisions told grow by one another, and each is told once."""
    for kept in records.kept.values():
        last: dict[tuple[str, str], int] = {}
        for row in kept.outbox:
            about = thing(row)
            if row["revision"] <= last.get(about, 0):
                yield f"{kept.service}: {about[0]} {about[1]} told revision {row['revision']} after {last[about]}"
            last[about] = max(row["revision"], last.get(about, 0))


def replicas_keep_the_newest(records: Records, expected: Expected) -> Iterator[str]:
    """Each replica has of each thing the highest revision that was told, and what that says."""
    for kept in records.kept.values():
        for name, newest in _newest_by_table(records, kept, expected).items():
            rows = kept.replicas[name]
            for key, row in newest.items():
                found = rows.get(key)
                if found is None:
                    yield f"{kept.service}: {name} does not know {key}"
                elif found["revision"] != row["revision"]:
                    yield (
                        f"{kept.service}: {name} has revision {found['revision']} of {key}, told was {row['revision']}"
                    )
                elif row["body"] and found["state"] != _state(row):
                    yield f"{kept.service}: {name} keeps of {key} something that was not told"
            for key in rows.keys() - newest.keys():
                yield f"{kept.service}: {name} knows {key}, of which nobody told"


def history_has_every_event_once(records: Records, _: Expected) -> Iterator[str]:
    """The public history has each public event once, without gaps, and no words of what was taken back."""
    there = {row["id"]: row for row in records.history}
    told = {row["id"]: row for _, row in records.told if BY_TYPE[row["type"]].audience() == "PUBLIC"}
    if [row["position"] for row in records.history] != list(range(1, len(there) + 1)):
        yield "the public history has gaps or an event twice"
    for event_id, row in told.items():
        if row["body"] and event_id not in there:
            yield f"{row['type']} {row['key']} is not in the public history"
        elif not row["body"] and event_id in there and there[event_id]["event"] is not None:
            yield f"{row['type']} {row['key']} was taken back, and the public history still tells it"
    for event_id in there.keys() - told.keys():
        if not event_id.startswith("faults-"):
            yield f"the public history has {event_id}, which nobody emitted"


def every_poison_put_aside(records: Records, expected: Expected) -> Iterator[str]:
    """Each poison message is one dead letter of each handler with its reason, and nothing else is one."""
    wanted = {(handler, dose.id): dose for dose in expected.doses for handler in dose.handlers}
    there = {(row["handler"], row["event_id"]): row for k in records.kept.values() for row in k.letters}
    for about, dose in wanted.items():
        row = there.get(about)
        status = ("redriven" if dose.curable else "discarded") if expected.cured else "waiting"
        if row is None:
            yield f"{about[0]} has no dead letter for {about[1]}"
        elif row["status"] != status:
            yield f"the dead letter {about[1]} of {about[0]} is {row['status']}, not {status}"
        elif not row["reason"] or (dose.curable and row["reason"] != "refused: sick"):
            yield f"the dead letter {about[1]} of {about[0]} gives the reason “{row['reason']}”"
    for about in there.keys() - wanted.keys():
        if (there[about]["reason"], there[about]["status"]) == (passed_over.REASON, "redriven"):
            continue  # the broker passed over it, and it was handled after all
        yield f"{about[0]} put {about[1]} aside, which is no poison: {there[about]['reason']}"


def every_act_done_once(records: Records, expected: Expected) -> Iterator[str]:
    """What somebody was told is done stands once in the audit trail: no double outcome, post, adoption, release."""
    for service, action, subject in sorted(expected.acts):
        rows = [r for r in records.kept[service].audit if (r["action"], r["subject"]) == (action, subject)]
        if len(rows) != 1:
            yield f"{service}: {action} {subject} was done {len(rows)} times"
    outcomes = [
        r["detail"]["action"] for r in records.kept["coaching"].audit if r["action"] == "outcome_recorded"
    ]
    for action, count in Counter(outcomes).items():
        if count > 1:
            yield f"coaching: action {action} has {count} outcomes"


ALL: tuple[Check, ...] = (
    every_answer_once,
    nothing_unpublished,
    every_poison_in_its_stream,
    every_event_handled_once,
    nothing_unacknowledged,
    revisions_only_grew,
    replicas_keep_the_newest,
    history_has_every_event_once,
    every_poison_put_aside,
    every_act_done_once,
)


def check(records: Records, expected: Expected) -> list[str]:
    """Everything that does not hold."""
    return [sentence for one in ALL for sentence in one(records, expected)]


def _heard_by(records: Records, durable: Durable) -> list[Mapping[str, Any]]:
    return [row for _, row in records.told if row["type"] == durable.event.type_name()]


def _doses_of(expected: Expected, durable: Durable) -> list[Dose]:
    return [dose for dose in expected.doses if dose.event is durable.event]


def _newest_by_table(
    records: Records, kept: Kept, expected: Expected
) -> dict[str, dict[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {name: {} for name in kept.replicas}
    doses = [_as_row(dose) for dose in expected.doses if dose.curable and expected.cured]
    for row in (*(row for _, row in records.told), *doses):
        name = kept.table_of.get(BY_TYPE[row["type"]])
        if name is not None:
            newest = found[name].get(row["key"])
            if newest is None or newest["revision"] < row["revision"]:
                found[name][row["key"]] = row
    return found


def _as_row(dose: Dose) -> Mapping[str, Any]:
    return {"type": dose.event.type_name(), "key": dose.key, "revision": 1, "body": dose.body.decode()}


def _state(row: Mapping[str, Any]) -> Any:
    return BY_TYPE[row["type"]].model_validate_json(row["body"]).model_dump(mode="json")


def receipts(codes: Iterable[str]) -> frozenset[str]:
    """The hashes of receipts."""
    return frozenset(receipt_hash(code) for code in codes)
