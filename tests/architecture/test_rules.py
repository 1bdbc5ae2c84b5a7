"""The house keeps its rules, and the guard sees when it does not."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

from shared.events import ALL
from tests.architecture import rules

CODE = rules.sources("services", "shared")
DOMAIN = [
    path
    for path in rules.sources("services")
    if len(path.relative_to(rules.ROOT).parts) > 2 and rules.role_of(path) == "domain"
]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_every_module_imports_only_what_its_place_allows() -> None:
    assert [
        line
        for path in CODE
        if path.name != "__init__.py" or path.parent.parent != rules.ROOT
        for line in rules.wrong_imports(path, parse(path))
    ] == []


def test_domain_is_given_time_and_never_asks_for_it() -> None:
    assert [line for path in DOMAIN for line in rules.clock_calls(path, parse(path))] == []


def test_files_and_functions_keep_their_sizes() -> None:
    everything = [p for p in rules.sources("services", "shared", "deploy") if "migrations" not in p.parts]
    assert [line for path in everything for line in rules.too_large(path, parse(path))] == []


def test_domain_functions_are_short() -> None:
    lengths = sorted(rules.length(function) for path in DOMAIN for function in rules.functions(parse(path)))
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 20


def test_names_say_what_things_are() -> None:
    assert [
        path for path in rules.sources("services", "shared", "deploy") if path.stem in rules.FORBIDDEN_NAMES
    ] == []


def test_queries_say_what_they_do_to_rows() -> None:
    stores = [path for path in rules.sources("services") if "store" in (path.stem, path.parent.name)]
    assert len(stores) > 10
    assert [line for path in stores for line in rules.wrong_queries(path, parse(path))] == []


def test_a_handler_is_named_after_its_event() -> None:
    handlers = [path for path in rules.sources("services") if path.stem == "handlers"]
    assert len(handlers) == 4
    assert [line for path in handlers for line in rules.wrong_handlers(path, parse(path))] == []


def test_the_name_of_a_test_is_a_sentence() -> None:
    tests = rules.sources("tests")
    assert [line for path in tests for line in rules.wrong_tests(path, parse(path))] == []


def test_public_things_say_what_they_are() -> None:
    unsaid = [
        line
        for path in CODE
        if "migrations" not in path.parts
        for line in rules.without_docstring(path, parse(path))
    ]
    assert unsaid == []


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.__name__)
def test_an_event_lives_with_its_publisher_and_ends_in_its_key(event: type) -> None:
    assert event.__module__ == f"shared.events.{event.publisher()}"  # type: ignore[attr-defined]
    assert event.SUBJECT.startswith(("latu.public.", "latu.internal.", "latu.answers."))  # type: ignore[attr-defined]
    key = event.SUBJECT.rsplit(".", 1)[-1].strip("<>")  # type: ignore[attr-defined]
    assert key in event.model_fields  # type: ignore[attr-defined]
    assert event.__doc__


class TestTheGuardItself:
    def at(self, place: str, code: str) -> list[str]:
        return rules.wrong_imports(rules.ROOT / place, ast.parse(code))

    def test_sees_a_service_that_imports_another(self) -> None:
        assert self.at("services/model/commands.py", "from services.survey.store import load_round")

    def test_sees_shared_code_that_imports_a_service(self) -> None:
        assert self.at("shared/http.py", "from services.survey import app")

    def test_sees_io_in_the_domain(self) -> None:
        assert self.at("services/model/grading.py", "import sqlalchemy")
        assert self.at("services/model/grading.py", "from shared.db import Transaction")
        assert self.at("services/model/grading.py", "from services.model.store import load")

    def test_lets_the_domain_use_contracts_and_siblings(self) -> None:
        assert not self.at(
            "services/model/grading.py",
            "from shared.events import Figure\nfrom services.model.evidence import Row\nimport numpy",
        )

    def test_sees_a_store_that_calls_a_command(self) -> None:
        assert self.at("services/model/store.py", "from services.model.commands import adopt")

    def test_sees_a_command_that_speaks_http(self) -> None:
        assert self.at("services/model/commands.py", "from fastapi import Request")

    def test_sees_the_clock(self) -> None:
        tree = ast.parse("from datetime import datetime\nx = datetime.now()")
        assert rules.clock_calls(rules.ROOT / "services/model/grading.py", tree)

    def test_sees_a_function_with_six_arguments(self) -> None:
        function = rules.functions(ast.parse("def f(a, b, c, d, e, f): ..."))[0]
        assert rules.arguments(function) > rules.MOST_ARGUMENTS

    def test_sees_a_query_that_does_not_say_what_it_does(self) -> None:
        tree = ast.parse("async def story(tx): ...\nasync def load_story(tx): ...")
        assert len(rules.wrong_queries(rules.ROOT / "services/model/store.py", tree)) == 1

    def test_sees_a_handler_with_another_name(self) -> None:
        tree = ast.parse("@events.on(StoryPublished)\nasync def on_story(event: StoryPublished, tx): ...")
        assert rules.wrong_handlers(rules.ROOT / "services/model/handlers.py", tree)

    def test_sees_a_test_without_a_sentence(self) -> None:
        assert rules.wrong_tests(rules.ROOT / "tests/test_x.py", ast.parse("def test_it_works(): ..."))
