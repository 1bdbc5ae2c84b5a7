"""PostgreSQL: its data folder made once, its server on a unix socket, one database and role per service."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from deploy.embedded.binaries import copy_postgres, postgres_programs, postgres_version
from deploy.embedded.children import Child
from deploy.embedded.home import Home
from deploy.embedded.plan import DATABASES, Plan
from deploy.embedded.spawning import NOBODY, Command, Guise, guise_for_postgres, spawn
from deploy.embedded.troubles import DataDamaged, StartFailed, Trouble

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107
READY_LINE = 7

# Only whoever can enter the socket's folder reaches the server; a role enters only its own database.
PROVISION = """
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest('{{{names}}}'::text[]) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec
SELECT format('CREATE DATABASE %I OWNER %I', name, name) FROM unnest('{{{names}}}'::text[]) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \\gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database
WHERE datname <> 'template0' AND (datacl IS NULL OR has_database_privilege('public', oid, 'CONNECT')) \\gexec
"""


@dataclass(frozen=True)
class Postgres:
    """How PostgreSQL runs this time."""

    programs: Path
    data: Path
    sockets: Path
    output: Path
    guise: Guise
    durable: bool

    def initdb(self, data: Path) -> subprocess.Popen[bytes]:
        """Begin to make a data folder."""
        options = "-U postgres -E UTF8 --auth-local=trust --auth-host=reject --locale-provider=builtin"
        options += " --builtin-locale=C.UTF-8" + ("" if self.durable else " --no-sync")
        argv: list[str | Path] = [self.programs / "initdb", "-D", data, *options.split()]
        return spawn(Command(argv, self.output, guise=self.guise))

    def server(self) -> Child:
        """The server as a child. What it logs never holds a statement or a row: they may be answers."""
        options = {
            "max_connections": "200",
            "log_timezone": "UTC",
            "log_line_prefix": "%m %p ",
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        argv: list[str | Path] = [self.programs / "postgres", "-D", self.data, "-h", "", "-k", self.sockets]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        command = Command(argv, self.output, guise=self.guise, death_signal=signal.SIGINT)
        # SIGINT is its fast stop; SIGTERM would wait for every client to leave by itself.
        return Child("postgres", str(self.sockets), command, signal.SIGINT, signal.SIGQUIT)

    def is_ready(self) -> bool:
        """Whether the server takes connections: line 8 of its pid file says so."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        except OSError:
            return False
        return len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready"

    def provision(self) -> None:
        """Create the roles and databases that are not there yet."""
        options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres"]
        argv: list[str | Path] = [self.programs / "psql", *options, "-h", self.sockets]
        script = PROVISION.format(names=",".join(DATABASES))
        done = subprocess.run(argv, input=script, text=True, capture_output=True, check=False)
        if done.returncode:
            raise StartFailed(f"The databases could not be created: {done.stderr.strip()}")


def database_url(sockets: Path, role: str, database: str | None = None) -> str:
    """The address of a database, as SQLAlchemy takes it."""
    return f"postgresql+asyncpg://{role}@/{database or role}?host={quote(str(sockets))}"


def settle_postgres(home: Home, plan: Plan) -> Postgres:
    """Find the programs, the guise and the socket folder, and check the data folder.

    Raises:
        DataDamaged: the data folder is not one of this PostgreSQL.
        Trouble: we are root and there is no way to run PostgreSQL as somebody else.
    """
    programs = postgres_programs()
    check_data(home.postgres, postgres_version(programs))
    guise = guise_for_postgres(plan.postgres_as)
    sockets = socket_folder(home)
    if guise is Guise.NOBODY:
        programs = _open_to_nobody(home, programs, sockets)
    return Postgres(programs, home.postgres, sockets, home.raw_output("postgres"), guise, plan.durable)


def check_data(data: Path, version: str) -> None:
    """See that an existing data folder is whole and of this version.

    Raises:
        DataDamaged: it is not.
    """
    if not data.exists():
        return
    advice = "Nothing was changed. Restore it from a backup, or move it away to start empty."
    try:
        found = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataDamaged(f"PostgreSQL's data folder {data} has no readable PG_VERSION. {advice}") from error
    if found != version:
        raise DataDamaged(
            f"The data folder {data} was made by PostgreSQL {found}, but {version} is installed: "
            "dump it with the older version and load it into a new folder. Nothing was changed."
        )
    if not (data / "global" / "pg_control").exists():
        raise DataDamaged(f"PostgreSQL's data folder {data} lacks global/pg_control. {advice}")


def socket_folder(home: Home) -> Path:
    """Where the socket lies: under the data folder, or in a private folder when that path is too long."""
    path = home.run / SOCKET_NAME
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and "," not in str(path):
        return home.run
    return Path(tempfile.mkdtemp(prefix="latu-"))


def _open_to_nobody(home: Home, programs: Path, sockets: Path) -> Path:
    """Let the user nobody reach what PostgreSQL needs; returns the programs that it can run."""
    if not _reachable(home.path.parent):
        raise Trouble(
            "PostgreSQL cannot run as root, this machine refuses user namespaces, and the user nobody cannot "
            f"reach {home.path}: choose with LATU_HOME a folder that others can pass through, as /srv/latu."
        )
    home.path.chmod(0o711)
    home.run.chmod(0o711)
    if sockets == home.run:
        sockets.chmod(0o700)
    for folder in (sockets, home.postgres):
        if folder.exists() and folder.stat().st_uid != NOBODY:
            give_to_nobody(folder)
    return programs if _reachable(programs) else copy_postgres(programs, home.path / "programs")


def _reachable(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def give_to_nobody(folder: Path) -> None:
    """Make the user nobody the owner of a folder and all in it."""
    shutil.chown(folder, NOBODY, NOBODY)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            shutil.chown(path, NOBODY, NOBODY)
