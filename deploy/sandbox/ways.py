"""The two ways on which the check tells a consumer something: over NATS, and by posts to its webhook."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import httpx

from deploy.sandbox.broker import Sandbox
from deploy.sandbox.script import Told
from services.campaign import signatures
from services.campaign.signatures import KeyPair
from shared.db import now_in_utc
from shared.errors import Invalid
from shared.ids import new_id

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
ANSWER_SECONDS: Final = 15.0
NO_ANSWER: Final = "your webhook does not answer"


class Way(Protocol):
    """How a consumer is told."""

    async def tell(self, told: Told, /) -> str:
        """Tell it once, and return what is wrong with how it took it, if anything is."""

    async def left(self) -> int:
        """How much of what it was told it has not taken yet."""


@dataclass(frozen=True)
class OverNats:
    """Publishes in the sandbox."""

    sandbox: Sandbox

    async def tell(self, told: Told, /) -> str:
        """Publish; under another id for the broker, which would drop a repetition."""
        await self.sandbox.tell(told.said, **{"Nats-Msg-Id": new_id(now_in_utc())})
        return ""

    async def left(self) -> int:
        """What the durable has left, or waits to be acknowledged."""
        return await self.sandbox.left()


@dataclass(frozen=True)
class ByWebhook:
    """Posts to a webhook, with signatures of both kinds or of v1a alone."""

    url: str
    keys: KeyPair
    http: httpx.AsyncClient
    by_public_key: bool = False

    async def tell(self, told: Told, /) -> str:
        """Post, and see that what is genuine is taken and what is not is refused."""
        answer = await self._post(told)
        if not answer:
            return NO_ANSWER
        if answer.startswith("2") == told.welcome:
            return ""
        return f"your webhook answered {answer}" + (" and not 2xx" if told.welcome else "")

    async def left(self) -> int:
        """Nothing: what was answered is taken."""
        return 0

    async def _post(self, told: Told) -> str:
        strange = KeyPair(secrets.token_bytes(32), secrets.token_bytes(32))
        keys = [strange, self.keys] if told.rotating else [self.keys if told.genuine else strange]
        body, at = told.said.structured(), now_in_utc() - timedelta(minutes=told.minutes_old)
        headers = {"content-type": CONTENT_TYPE, **signatures.headers(told.said.id, body, at, keys)}
        if self.by_public_key:
            signed = headers["webhook-signature"].split()
            headers["webhook-signature"] = " ".join(each for each in signed if each.startswith("v1a,"))
        try:
            answer = await self.http.post(self.url, content=body, headers=headers, timeout=ANSWER_SECONDS)
        except httpx.HTTPError:
            return ""
        return str(answer.status_code)


def keys_of(secret: str) -> KeyPair:
    """The keys of a secret `whsec_…`; of an empty one fresh ones.

    Raises:
        Invalid: it is none.
    """
    if not secret:
        return KeyPair(secrets.token_bytes(32), secrets.token_bytes(32))
    try:
        shared = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise Invalid("secret", "A webhook's secret is written like whsec_ and base64.") from error
    return KeyPair(shared, secrets.token_bytes(32))
