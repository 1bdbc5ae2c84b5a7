"""The example that fetches a file for each day loses nothing when a download is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.examples.running import FOLDER

DAY = "2026-11-24"


class Region:
    """A server of one day, which breaks off in the middle of its file for as long as it is told to."""

    def __init__(self) -> None:
        self.day = b'{"id": "1"}\n{"id": "2"}\n'
        self.cuts = 0
        self.files = 0
        self.url = ""

    def answer(self, said: BaseHTTPRequestHandler) -> None:
        if not said.path.endswith(".ndjson"):
            self._send(said, f'{{"days": [{{"address": "/api/export/{DAY}.ndjson"}}]}}'.encode(), "", 0)
            return
        etag = f'W/"{len(self.day)}"'
        if said.headers.get("if-none-match") == etag:
            said.send_response(304)
            said.send_header("ETag", etag)
            said.end_headers()
            return
        self.files += 1
        self._send(said, self.day, etag, len(self.day) // 2 if self.files <= self.cuts else 0)

    def _send(self, said: BaseHTTPRequestHandler, body: bytes, etag: str, less: int) -> None:
        said.send_response(200)
        said.send_header("Content-Length", str(len(body)))
        if etag:
            said.send_header("ETag", etag)
        said.end_headers()
        said.wfile.write(body[: len(body) - less])


@contextmanager
def serving() -> Iterator[Region]:
    region = Region()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            region.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        region.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield region
        server.shutdown()


async def run(region: Region, room: Path) -> tuple[int | None, bytes]:
    process = await asyncio.create_subprocess_exec(
        *("sh", str(FOLDER / "export.sh"), region.url),
        cwd=room,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out


async def test_a_file_that_was_cut_off_is_fetched_again_and_whole(tmp_path: Path) -> None:
    with serving() as region:
        region.cuts = 2
        for _ in range(2):
            assert await run(region, tmp_path) == (18, b"")
            assert not (tmp_path / f"{DAY}.ndjson").exists()
        assert await run(region, tmp_path) == (0, region.day)
        assert await run(region, tmp_path) == (0, region.day)
        assert region.files == 3


async def test_what_was_withdrawn_leaves_the_file_also_where_nothing_else_was_in_it(tmp_path: Path) -> None:
    with serving() as region:
        assert await run(region, tmp_path) == (0, region.day)
        region.day = b""
        assert await run(region, tmp_path) == (0, b"")
        assert region.files == 2
        assert await run(region, tmp_path) == (0, b"")
        assert region.files == 2
