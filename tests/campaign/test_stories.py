"""Stories are told with consent, moderated, and erased when they are taken back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign import stories
from services.campaign.stories import Story
from shared.errors import Invalid, Refused
from shared.events import StoryPublished, StoryWithdrawn
from tests.campaign.given import LATER, NOW, telling


def told(**more) -> Story:
    return stories.tell("s1", telling(**more), NOW)


def published(story: Story | None = None) -> Story:
    story = story or told()
    return stories.publish(story, story.title, story.text, LATER)[0]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"text": "Liian lyhyt."}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"topic": "weather"}, "topic"),
        ({"language": "de"}, "language"),
        ({"consent": False}, "consent"),
        ({"email": "no address"}, "email"),
        ({"email": "x" * 250 + "@example.org"}, "email"),
    ],
)
def test_what_is_wrong_with_a_telling_is_told_for_its_field(wrong: dict[str, object], field: str) -> None:
    assert list(stories.problems(telling(**wrong))) == [field]
    with pytest.raises(Invalid):
        told(**wrong)


def test_a_good_telling_waits_for_a_moderator() -> None:
    assert stories.problems(telling(email="a.b@example.org")) == {}
    assert told().status == "submitted"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("kirjoita etunimi.sukunimi@example.org jos", "email"),
        ("soita 040 123 4567 illalla", "phone"),
        ("soita +358401234567", "phone"),
        ("tunnus 131052-308T on", "personal_id"),
        ("tilille FI21 1234 5600 0007 85", "account"),
        ("asun osoitteessa Koivukatu 12", "address"),
    ],
)
def test_what_looks_like_personal_data_is_flagged_by_its_kind(words: str, kind: str) -> None:
    assert kind in stories.hints(words)


@pytest.mark.parametrize(
    "words", ["Vuonna 2024 meitä oli 12.", "Työaika on 8–16 ja palaveri klo 9.30.", "Matka on 120 km."]
)
def test_ordinary_numbers_are_not_flagged(words: str) -> None:
    assert stories.hints(words) == ()


def test_a_moderated_change_is_logged_without_the_words() -> None:
    story = told(text="Kerroimme asiasta esimiehelle Kissalassa viime syksynä.")
    done, change = stories.publish(story, story.title, "Kerroimme asiasta esimiehelle viime syksynä.", NOW)
    assert (done.edited, change.fields, change.characters) == (True, ("text",), 11)
    assert "Kissala" not in repr(change)


def test_a_story_published_as_told_is_not_marked_as_edited() -> None:
    assert not published().edited
    assert isinstance(stories.as_event(published(), NOW), StoryPublished)


def test_a_decided_story_is_not_decided_again() -> None:
    with pytest.raises(Refused):
        stories.publish(published(), "x", "y", NOW)
    with pytest.raises(Refused):
        stories.reject(published(), "syy", NOW)


def test_a_rejected_or_withdrawn_story_has_no_words_left() -> None:
    for gone in (
        stories.reject(told(), "mainos", NOW),
        stories.withdraw(published(), NOW),
        stories.withdraw(told(), NOW),
    ):
        assert (gone.title, gone.text, gone.hints) == ("", "", ())


def test_turning_down_needs_a_reason() -> None:
    with pytest.raises(Invalid):
        stories.reject(told(), " ", NOW)


def test_withdrawing_a_published_story_is_a_newer_revision_than_its_publication() -> None:
    live = published()
    gone = stories.withdraw(live, LATER)
    event = stories.as_event(gone, LATER)
    assert isinstance(event, StoryWithdrawn)
    assert event.revision > live.revision
    with pytest.raises(Refused):
        stories.withdraw(gone, LATER)


def test_a_story_that_waits_or_was_turned_down_has_no_public_state() -> None:
    with pytest.raises(ValueError, match="not public"):
        stories.as_event(told(), NOW)


@given(st.binary(min_size=10, max_size=10))
def test_a_code_is_recognised_however_it_was_typed(chance: bytes) -> None:
    code = stories.code_from(chance)
    sloppy = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert stories.code_digest(sloppy) == stories.code_digest(code)
    assert stories.code_digest(stories.code_from(bytes(10))) != stories.code_digest("7G2K-93QF-0VXA-11MB")


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_a_code_keeps_all_of_its_chance(one: bytes, other: bytes) -> None:
    assert (stories.code_from(one) == stories.code_from(other)) == (one == other)


@given(st.text())
def test_tidied_text_holds_no_control_characters_and_stays_tidy(text: str) -> None:
    tidied = stories.tidy(text)
    assert stories.tidy(tidied) == tidied
    assert all(c in "\n\t" or c.isprintable() or c.isspace() for c in tidied)
