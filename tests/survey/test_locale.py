"""What becomes of an answer is told in Finnish and Swedish."""

from __future__ import annotations

import pytest

from services.survey.app import service
from services.survey.commands import answers
from shared.web import languages, pages


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_refusal_of_an_answer_is_translated(language: str) -> None:
    known = languages.load_catalogues(pages.HERE / "locale", service.folder / "locale")[language]
    assert sorted({*answers._REFUSALS.values()} - set(known)) == []
