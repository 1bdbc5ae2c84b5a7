"""Rules of the practice library."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.coaching import practices
from services.coaching.practices import key_from, read_library, reword, steps_from, withdraw
from shared.errors import Invalid
from shared.events import Text
from tests.coaching.given import NOW, practice, text

LIBRARY = Path(practices.__file__).parent / "library.yaml"
KEYS = {
    "rules-agreed-together",
    "meeting-free-hours",
    "weekly-check-in",
    "ergonomics-at-home",
    "right-to-disconnect",
    "remote-onboarding",
    "hybrid-meeting-practice",
    "shared-digital-tools",
    "village-workspace",
    "leader-training-remote",
    "social-days-on-site",
    "job-ads-place-free",
}


def library() -> tuple[practices.Practice, ...]:
    return read_library(yaml.safe_load(LIBRARY.read_text(encoding="utf-8")))


def test_the_library_starts_with_the_twelve_practices_that_questionnaires_name() -> None:
    assert {entry.practice for entry in library()} == KEYS


def test_every_practice_of_the_library_is_complete_in_three_languages() -> None:
    for entry in library():
        for words in (entry.title, entry.summary, *entry.first_steps):
            assert all((words.fi, words.en, words.sv)), entry.practice
            assert len({words.fi, words.en, words.sv}) == 3, entry.practice


def test_every_topic_has_a_practice_that_is_mostly_about_it() -> None:
    assert len({entry.topics[0] for entry in library()}) == 9 - len({"wellbeing"})
    assert {topic for entry in library() for topic in entry.topics} >= {"wellbeing"}


def test_an_incomplete_entry_of_a_library_is_named_without_repeating_it() -> None:
    with pytest.raises(Invalid, match=r"half-done .*title") as caught:
        read_library({"half-done": {"summary": {"fi": "salaisuus"}}})
    assert "salaisuus" not in caught.value.message


def test_rewording_raises_the_revision_and_keeps_the_key() -> None:
    before = practice("p1")
    after = reword(before, before.wording.model_copy(update={"title": text("Better")}))
    assert after is not None
    assert (after.practice, after.revision, after.title.en) == ("p1", 2, "Better")


def test_rewording_without_a_change_is_no_revision() -> None:
    before = practice("p1")
    assert reword(before, before.wording) is None


def test_a_withdrawn_practice_comes_back_by_rewording_it() -> None:
    gone = withdraw(practice("p1"))
    assert gone is not None
    assert gone.status == "withdrawn"
    assert withdraw(gone) is None
    back = reword(gone, gone.wording)
    assert back is not None
    assert (back.status, back.revision) == ("published", 3)


def test_the_announcement_carries_the_newest_wording() -> None:
    event = practices.announcement(practice("p1", revision=4), NOW)
    assert (event.key, event.revision, event.title.en, event.status) == ("p1", 4, "Title of p1", "published")


@pytest.mark.parametrize(
    ("title", "key"),
    [("Etäpäivät sovitaan yhdessä", "etapaivat-sovitaan-yhdessa"), ("  4 päivää!  ", "4-paivaa")],
)
def test_a_key_is_made_of_the_title(title: str, key: str) -> None:
    assert key_from(title) == key


def test_a_title_without_letters_gives_no_key() -> None:
    with pytest.raises(Invalid):
        key_from("!?")


def test_first_steps_are_paired_line_by_line_over_the_languages() -> None:
    steps = steps_from({"fi": "yksi\n\nkaksi", "en": "one\ntwo", "sv": ""})
    assert steps == (Text(fi="yksi", en="one"), Text(fi="kaksi", en="two"))


@pytest.mark.parametrize("lines", [{"fi": "a\nb", "en": "a"}, {"fi": "a\nb", "en": "a\nb", "sv": "a"}])
def test_first_steps_that_do_not_pair_are_refused(lines: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="as many"):
        steps_from(lines)
