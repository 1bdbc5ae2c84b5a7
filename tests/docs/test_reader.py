"""The program that partners are shown does what its page says."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from deploy.embedded import Stack
from shared.streams import connect
from tests.docs import pages
from tests.partners.scene import scene_on

SUBJECT = "latu.public.survey.insight_{}.v1.need"


async def tell(url: str, what: str, revision: int, **content: object) -> None:
    """Publish one event as the survey does."""
    client = await connect(url, "test")
    body = json.dumps({"insight": "need", "revision": revision, **content}).encode()
    await client.jetstream().publish(SUBJECT.format(what), body, headers={"ce-subject": "need"})
    await client.close()


async def read(program: str, folder: Path, lines: int) -> list[str]:
    """Run the program until it has printed so many lines."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", program, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            return [(await process.stdout.readline()).decode().rstrip() for _ in range(lines)]
    finally:
        process.kill()
        await process.wait()


async def test_the_reader_keeps_the_highest_revision_in_any_order(servers: Stack, tmp_path: Path) -> None:
    address = urlsplit(servers.nats_url)
    (tmp_path / ".latu").mkdir()
    (tmp_path / ".latu/state.json").write_text(json.dumps({"ports": {"nats": address.port}}))
    async with scene_on(servers) as scene:
        await scene.js.purge_stream("PUBLIC")
        await scene.add("Example", reads=("insight_released",))
        await scene.apply()
        (tmp_path / "example.nk").write_text(scene.seeds["example"])
        await tell(servers.nats_url, "released", 1, sentence={"en": "A need."})
        await tell(servers.nats_url, "retracted", 3)
        await tell(servers.nats_url, "released", 2, sentence={"en": "Too late."})
        await tell(servers.nats_url, "released", 4, sentence={"en": "It is back."})
        program = pages.first_program(pages.ROOT / "docs/partners.md")
        assert await read(program, tmp_path, 3) == ["need 1 A need.", "need 3", "need 4 It is back."]
