"""Reads all public events over NATS: python read.py nats://127.0.0.1:4222 example.nk"""

import asyncio
import json
import sys
from pathlib import Path

import nats  # pip install "nats-py[nkeys]", for wss:// "nats-py[nkeys,aiohttp]"

URL, KEY = sys.argv[1:3]
TABLE = Path("state.json")  # yours is a database
table = json.loads(TABLE.read_text()) if TABLE.exists() else {}


def take(kind: str, key: str, revision: int, event: dict) -> None:
    thing = f"{kind.rpartition('_')[0]}/{key}"  # such as latu.survey.insight/…
    known = table.get(thing, {"revision": 0, "changes": 0})
    if revision > known["revision"]:  # else it is a repeat, or late
        gone = "_retracted." in kind or "_withdrawn." in kind
        kept = {"gone": gone, "event": None if gone else event}
        table[thing] = {"revision": revision, "changes": known["changes"] + 1, **kept}
        print(thing, revision, "gone" if gone else "", flush=True)


async def main() -> None:
    client = await nats.connect(URL, nkeys_seed=KEY, max_reconnect_attempts=-1)
    reader = await client.jetstream(domain="latu").pull_subscribe_bind(Path(KEY).stem, "PUBLIC")
    while True:
        try:
            messages = await reader.fetch(100, timeout=5)
        except TimeoutError:
            continue
        for message in messages:
            said = message.headers
            take(said["ce-type"], said["ce-subject"], int(said["ce-revision"]), json.loads(message.data))
        TABLE.write_text(json.dumps(table))  # keep it first, then acknowledge
        for message in messages:
            await message.ack()


asyncio.run(main())
