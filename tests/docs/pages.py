"""What the pages name, and what the code has."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from shared import cli
from shared.events import ALL
from shared.messaging import Handlers
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("survey", "coaching", "model", "campaign")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
SETTING = re.compile(r"\bLATU_[A-Z]+(?:_[A-Z]+)*\b")
OF_OPENTELEMETRY = re.compile(r"\bOTEL_[A-Z]+(?:_[A-Z]+)*\b")
# What stands after `latu`, up to where another order begins.
ORDER = re.compile(r"(?<![\w/.:-])latu ([a-z][^|&;#`\n]*)")
RECORDED = re.compile(r"\blatu:[a-z]+:[a-z0-9]+")
METRICS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "GaugeMetricFamily", "CounterMetricFamily"}
KINDS_OF_SETTINGS = (*(ROOT / "shared").rglob("*.py"), *(ROOT / "deploy").rglob("*.py"))
BESIDES = (
    ROOT / "tests/conftest.py",
    ROOT / "tests/convergence/test_convergence.py",
    ROOT / "tests/survey/test_suppressed.py",
    ROOT / ".ci/run",
    ROOT / "docker-compose.yml",
)


def pages() -> list[Path]:
    """Every page that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def words() -> set[str]:
    """Everything that a page puts into `backticks`, outside of blocks of code."""
    return {word for page in pages() for word in ticked(page.read_text(encoding="utf-8"))}


def ticked(text: str) -> set[str]:
    """What stands in backticks in a text."""
    return set(re.findall(r"`([^`\n]+)`", FENCE.sub("", text)))


def commands() -> set[str]:
    """The commands of the `latu` program."""
    for module in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
        importlib.import_module(module.name)
    registered = cli.app.registered_commands
    groups = {str(one.name) for one in cli.app.registered_groups}
    return groups | {str(one.name or getattr(one.callback, "__name__", "")) for one in registered}


def verbs() -> dict[str, list[str]]:
    """The verbs of those commands that have some, such as `latu partner add`."""
    commands()
    return {
        str(group.name): [
            str(one.name or getattr(one.callback, "__name__", ""))
            for one in group.typer_instance.registered_commands
        ]
        for group in cli.app.registered_groups
        if group.typer_instance is not None
    }


def orders() -> list[str]:
    """Every order to the `latu` program that a page gives, in backticks or in a block for the shell."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        blocks = (block for block in FENCE.findall(text) if block.startswith("```sh"))
        found += [order for part in (*ticked(text), *blocks) for order in ORDER.findall(part)]
    return found


def not_taken(order: str) -> list[str]:
    """The words of an order that the program would not take: no command, no verb or no option of it."""
    commands()
    here: Any = typer.main.get_command(cli.app)
    words = order.split()
    while hasattr(here, "commands") and words and re.fullmatch("[a-z][a-z-]*", words[0]):
        if words[0] not in here.commands:
            return words[:1]
        here = here.commands[words.pop(0)]
    options = {option for one in here.params for option in (*one.opts, *one.secondary_opts)}
    return [word for word in words if re.match("-+[a-z]", word) and word.partition("=")[0] not in options]


def settings() -> set[str]:
    """The environment variables that anything of ours reads."""
    found = {f"LATU_{name.upper()}" for name in Settings.model_fields}
    for path in (*KINDS_OF_SETTINGS, *BESIDES):
        found |= set(SETTING.findall(path.read_text(encoding="utf-8")))
    return found


def settings_of_opentelemetry() -> set[str]:
    """Its environment variables that we read ourselves; its exporter reads more."""
    read = (path.read_text(encoding="utf-8") for path in KINDS_OF_SETTINGS)
    return {name for text in read for name in OF_OPENTELEMETRY.findall(text)}


def metrics() -> set[str]:
    """The metrics that are defined anywhere."""
    files = (path for folder in ("shared", "services", "deploy") for path in (ROOT / folder).rglob("*.py"))
    return {name for path in files for name in _defined(ast.parse(path.read_text(encoding="utf-8")))}


def recorded() -> set[str]:
    """What the rules of Prometheus work out."""
    files = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
    return {
        name for path in files for name in re.findall(r"- record: (\S+)", path.read_text(encoding="utf-8"))
    }


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = node.args[0]
        if called in METRICS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            # A family of counters is named without the ending that its samples have.
            yield first.value + "_total" * (called == "CounterMetricFamily")


def events() -> list[list[str]]:
    """The rows that a table of all events has, without what is said of them."""
    listening: dict[type, list[str]] = {}
    for service in SERVICES:
        handlers: Handlers = importlib.import_module(f"services.{service}.handlers").events
        for event in handlers.by_event:
            listening.setdefault(event, []).append(service)
    return [
        [
            f"`{event.__name__}`",
            f"`{event.SUBJECT}`",
            event.audience(),
            event.publisher(),
            ", ".join(listening.get(event, ())) or "–",
        ]
        for event in ALL
    ]


def table_of_events() -> list[list[str]]:
    """The rows of the table in the README, each with what it says last."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = text.split("<!-- events -->")[1].split("<!-- /events -->")[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def places(page: Path) -> list[str]:
    """Where the links of a page lead, those out of the project left out."""
    targets = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return [target for target in targets if "://" not in target and not target.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def is_dead(page: Path, target: str) -> bool:
    """Whether a link of a page leads nowhere."""
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    return not there.exists() or bool(anchor and anchor not in anchors(there))
