"""What stands in front of the services with a certificate, as a process of its own that tells when that ends.

`python -m tests.dashboards.front FOLDER PORT` makes a certificate in the folder, serves with it, and gives metrics
at the port: the real look at a certificate, which services take only where their public address is HTTPS.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from prometheus_client import start_http_server

from shared.vicinity import run_certificate
from tests.shared.test_vicinity import front


async def main(folder: Path, port: int) -> None:
    """Serve until killed."""
    async with front(folder) as (place, trusting):
        start_http_server(port, "127.0.0.1")
        await run_certificate(f"https://127.0.0.1:{place}", trusting)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
