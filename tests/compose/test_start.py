"""The broker of the containers gets its passwords out of files and finds the other nodes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import ROOT

SCRIPT = (ROOT / "deploy/nats/start.sh").read_text(encoding="utf-8")


def test_the_broker_is_started_with_passwords_and_routes_out_of_files(tmp_path: Path) -> None:
    for name, password in {"nats_password": "none", "nats_system_password": "nsystem"}.items():
        (tmp_path / name).write_text(f"{password}\n")
    server = tmp_path / "nats-server"
    server.write_text('#!/bin/sh\necho "$LATU_NATS_PASSWORD $LATU_NATS_SYSTEM_PASSWORD $*"\n')
    server.chmod(0o755)
    script = tmp_path / "start.sh"
    script.write_text(SCRIPT.replace(" /tmp/", f" {tmp_path}/").replace("/run/secrets", str(tmp_path)))
    started = subprocess.run(
        ["sh", script, "--config", "here"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stdout == "none nsystem --config here\n"
    routes = (tmp_path / "routes.conf").read_text()
    assert all(f"nats-route://latu:none@{node}:6222" in routes for node in ("nats", "nats-2", "nats-3"))


def test_a_second_node_beside_a_broker_that_is_alone_says_what_is_missing() -> None:
    for mode in ("", "alone"):
        environment = {"PATH": "/usr/bin:/bin", "LATU_NATS_NODE": "latu-2", "LATU_NATS_MODE": mode}
        script = ["sh", ROOT / "deploy/nats/start.sh"]
        done = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "deploy/nats/cluster.env" in done.stderr
