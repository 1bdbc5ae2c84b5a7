"""Partners from elsewhere come by WebSocket with TLS: what `add` prints and what speaks NATS works there as well."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.embedded.test_door import Authority
from tests.examples.region import campaign_only, free_port
from tests.examples.running import EXAMPLES, Stage, stage_on
from tests.examples.test_commands import done, first_line_read
from tests.partners.webhooks import Load, publish

pytestmark = pytest.mark.system
# The first version of Node.js that has WebSocket without being asked.
NODE_WITH_WEBSOCKET = 22


def trusting(authority: Path) -> dict[str, str]:
    """What programs in Python and JavaScript are told so that they trust an authority."""
    told = {"SSL_CERT_FILE": str(authority), "NODE_EXTRA_CA_CERTS": str(authority)}
    return told | ({"NODE_OPTIONS": "--experimental-websocket"} if _node() < NODE_WITH_WEBSOCKET else {})


def _node() -> int:
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        return NODE_WITH_WEBSOCKET
    return int(said.removeprefix("v").split(".", maxsplit=1)[0])


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A campaign whose partners come by WebSocket, and one of them."""
    folder, port = tmp_path_factory.mktemp("door"), free_port()
    certificate, key = Authority(folder / "authority").sign("broker")
    door = {"websocket": f"127.0.0.1:{port}", "certificate": str(certificate), "key": str(key)}
    address = f"wss://localhost:{port}"
    with patch.dict(os.environ, {"LATU_PARTNER_WEBSOCKET_URL": address}), campaign_only(door) as stack:
        async with stage_on(stack, folder, address) as made:
            yield made


@pytest.fixture(autouse=True)
def authority(stage: Stage) -> Iterator[None]:
    """Programs trust the authority that vouches for the broker."""
    with patch.dict(os.environ, trusting(stage.folder / "authority/ca.pem")):
        yield


async def test_what_add_prints_leads_through_the_door(stage: Stage, tmp_path: Path) -> None:
    printed = done(stage.stack, tmp_path, "partner", "add", "Reader", "--events", "post_withdrawn")
    assert 'pip install "nats-py[nkeys,aiohttp]"' in printed
    assert f"--server {stage.address} " in printed
    await publish(stage.stack.nats_url, Load(events=1, a_second=1000))
    assert (await first_line_read(printed, tmp_path)).startswith("latu.campaign.post_withdrawn.v1 {")
    assert stage.address in done(
        stage.stack, tmp_path, "partner", "rotate", "reader", "--credentials", "new.nk"
    )


@pytest.mark.parametrize("name", ["read.py", "send.py"])
async def test_an_example_comes_by_websocket(stage: Stage, name: str) -> None:
    await EXAMPLES[name](stage, name)


@pytest.mark.node
@pytest.mark.parametrize("name", ["read.mjs", "send.mjs"])
async def test_an_example_in_javascript_comes_by_websocket(stage: Stage, name: str) -> None:
    await EXAMPLES[name](stage, name)
