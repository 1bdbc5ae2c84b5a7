"""Signatures of webhooks, as Standard Webhooks has them: v1 by a shared secret, v1a by a key pair.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from nacl.signing import SigningKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """What one serial of an endpoint signs with: 32 bytes for v1, the seed of an Ed25519 key for v1a."""

    shared: bytes
    seed: bytes

    @property
    def secret(self) -> str:
        """The shared secret as it is given to the partner: `whsec_…`."""
        return f"whsec_{base64.b64encode(self.shared).decode()}"

    @property
    def public(self) -> str:
        """The public key with which v1a is checked: `whpk_…`."""
        return f"whpk_{base64.b64encode(bytes(SigningKey(self.seed).verify_key)).decode()}"


def derived(master: bytes, endpoint: str, serial: int) -> KeyPair:
    """The keys of an endpoint's serial. They follow from the installation's secret; none is kept anywhere."""

    def of(kind: str) -> bytes:
        return hmac.digest(master, f"{kind} {endpoint} {serial}".encode(), hashlib.sha256)

    return KeyPair(of("v1"), of("v1a"))


def headers(event_id: str, body: bytes, at: datetime, keys: Iterable[KeyPair]) -> dict[str, str]:
    """The headers that tell the id, the moment of sending and a signature of each kind by each live key."""
    moment = str(int(at.timestamp()))
    signed = f"{event_id}.{moment}.".encode() + body
    found = [signature for pair in keys for signature in _signatures(pair, signed)]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(found),
    }


def _signatures(pair: KeyPair, signed: bytes) -> tuple[str, str]:
    v1 = base64.b64encode(hmac.digest(pair.shared, signed, hashlib.sha256)).decode()
    v1a = base64.b64encode(SigningKey(pair.seed).sign(signed).signature).decode()
    return f"v1,{v1}", f"v1a,{v1a}"
