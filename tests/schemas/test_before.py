"""What was published before this change was made, as the git history has it, is not broken by it either.

The records of this commit can be changed together with the class; those of a release, and of what the change is made
on, cannot.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.events import ALL
from shared.events.contributed import CONTRIBUTED
from shared.schemas import gate, records, sent

ROOT = Path(__file__).resolve().parents[2]
PLACE = records.FOLDER.relative_to(ROOT)


def git(*arguments: str, at: Path = ROOT) -> bytes | None:
    """What git says; None where it knows nothing of that."""
    done = subprocess.run(["git", "-C", str(at), *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def commits_before(at: Path = ROOT) -> dict[str, str]:
    """The last release, and the commit that this change is made on: the one before where it is taken already."""
    found = {"tag": git("describe", "--tags", "--abbrev=0", at=at)}
    here = git("rev-parse", "HEAD", at=at)
    base = git("merge-base", "HEAD", "origin/main", at=at) or git("merge-base", "HEAD", "main", at=at)
    found["base"] = git("rev-parse", "HEAD~1", at=at) if base in (None, here) else base
    return {name: said.decode().strip() for name, said in found.items() if said}


def records_of(commit: str, folder: Path) -> Path:
    """The records as they were, in a folder."""
    packed = git("archive", commit, str(PLACE))
    if packed is None:
        pytest.skip(f"there are no records in {commit}")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder / PLACE


@pytest.mark.parametrize("before", ["tag", "base"])
def test_no_event_breaks_with_what_was_recorded_before(before: str, tmp_path: Path) -> None:
    commit = commits_before().get(before)
    if commit is None:
        pytest.skip("no release is tagged" if before == "tag" else "there is no git history, or a part of it")
    folder, today = records_of(commit, tmp_path), datetime.now(UTC).date()
    found = gate.incompatible(ALL, records.load(folder), today)
    found += sent.incompatible(CONTRIBUTED, records.load(folder / records.SENT.name), today)
    assert not found, "\n".join(["", f"Against {commit}:", *found, gate.WHAT_TO_DO])


def test_without_a_history_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert commits_before(tmp_path) == {}
