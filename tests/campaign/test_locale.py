"""The states of posts and stories have their Finnish and Swedish."""

from __future__ import annotations

from typing import get_args

import pytest

from services.campaign import posts, stories
from services.campaign.app import service
from shared.events import Certainty
from shared.web import languages, pages


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_state_and_every_problem_is_translated(language: str) -> None:
    said = {state.replace("_", " ") for state in get_args(Certainty)}
    said |= {*get_args(posts.Status), *get_args(stories.Status)}
    said |= {*stories.problems(stories.Telling(language="x", email="x")).values()}
    known = languages.load_catalogues(pages.HERE / "locale", service.folder / "locale")[language]
    assert sorted(said - set(known)) == []
