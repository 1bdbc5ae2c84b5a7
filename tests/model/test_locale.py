"""Everything that the model's pages say exists in Finnish and Swedish."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.model import decisions, records, store, versions
from services.model.app import service
from services.model.thresholds import LONGEST_TEXT, SHORTEST_REASON
from shared.web import languages
from shared.web.pages import HERE

SHOWN = re.compile(r"""_\(\s*"((?:[^"\\]|\\.)*)"|_\('([^']*)'""")
REFUSAL = re.compile(r"""(?:Refused|Invalid|NotFound)\(\s*"\w+",\s*f?"([^"]+)"\s*\)""")


def messages() -> set[str]:
    pages = "".join(path.read_text() for path in (service.folder / "templates").glob("*.html"))
    modules = [Path(str(m.__file__)) for m in (decisions, records, store, versions)]
    modules.append(service.folder / "public.py")
    code = "".join(path.read_text() for path in modules)
    code = code.replace("{SHORTEST_REASON}", str(SHORTEST_REASON)).replace(
        "{LONGEST_TEXT}", str(LONGEST_TEXT)
    )
    return {one or other for one, other in SHOWN.findall(pages)} | set(REFUSAL.findall(code))


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_message_is_translated(language: str) -> None:
    catalogue = languages.load_catalogues(HERE / "locale", service.folder / "locale")[language]
    assert len(messages()) > 100
    assert {message for message in messages() if message not in catalogue} == set()


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_translations_keep_the_places_for_values(language: str) -> None:
    catalogue = languages.load_catalogues(service.folder / "locale")[language]
    places = re.compile(r"\{\w+\}")
    for message, translation in catalogue.items():
        assert sorted(places.findall(message)) == sorted(places.findall(translation)), message
