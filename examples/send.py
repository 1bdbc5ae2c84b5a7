"""Sends an indicator over NATS, and reads the answers: python send.py nats://127.0.0.1:4222 example.nk"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import nats  # pip install "nats-py[nkeys]", for wss:// "nats-py[nkeys,aiohttp]"

URL, KEY = sys.argv[1:3]
PARTNER, NOW = Path(KEY).stem, datetime.now(UTC)
INDICATOR = {
    "key": "open-jobs", "revision": int(NOW.timestamp() // 60), "occurred_at": NOW.isoformat(),
    "name": {"fi": "Avoimet työpaikat", "en": "Open jobs"},
    "value": 412, "unit": "jobs", "period": str(NOW.year), "segment": {"sub-region": "rovaniemi"},
    "source": "Our own register of jobs", "method": "Counted on the last day of the month", "licence": "CC-BY-4.0",
}
HEADERS = {
    "ce-specversion": "1.0", "ce-id": f"{INDICATOR['key']}-{INDICATOR['revision']}", "ce-source": f"/{PARTNER}",
    "ce-type": "latu.partner.indicator.v1", "ce-subject": INDICATOR["key"], "ce-revision": str(INDICATOR["revision"]),
}


async def main() -> None:
    client = await nats.connect(URL, nkeys_seed=KEY)
    body = json.dumps(INDICATOR).encode()
    receipt = await client.request(f"latu.partner.{PARTNER}.indicator", body, timeout=5, headers=HEADERS)
    print("kept:", receipt.data.decode())
    reader = await client.jetstream(domain="latu").pull_subscribe_bind(PARTNER, "ANSWERS")
    try:
        for message in await reader.fetch(100, timeout=5):  # staff may take days to decide
            print(message.headers["ce-type"], message.data.decode())
            await message.ack()
    except TimeoutError:
        print("no answer yet")
    await client.close()


asyncio.run(main())
