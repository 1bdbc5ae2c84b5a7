"""Every example runs as it is written, and the page for partners shows it as it is."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.embedded import Stack
from tests.conftest import ROOT
from tests.examples.running import EXAMPLES, FOLDER, Stage, stage_on

pytestmark = pytest.mark.system
SHOWN = re.compile(r"^<!-- examples/(\S+) -->\n```\w+(?: notest)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NODE = [name for name in EXAMPLES if name.endswith(".mjs")]
OTHERS = [name for name in EXAMPLES if not name.endswith(".mjs")]


@pytest.fixture(scope="module")
async def stage(region: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage_on(region, tmp_path_factory.mktemp("examples")) as made:
        yield made


def files() -> Iterator[Path]:
    return (path for path in sorted(FOLDER.iterdir()) if path.suffix in (".py", ".mjs", ".sh"))


def test_every_example_is_run_here_and_shown_on_the_page_as_it_is() -> None:
    assert {path.name for path in files()} == set(EXAMPLES)
    shown = dict(SHOWN.findall((ROOT / "docs/partners.md").read_text(encoding="utf-8")))
    assert shown == {path.name: path.read_text(encoding="utf-8") for path in files()}


def test_an_example_fits_on_a_screen() -> None:
    assert {path.name: n for path in files() if (n := path.read_text().count("\n")) > 45} == {}


@pytest.mark.parametrize("name", OTHERS)
async def test_an_example_runs_as_it_is_written(stage: Stage, name: str) -> None:
    assert not name.endswith(".sh") or shutil.which("curl"), "no curl on this machine"
    await EXAMPLES[name](stage, name)


@pytest.mark.node
@pytest.mark.parametrize("name", NODE)
async def test_an_example_in_javascript_runs_as_it_is_written(stage: Stage, name: str) -> None:
    await EXAMPLES[name](stage, name)
