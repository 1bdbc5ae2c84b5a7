"""The broker of the containers gives partners what the embedded one does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.embedded import broker
from deploy.embedded.binaries import nats_server
from services.campaign import access, partners
from services.campaign.partners import Wish
from shared.cli.nkeys import make_pair
from shared.db import now_in_utc
from tests.conftest import ROOT

CONFIGURATION = ROOT / "deploy/nats/nats.conf"


def checked(folder: Path, text: str, mode: str = "alone") -> subprocess.CompletedProcess[str]:
    """Have the broker check its configuration in folders that stand beside one another as in its container."""
    shutil.copytree(CONFIGURATION.parent, folder / "root/etc/nats", dirs_exist_ok=True)
    for name, content in {
        "etc/nats-partners/partners.conf": text,
        "etc/nats-mode/mode.conf": (CONFIGURATION.parent / f"{mode}.conf").read_text(),
        "tmp/routes.conf": 'routes: ["nats-route://latu:nobody@nats:6222"]',
    }.items():
        place = folder / "root" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    passwords = {
        "LATU_NATS_NODE": "latu",
        "LATU_NATS_PASSWORD": "nobody",
        "LATU_NATS_SYSTEM_PASSWORD": "nowhere",
    }
    argv = [nats_server(), "-t", "-c", folder / "root/etc/nats/nats.conf"]
    return subprocess.run(argv, env=os.environ | passwords, capture_output=True, text=True, check=False)


def exports(text: str) -> list[str]:
    return re.findall(r"service: \"[^}]+", text.replace("{{", "{").replace("}}", "}"))


def test_the_broker_takes_its_configuration_with_partners_and_without(tmp_path: Path) -> None:
    wish = Wish("Kemi", ("all",), ("practice", "indicator"))
    kemi = partners.add(wish, make_pair()[1], now_in_utc())
    for text in ("", access.accounts([kemi], now_in_utc())):
        for mode in ("alone", "cluster"):
            assert checked(tmp_path, text, mode).returncode == 0


@pytest.mark.parametrize("subject", ["latu.partner.kemi.practice", "$JS.API.CONSUMER.INFO.PUBLIC.kemi"])
def test_the_broker_refuses_a_partner_with_anothers_name_in_what_it_imports(
    tmp_path: Path, subject: str
) -> None:
    kemi = partners.add(Wish("Kemi", ("all",), ("practice",)), make_pair()[1], now_in_utc())
    text = access.accounts([kemi], now_in_utc())
    spoofed = text.replace(f'subject: "{subject}"', f'subject: "{subject.replace("kemi", "oulu")}"')
    assert spoofed != text
    assert "not authorized" in checked(tmp_path, spoofed).stderr


def test_both_brokers_export_the_same() -> None:
    assert exports(CONFIGURATION.read_text()) == exports(broker.CONFIGURATION)
    assert len(exports(broker.CONFIGURATION)) == 7
