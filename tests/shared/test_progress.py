"""How far a reader is, as a real broker says it of its durable."""

from __future__ import annotations

from shared import progress
from shared.streams import connect, ensure_streams


async def test_a_durable_tells_what_waits_what_is_out_and_whether_it_is_read(nats_url: str) -> None:
    await ensure_streams(nats_url)
    client = await connect(nats_url, "test")
    js = client.jetstream()
    subject = "latu.public.survey.insight_released.v1.progress"
    reader = await js.pull_subscribe(subject, durable="progress", stream="PUBLIC")
    for _ in range(3):
        await js.publish(subject, b"{}")
    await (await reader.fetch(1, timeout=10))[0].ack_sync(timeout=10)
    await reader.fetch(1, timeout=10)
    found = await progress.of_durables(js, [("PUBLIC", "progress"), ("PUBLIC", "nobody")])
    await js.delete_consumer("PUBLIC", "progress")
    await client.close()
    assert set(found) == {("PUBLIC", "progress")}
    one = found["PUBLIC", "progress"]
    assert (one.waiting, one.unacknowledged, one.delivered, one.pulls) == (1, 1, 2, 0)
    assert one.delivered_at is not None
    assert one.acknowledged_at is not None
