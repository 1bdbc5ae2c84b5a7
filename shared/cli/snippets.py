"""What a new partner is given to paste: a command, and programs that read and send."""

from __future__ import annotations

import json
import shlex
from datetime import datetime
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from shared.events.contributed import Contributed, Indicator, Practice

_READ = """
Read with the command line of NATS:
  nats --server {url} --nkey {key} --js-domain latu consumer next PUBLIC {partner} --count 10

Read with Python (pip install "nats-py[{extras}]"):
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
Send with the command line of NATS (sent again with the same revision, it is taken once):
  {command}
"""


def how_to_connect(made: dict[str, Any], nats_url: str, key: str, now: datetime) -> str:
    """The snippets for a partner as the campaign tells of it, for the first node of `nats_url`."""
    place = urlsplit(nats_url.split(",", maxsplit=1)[0])
    extras = "nkeys,aiohttp" if place.scheme in {"ws", "wss"} else "nkeys"
    given = {"url": _address(place), "key": key, "partner": made["partner"], "extras": extras}
    read = _READ.format(**given) if made["reads"] else ""
    sent = (_command(given, _example(kind, now)) for kind in made["contributes"])
    return read + "".join(_SEND.format(command=command) for command in sent)


def _address(place: SplitResult) -> str:
    """The address of a node as a partner gives it, without the name and password of the services."""
    scheme = place.scheme if place.scheme in {"tls", "ws", "wss"} else "nats"
    return f"{scheme}://{place.hostname}" + (f":{place.port}" if place.port else "")


def _command(given: dict[str, str], said: Contributed) -> str:
    """A command that sends a contribution as a whole CloudEvent."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": f"{given['partner']}-{said.key}-{said.revision}",
        "ce-source": f"/{given['partner']}",
        "ce-type": said.TYPE,
        "ce-subject": said.key,
        "ce-revision": str(said.revision),
    }
    words = ["nats", "--server", given["url"], "--nkey", given["key"], "request"]
    words += [word for name, value in headers.items() for word in ("-H", f"{name}:{value}")]
    body = said.model_dump_json(exclude_defaults=True)
    return shlex.join([*words, f"latu.partner.{given['partner']}.{said.KIND}", body])


def _example(kind: str, now: datetime) -> Contributed:
    """Something of the kind that is taken as it stands."""
    said = {"key": f"first-{kind}", "revision": 1, "occurred_at": now.isoformat(timespec="seconds")}
    return _KINDS[kind].model_validate_json(json.dumps(said | _SAID[kind] | _of_time(kind, now)))


def _of_time(kind: str, now: datetime) -> dict[str, str]:
    return {"period": str(now.year)} if kind == "indicator" else {}


_KINDS: Final[dict[str, type[Contributed]]] = {one.KIND: one for one in (Practice, Indicator)}
_SAID: Final[dict[str, dict[str, Any]]] = {
    "practice": {
        "title": {"en": "Days at the office are agreed together"},
        "description": {"en": "Once a month the team agrees on the days when everybody is there."},
        "topic": "organising_work",
        "source": "Our own workplace",
    },
    "indicator": {
        "name": {"en": "Open jobs"},
        "value": 412,
        "unit": "jobs",
        "source": "Our own register of jobs",
        "method": "Counted on the last day of the month",
        "licence": "CC-BY-4.0",
    },
}
