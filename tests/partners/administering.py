"""Attempts at the streams and their consumers, under both names of JetStream's interface."""

from __future__ import annotations

from typing import Any, Final

from tests.partners.attempts import Attempt, asking
from tests.partners.scene import FOREIGN, READ, SECRET

FILTER_OF_ALL: Final = {
    "name": "kemi",
    "max_waiting": 32,
    "durable_name": "kemi",
    "ack_policy": "explicit",
    "filter_subjects": ["latu.public.>"],
}
SPY: Final = {"durable_name": "spy", "ack_policy": "explicit"}

ASKED: Final[tuple[tuple[str, str, Any], ...]] = (
    ("list all streams", "STREAM.LIST", {}),
    ("name all streams", "STREAM.NAMES", {}),
    ("look at the stream of public events", "STREAM.INFO.PUBLIC", {}),
    ("look at the stream of internal events", "STREAM.INFO.INTERNAL", {}),
    ("get an internal event by its number", "STREAM.MSG.GET.INTERNAL", {"seq": 1}),
    ("get a public event that it may not read", "STREAM.MSG.GET.PUBLIC", {"last_by_subj": f"{FOREIGN}.k0"}),
    ("get an internal event directly", f"DIRECT.GET.INTERNAL.{SECRET}.k0", None),
    ("get internal events directly in a batch", "DIRECT.GET.INTERNAL", {"seq": 1, "batch": 10}),
    ("make a stream", "STREAM.CREATE.EVIL", {"name": "EVIL", "subjects": ["evil"]}),
    (
        "copy the internal events",
        "STREAM.CREATE.COPY",
        {"name": "COPY", "subjects": [], "mirror": {"name": "INTERNAL"}},
    ),
    ("let a stream forget", "STREAM.UPDATE.PUBLIC", {"name": "PUBLIC", "subjects": ["latu.public.>"]}),
    ("purge a stream", "STREAM.PURGE.PUBLIC", {}),
    ("delete a stream", "STREAM.DELETE.PARTNER", {}),
    ("delete a message", "STREAM.MSG.DELETE.PUBLIC", {"seq": 1}),
    ("take a snapshot of a stream", "STREAM.SNAPSHOT.INTERNAL", {"deliver_subject": "_INBOX.snapshot"}),
    ("list all consumers", "CONSUMER.LIST.PUBLIC", {}),
    ("name all consumers", "CONSUMER.NAMES.PUBLIC", {}),
    (
        "make a consumer of internal events",
        "CONSUMER.CREATE.INTERNAL",
        {"stream_name": "INTERNAL", "config": {"deliver_subject": "_INBOX.spy"}},
    ),
    (
        "make a durable",
        "CONSUMER.DURABLE.CREATE.PUBLIC.spy",
        {"stream_name": "PUBLIC", "config": SPY},
    ),
    (
        "widen the filter of its own durable",
        "CONSUMER.CREATE.PUBLIC.kemi",
        {"stream_name": "PUBLIC", "config": FILTER_OF_ALL | {"ack_wait": 60 * 10**9}},
    ),
    ("look at another's durable", "CONSUMER.INFO.PUBLIC.oulu", {}),
    ("read from another's durable", "CONSUMER.MSG.NEXT.PUBLIC.oulu", {"batch": 1, "expires": 10**9}),
    ("delete another's durable", "CONSUMER.DELETE.PUBLIC.oulu", {}),
    ("delete its own durable", "CONSUMER.DELETE.PUBLIC.kemi", {}),
    ("pause another's durable", "CONSUMER.PAUSE.PUBLIC.oulu", {"pause_until": "2099-01-01T00:00:00Z"}),
    ("look at the account", "INFO", None),
)


def attempts() -> list[Attempt]:
    """Each as it is asked of the own account, and as what a partner may ask is."""
    own = [asking(name, f"$JS.API.{subject}", body) for name, subject, body in ASKED]
    theirs = [
        asking(f"{name}, by the domain", f"$JS.latu.API.{subject}", body, "import")
        for name, subject, body in ASKED
    ]
    return [*own, *theirs, *SYSTEM]


SYSTEM: Final = (
    asking("ask every node who it is", "$SYS.REQ.SERVER.PING", comes_through="system"),
    asking("ask who is connected", "$SYS.REQ.SERVER.PING.CONNZ", {}, "system"),
    asking("ask for the accounts", "$SYS.REQ.SERVER.PING.ACCOUNTZ", {}, "system"),
    asking("ask for the services' connections", "$SYS.REQ.ACCOUNT.LATU.CONNZ", {}, "system"),
    asking("ask for the services' subscriptions", "$SYS.REQ.ACCOUNT.LATU.SUBSZ", {}, "system"),
    asking("have a node read its configuration", "$SYS.REQ.SERVER.<server>.RELOAD", comes_through="system"),
    asking("ask what it may do", "$SYS.REQ.USER.INFO"),
    asking("look at its own account", "$SYS.REQ.ACCOUNT.PING.STATZ", {}, "system"),
    asking(
        "pull by another's subject below its own",
        f"$JS.latu.API.CONSUMER.MSG.NEXT.PUBLIC.kemi.{READ}",
        {},
        "nothing",
    ),
)
