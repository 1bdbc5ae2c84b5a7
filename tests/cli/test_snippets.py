"""What a partner is given to paste names what it needs and nothing that it must not know."""

from __future__ import annotations

import pytest

from shared.cli.snippets import how_to_connect
from tests.campaign.given import NOW

MADE = {"partner": "kemi", "reads": ["latu.campaign.post_published.v1"], "contributes": []}


@pytest.mark.parametrize(
    ("server", "shown", "install"),
    [
        ("nats://latu:secret@127.0.0.1:4222,nats://b:1", "nats://127.0.0.1:4222", "nats-py[nkeys]"),
        ("tls://latu:secret@nats.example.org:4222", "tls://nats.example.org:4222", "nats-py[nkeys]"),
        ("ws://nats.example.org", "ws://nats.example.org", "nats-py[nkeys,aiohttp]"),
        ("wss://nats.example.org:8443", "wss://nats.example.org:8443", "nats-py[nkeys,aiohttp]"),
    ],
)
def test_the_address_is_shown_without_a_password_and_with_what_its_way_needs(
    server: str, shown: str, install: str
) -> None:
    printed = how_to_connect(MADE, server, "kemi.nk", NOW)
    assert f'nats.connect("{shown}"' in printed
    assert f'pip install "{install}"' in printed
    assert "secret" not in printed
