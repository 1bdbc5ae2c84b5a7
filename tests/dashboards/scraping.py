"""A real Prometheus beside a stack, scraping it as `deploy/prometheus/prometheus.yml` says, only more often."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import yaml

from tests.conftest import ROOT

CONFIG = ROOT / "deploy/prometheus/prometheus.yml"
EXPORTER = "prometheus-postgres-exporter"
START_SECONDS = 120.0
INTERVAL = "1s"
CERTIFICATE = "latu_certificate_ends_timestamp_seconds"


class Watched(Protocol):
    """Where services and PostgreSQL's socket are."""

    @property
    def urls(self) -> Mapping[str, str]:
        """The address of each service."""
        ...

    @property
    def sockets(self) -> Path:
        """The folder with PostgreSQL's socket."""
        ...


@dataclass(frozen=True)
class Prometheus:
    """A running one."""

    http: httpx.Client

    def query(self, expr: str) -> list[dict[str, Any]]:
        """What an expression gives now; each with `metric` and `value`.

        Raises:
            AssertionError: Prometheus does not understand it; says why.
        """
        answer = self.http.get("/api/v1/query", params={"query": expr}).json()
        assert answer["status"] == "success", answer.get("error")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    @property
    def url(self) -> str:
        """Where it answers."""
        return str(self.http.base_url)

    def wait_for(self, expr: str, seconds: float = START_SECONDS) -> None:
        """Wait until an expression gives something."""
        until = time.monotonic() + seconds
        while not self.query(expr):
            assert time.monotonic() < until, f"{expr} gives nothing"
            time.sleep(0.2)


def has_exporter() -> bool:
    """Whether PostgreSQL's exporter is on this machine."""
    return shutil.which(EXPORTER) is not None


@contextmanager
def prometheus_on(stack: Watched, folder: Path, rules: Path | None = None) -> Iterator[Prometheus]:
    """Prometheus, and PostgreSQL's exporter where it is installed, until the block ends.

    With `rules`, a folder, it works those out every second.
    """
    port, exporter, front = free_port(), free_port(), free_port()
    config = config_for(stack, exporter)
    if rules is not None:
        config["rule_files"] = [f"{rules}/*.yml"]
    config["scrape_configs"].append(_front_job(front))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    before = [sys.executable, "-m", "tests.dashboards.front", str(folder), str(front)]
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/prometheus",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30)
    with _running(command, {}), _running(before, {}), _exporting(stack, exporter), client as http:
        _wait_until_ready(http)
        yield Prometheus(http)


def config_for(stack: Watched, exporter: int) -> dict[str, Any]:
    """The configuration of the project with the addresses of a stack; every target of it must be known."""
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    places = {name: url.removeprefix("http://") for name, url in stack.urls.items()}
    config["global"] = {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL}
    jobs = ("latu", "postgres") if has_exporter() else ("latu",)
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] in jobs]
    latu, *others = config["scrape_configs"]
    names = [name for one in latu.pop("dns_sd_configs") for name in one["names"]]
    # As if its name had been asked for: what is made of that stays as it is.
    latu["static_configs"] = [
        {"targets": [places[name]], "labels": {"__meta_dns_name": name}} for name in names
    ]
    for job in others:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{exporter}"]}]
    for other in ("rule_files", "alerting"):
        config.pop(other, None)
    return config


def _front_job(port: int) -> dict[str, Any]:
    """What the front tells of its certificate, and nothing of what else it imports."""
    only = [{"source_labels": ["__name__"], "regex": CERTIFICATE, "action": "keep"}]
    target = {"targets": [f"127.0.0.1:{port}"], "labels": {"service": "front"}}
    return {"job_name": "front", "static_configs": [target], "metric_relabel_configs": only}


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


@contextmanager
def _exporting(stack: Watched, port: int) -> Iterator[None]:
    if not has_exporter():
        yield
        return
    source = f"user=postgres host={stack.sockets} dbname=postgres sslmode=disable"
    command = [EXPORTER, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with _running(command, {"DATA_SOURCE_NAME": source}):
        yield


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def _wait_until_ready(http: httpx.Client) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            if http.get("/-/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus does not come up")
