"""Everything that people read has its Finnish and Swedish."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from jinja2.ext import babel_extract

from services.campaign import app, posts, stories
from shared.events import Certainty
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
    for place in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(place.read_text())):
            refusal = isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS
            if refusal and isinstance(node.args[1], ast.Constant):
                yield str(node.args[1].value)


def said_by_states() -> Iterator[str]:
    yield from (state.replace("_", " ") for state in get_args(Certainty))
    yield from (*get_args(posts.Status), *get_args(stories.Status))
    yield from stories.problems(stories.Telling(language="x", email="x")).values()


SAID = sorted({*said_by_templates(), *said_by_refusals(), *said_by_states()})


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_message_is_translated(language: str) -> None:
    known = languages.load_catalogues(Path(pages.__file__).parent / "locale", HERE / "locale")[language]
    assert [message for message in SAID if message not in known] == []
    assert len(SAID) > 100


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_translations_keep_the_places_of_their_message(language: str) -> None:
    known = languages.load_catalogues(HERE / "locale")[language]
    wrong = [m for m, said in known.items() if {*_places(m)} != {*_places(said)}]
    assert wrong == []


def _places(message: str) -> list[str]:
    return [part.split("}")[0] for part in message.split("{")[1:]]
