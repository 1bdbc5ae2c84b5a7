"""The rules of the house: who may import whom, how large things are, what they are called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("survey", "coaching", "model", "campaign")
RESERVED = {
    "app",
    "settings",
    "handlers",
    "public",
    "admin",
    "timers",
    "commands",
    "store",
    "tables",
    "migrations",
}
FORBIDDEN_NAMES = {"service", "utils", "helpers", "manager", "common", "misc"}
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
MOST_ARGUMENTS = 5
IO = {
    "asyncio", "asyncpg", "sqlalchemy", "nats", "faststream", "fastapi", "starlette", "uvicorn", "httpx",
    "os", "pathlib", "random", "secrets", "socket", "subprocess", "time", "urllib",
}  # fmt: skip
EDGES = {"fastapi", "starlette", "faststream", "nats", "uvicorn", "httpx"}
# What a query does to rows: `find_` gives None where `load_` refuses.
QUERY_VERBS = {"load", "find", "list", "count", "save", "mark", "delete", "lock"}
LEAST_WORDS_OF_A_TEST = 3
CLOCKS = {"now", "utcnow", "today"}
PURE_SHARED = {"shared.events", "shared.vocabulary", "shared.errors"}


def sources(*folders: str) -> list[Path]:
    """Every module below the folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def role_of(path: Path) -> str:
    """`domain`, or the reserved name that the module (or its package) has, for a file of a service."""
    parts = path.relative_to(ROOT / "services").parts[1:]
    head = parts[0].removesuffix(".py")
    if head in RESERVED or head.startswith("__"):
        return head
    return "domain"


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported anywhere, as a dotted name with what is taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(path: Path, tree: ast.Module) -> list[str]:
    """What this file imports and may not."""
    relative = path.relative_to(ROOT)
    found = [name for name in imports(tree) if not _may_import(relative, name)]
    return [f"{relative} imports {name}" for name in found]


def _may_import(relative: Path, name: str) -> bool:
    if relative.parts[0] == "shared":
        return not name.startswith(("services.", "services"))
    service = relative.parts[1]
    if name.startswith("services.") and not (name + ".").startswith(f"services.{service}."):
        return False
    return _role_may_import(role_of(ROOT / relative), service, name)


def _role_may_import(role: str, service: str, name: str) -> bool:
    inside = name.removeprefix(f"services.{service}.").split(".")[0] if name.startswith("services.") else ""
    if role == "domain":
        is_io = name.split(".", maxsplit=1)[0] in IO
        is_shared = name.startswith("shared") and not any(
            (name + ".").startswith(p + ".") for p in PURE_SHARED
        )
        return not is_io and not is_shared and inside not in RESERVED
    if role in ("commands", "store", "tables") and name.split(".", maxsplit=1)[0] in EDGES:
        return False
    allowed = {
        "tables": {"tables"},
        "store": {"tables", "store"},
        "commands": {"store", "commands", "settings"},
        "timers": {"commands", "timers"},
        "handlers": {"commands", "handlers"},
        "migrations": set[str](),
    }.get(role, RESERVED)
    return inside not in RESERVED or inside in allowed


def clock_calls(path: Path, tree: ast.Module) -> list[str]:
    """Where a domain module asks the clock by itself."""
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    return [f"{path.relative_to(ROOT)}:{call.lineno} asks the clock" for call in calls if call.attr in CLOCKS]


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the last."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many arguments a caller can give."""
    spec = function.args
    names = [arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def too_large(path: Path, tree: ast.Module) -> list[str]:
    """Files and functions over the sizes of the house."""
    relative = path.relative_to(ROOT)
    lines = path.read_text().count("\n")
    found = [f"{relative}: {lines} lines"] if lines > LONGEST_FILE else []
    for function in functions(tree):
        where = f"{relative}:{function.lineno} {function.name}"
        if length(function) > LONGEST_FUNCTION:
            found.append(f"{where}: {length(function)} lines")
        if arguments(function) > MOST_ARGUMENTS:
            found.append(f"{where}: {arguments(function)} arguments")
    return found


def without_docstring(path: Path, tree: ast.Module) -> list[str]:
    """Modules and public functions and classes that do not say what they are."""
    relative = path.relative_to(ROOT)
    found = [] if ast.get_docstring(tree) else [f"{relative}: module"]
    for node in ast.walk(tree):
        public = (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_"
        )
        if public and not ast.get_docstring(node) and not _is_inner(node, tree):
            found.append(f"{relative}:{node.lineno} {node.name}")
    return found


def _is_inner(node: ast.AST, tree: ast.Module) -> bool:
    inner = (n for f in functions(tree) for n in ast.walk(f) if n is not f)
    return any(n is node for n in inner)


def wrong_queries(path: Path, tree: ast.Module) -> list[str]:
    """Public functions of a store that do not start with what they do to rows."""
    public = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name[0] != "_"]
    named = [f"{path.relative_to(ROOT)}:{node.lineno} {node.name}" for node in public]
    return [
        line for line, node in zip(named, public, strict=True) if node.name.split("_")[0] not in QUERY_VERBS
    ]


def wrong_handlers(path: Path, tree: ast.Module) -> list[str]:
    """Handlers that are not named after the event that they are given."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list:
            event = ast.unparse(node.args.args[0].annotation or ast.Constant(""))
            if node.name != "on" + re.sub(r"([A-Z])", lambda letter: "_" + letter[1].lower(), event):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    return found


def wrong_tests(path: Path, tree: ast.Module) -> list[str]:
    """Tests whose names are no sentences."""
    names = [node.name for node in functions(tree) if node.name.startswith("test_")]
    return [f"{path.name}: {name}" for name in names if len(name.split("_")) <= LEAST_WORDS_OF_A_TEST]
