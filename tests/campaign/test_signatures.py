"""Signatures are those that Standard Webhooks describes and its library accepts."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.campaign import signatures
from services.campaign.signatures import derived

MASTER = b"a key of thirty-two bytes or so."
BODY = '{"title": "Työ ja lepo"}'.encode()
NEW, OLD = derived(MASTER, "w1", 2), derived(MASTER, "w1", 1)


def signed(*keys: signatures.KeyPair, at: datetime | None = None) -> dict[str, str]:
    return signatures.headers("e1", BODY, at or datetime.now(UTC), keys)


def test_the_library_of_the_standard_accepts_what_is_signed() -> None:
    assert Webhook(NEW.secret).verify(BODY, signed(NEW)) == {"title": "Työ ja lepo"}


def test_while_two_secrets_live_either_verifies() -> None:
    for secret in (NEW.secret, OLD.secret):
        Webhook(secret).verify(BODY, signed(NEW, OLD))


def test_a_secret_that_is_over_verifies_nothing_any_more() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD.secret).verify(BODY, signed(NEW))


@pytest.mark.parametrize("changed", ["id", "timestamp", "body"])
def test_a_change_of_any_signed_part_is_noticed(changed: str) -> None:
    said, body = signed(NEW), BODY
    if changed == "body":
        body = BODY.replace(b"lepo", b"leipo")
    else:
        said[f"webhook-{changed}"] = {"id": "e2", "timestamp": str(int(said["webhook-timestamp"]) + 1)}[
            changed
        ]
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.secret).verify(body, said)


def test_what_was_signed_long_ago_is_refused_by_the_library() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.secret).verify(BODY, signed(NEW, at=datetime.now(UTC) - timedelta(hours=1)))


def test_the_public_key_verifies_the_asymmetric_signature_and_no_other_body() -> None:
    said = signed(NEW, OLD)
    found = [base64.b64decode(one[4:]) for one in said["webhook-signature"].split() if one.startswith("v1a,")]
    key = VerifyKey(base64.b64decode(NEW.public.removeprefix("whpk_")))
    text = f"e1.{said['webhook-timestamp']}.".encode() + BODY
    assert len(found) == 2
    key.verify(text, found[0])
    with pytest.raises(BadSignatureError):
        key.verify(text + b" ", found[0])


def test_no_two_endpoints_serials_or_kinds_share_a_key() -> None:
    pairs = [derived(MASTER, webhook, serial) for webhook in ("w1", "w2", "w1 1") for serial in (1, 2, 11)]
    keys = [key for pair in pairs for key in (pair.shared, pair.seed)]
    assert len(set(keys)) == len(keys)
