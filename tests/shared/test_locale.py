"""Everything that people read has its Finnish and Swedish, in every service."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from shared.web import languages, pages

SERVICES = ("survey", "coaching", "model", "campaign")
REFUSALS = {"Refused", "Invalid", "NotFound", "TooLarge"}
SHARED = Path(pages.__file__).parent
SHOWN = pytest.mark.parametrize("language", ["fi", "sv"])
OF_EACH = pytest.mark.parametrize("service", SERVICES)


def folder(service: str) -> Path:
    return Path(str(importlib.import_module(f"services.{service}").__file__)).parent


def said_by_templates(place: Path) -> set[str]:
    said: set[str] = set()
    for template in (place / "templates").glob("*.html"):
        with template.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ("_",), (), {}):
                first = message if isinstance(message, str) else (message or [None])[0]
                said |= {first} if first else set()
    return said


def said_by_refusals(place: Path) -> set[str]:
    calls = [
        n
        for code in place.rglob("*.py")
        for n in ast.walk(ast.parse(code.read_text()))
        if isinstance(n, ast.Call)
    ]
    told = [call.args[1] for call in calls if getattr(call.func, "id", "") in REFUSALS and len(call.args) > 1]
    return {str(words.value) for words in told if isinstance(words, ast.Constant)}


def known(service: str, language: str) -> dict[str, str]:
    return languages.load_catalogues(SHARED / "locale", folder(service) / "locale")[language]


@SHOWN
@OF_EACH
def test_every_message_of_a_page_is_translated(service: str, language: str) -> None:
    said = said_by_templates(folder(service))
    assert len(said) > 50
    assert sorted(said - set(known(service, language))) == []


@SHOWN
@OF_EACH
def test_every_refusal_is_translated(service: str, language: str) -> None:
    said = said_by_refusals(folder(service))
    assert said
    assert sorted(said - set(known(service, language))) == []


@SHOWN
def test_every_message_of_the_shared_pages_is_translated(language: str) -> None:
    catalogue = languages.load_catalogues(SHARED / "locale")[language]
    assert sorted(said_by_templates(SHARED) - set(catalogue)) == []


@SHOWN
@OF_EACH
def test_translations_keep_the_places_of_their_message(service: str, language: str) -> None:
    places = re.compile(r"\{\w+\}")
    wrong = [
        m for m, said in known(service, language).items() if {*places.findall(m)} != {*places.findall(said)}
    ]
    assert wrong == []
