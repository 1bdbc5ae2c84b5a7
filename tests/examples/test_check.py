"""The check of consumers: the examples keep every rule, and a consumer that breaks one is told so."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.sandbox import script
from deploy.sandbox.checking import Found
from deploy.sandbox.trying import Trial, try_consumer
from shared.errors import Invalid
from tests.conftest import ROOT
from tests.examples.region import free_port

EXAMPLES = ROOT / "examples"

NO_CLOCK = (
    "Webhook._Webhook__verify_timestamp = lambda self, at: "
    '__import__("datetime").datetime.fromtimestamp(float(at), __import__("datetime").UTC)'
)
# What a careless person would write instead: the rule that it breaks, what stood there, what stands there now.
CARELESS = [
    ("repeats", 'revision > known["revision"]', 'revision >= known["revision"]'),
    ("disorder", 'revision > known["revision"]', 'revision != known["revision"]'),
    ("retraction", '"_retracted." in kind or "_withdrawn." in kind', "False"),
    ("late", '{"revision": revision,', '{"revision": 1 if gone else revision,'),
    ("return", 'revision > known["revision"]', 'revision > known["revision"] and not known.get("gone")'),
    ("forgetting", "None if gone else event}", 'known.get("event") if gone else event}'),
    ("fields", "    thing =", "    assert len(event) < 40 and 'mood' not in event\n    thing ="),
    ("types", "    thing =", "    assert '_released.' in kind\n    thing ="),
    ("large", "    thing =", "    if len(str(event)) > 100_000:\n        return\n    thing ="),
    ("reading", "await message.ack()", "pass"),
]
VERIFIED = "Webhook(SECRET).verify(body, dict(self.headers))"
FIRST_ONLY = '{"webhook-signature": self.headers["webhook-signature"].split()[0]}'
CARELESS_WEBHOOKS = [
    ("rotation", VERIFIED, f"Webhook(SECRET).verify(body, dict(self.headers) | {FIRST_ONLY})"),
    ("signature", VERIFIED, "json.loads(body)"),
    ("age", "HTTPServer((", f"{NO_CLOCK}\nHTTPServer(("),
    ("reading", "send_response(204)", "send_response(500)"),
]


async def tried(program: Path, *only: str, node: bool = False, word: str = "{secret}") -> list[Found]:
    """Check a program in its folder, where its table lies: a webhook's or one that reads over NATS."""
    folder = program.parent
    interpreter, port = "node" if node else sys.executable, free_port()
    if program.stem == "webhook":
        command, address = (interpreter, program.name, str(port), word), f"http://127.0.0.1:{port}/"
    else:
        command, address = (interpreter, program.name, "{url}", "{key}"), ""
    trial = Trial(str(folder / "state.json"), command, address, only=only, folder=folder, seconds=4)
    patience = {} if not only else {"start_seconds": 4}
    return await try_consumer(replace(trial, **patience), print)


def copied(name: str, folder: Path, before: str = "", after: str = "") -> Path:
    """An example in a folder of its own, changed."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert before in text
    place = folder / name
    place.write_text(text.replace(before, after) if before else text, encoding="utf-8")
    return place


@pytest.mark.parametrize("name", ["read.py", "webhook.py"])
async def test_the_examples_in_python_keep_every_rule(name: str, tmp_path: Path) -> None:
    found = await tried(copied(name, tmp_path))
    assert [one.sentence for one in found if one.fault] == []
    assert len(found) == (13 if name == "webhook.py" else 10)


@pytest.mark.node
@pytest.mark.parametrize("name", ["read.mjs", "webhook.mjs"])
async def test_the_examples_in_javascript_keep_every_rule(name: str, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(EXAMPLES / "node_modules")
    found = await tried(copied(name, tmp_path), node=True)
    assert [one.sentence for one in found if one.fault] == []
    assert len(found) == (13 if name == "webhook.mjs" else 10)


@pytest.mark.parametrize(("rule", "before", "after"), CARELESS, ids=[name for name, *_ in CARELESS])
async def test_a_reader_that_breaks_a_rule_is_told_which(
    rule: str, before: str, after: str, tmp_path: Path
) -> None:
    (found,) = await tried(copied("read.py", tmp_path, before, after), rule)
    assert found.fault
    assert found.rule.advice in found.sentence


@pytest.mark.parametrize(
    ("rule", "before", "after"), CARELESS_WEBHOOKS, ids=[name for name, *_ in CARELESS_WEBHOOKS]
)
async def test_a_receiver_that_breaks_a_rule_is_told_which(
    rule: str, before: str, after: str, tmp_path: Path
) -> None:
    (found,) = await tried(copied("webhook.py", tmp_path, before, after), rule)
    assert found.fault


BY_PUBLIC_KEY = "verified(body, self.headers)"
VERIFY = """
import base64, time
from nacl.signing import VerifyKey

PUBLIC = VerifyKey(base64.b64decode(SECRET.removeprefix("whpk_")))

def verified(body, headers):
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    for each in headers["webhook-signature"].split():
        kind, _, signature = each.partition(",")
        assert kind == "v1a"
        try:
            PUBLIC.verify(signed, base64.b64decode(signature))
        except Exception:
            continue
        if abs(time.time() - int(headers["webhook-timestamp"])) < 300:
            return json.loads(body)
    raise WebhookVerificationError("not signed")


class Receiver("""


async def test_a_receiver_that_verifies_by_public_key_is_tried_with_v1a_alone(tmp_path: Path) -> None:
    program = copied("webhook.py", tmp_path, VERIFIED, BY_PUBLIC_KEY)
    program.write_text(
        program.read_text(encoding="utf-8").replace("class Receiver(", VERIFY), encoding="utf-8"
    )
    found = await tried(program, word="{public_key}")
    assert [one.sentence for one in found if one.fault] == []


async def test_a_consumer_that_ends_is_told_so_at_once(tmp_path: Path) -> None:
    (tmp_path / "read.py").write_text("raise SystemExit")
    (found,) = await tried(tmp_path / "read.py", "reading")
    assert found.fault == "your consumer has ended"


async def test_what_cannot_be_tried_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="The rules are reading, repeats"):
        await try_consumer(Trial("state.json", only=("politeness",)), print)
    with pytest.raises(Invalid, match="cannot be started"):
        await try_consumer(Trial("state.json", (str(tmp_path / "nothing"),)), print)
    with pytest.raises(Invalid, match="whsec_"):
        await try_consumer(Trial("state.json", webhook="http://127.0.0.1:1/", secret="whsec_?"), print)


def test_every_rule_has_a_name_of_its_own_and_a_careless_consumer_in_this_test() -> None:
    names = [rule.name for rule in script.rules("x")]
    assert len(set(names)) == len(names) == 13
    assert {name for name, *_ in (*CARELESS, *CARELESS_WEBHOOKS)} == set(names)
