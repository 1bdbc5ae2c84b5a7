"""Everything that people read has its Finnish and Swedish."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from services.survey import app
from services.survey.commands import answers
from shared.web import languages, pages

HERE = Path(app.__file__).parent
REFUSALS = {"Refused", "Invalid", "NotFound"}


def said_by_templates() -> Iterator[str]:
    for place in (HERE / "templates").glob("*.html"):
        with place.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ("_",), (), {}):
                first = message if isinstance(message, str) else (message or [None])[0]
                if first:
                    yield first


def said_by_refusals() -> Iterator[str]:
    yield from answers._REFUSALS.values()
    for place in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(place.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in REFUSALS:
                continue
            if isinstance(node.args[1], ast.Constant):
                yield str(node.args[1].value)


SAID = sorted({*said_by_templates(), *said_by_refusals()})


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_message_is_translated(language: str) -> None:
    known = languages.load_catalogues(Path(pages.__file__).parent / "locale", HERE / "locale")[language]
    assert [message for message in SAID if message not in known] == []
    assert len(SAID) > 80


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_translations_keep_the_places_of_their_message(language: str) -> None:
    known = languages.load_catalogues(HERE / "locale")[language]
    assert [m for m, said in known.items() if {*_places(m)} != {*_places(said)}] == []


def _places(message: str) -> list[str]:
    return [part.split("}")[0] for part in message.split("{")[1:]]
