"""What a new partner is given to paste: a command, and programs that read and send."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

_READ = """
Read with the command line of NATS:
  nats --server {url} --nkey {key} --js-domain latu consumer next PUBLIC {partner} --count 10

Read with Python (pip install "nats-py[nkeys]"):
  import asyncio, json, nats

  async def main():
      client = await nats.connect("{url}", nkeys_seed="{key}")
      reader = await client.jetstream(domain="latu").pull_subscribe_bind("{partner}", "PUBLIC")
      while True:
          try:
              messages = await reader.fetch(100, timeout=5)
          except TimeoutError:
              continue
          for message in messages:
              print(message.headers["ce-type"], json.loads(message.data))
              await message.ack()

  asyncio.run(main())
"""
_SEND = """
Send with the command line of NATS:
  nats --server {url} --nkey {key} request latu.partner.{partner}.{kind} '{{}}'
"""


def how_to_connect(made: dict[str, Any], nats_url: str, key: str) -> str:
    """The snippets for a partner as the campaign tells of it, for the first node of `nats_url`."""
    place = urlsplit(nats_url.split(",", maxsplit=1)[0])
    given = {"url": f"nats://{place.hostname}:{place.port}", "key": key, "partner": made["partner"]}
    read = _READ.format(**given) if made["reads"] else ""
    return read + "".join(_SEND.format(**given, kind=kind) for kind in made["contributes"][:1])
