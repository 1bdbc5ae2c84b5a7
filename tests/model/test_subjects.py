"""One recommendation for each topic, practice and segment."""

from __future__ import annotations

from services.model.subjects import Subject
from tests.model.given import LAPLAND, ROVANIEMI, subject


def test_the_order_of_dimensions_does_not_make_another_recommendation() -> None:
    one = Subject.of("wellbeing", "breaks", {"size": "10-49", "sub-region": "rovaniemi"})
    other = Subject.of("wellbeing", "breaks", {"sub-region": "rovaniemi", "size": "10-49"})
    assert one.key == other.key


def test_topic_practice_and_segment_each_make_another_recommendation() -> None:
    keys = {
        subject().key,
        subject(practice="").key,
        subject(segment=ROVANIEMI).key,
        Subject.of("leadership", "breaks", LAPLAND).key,
    }
    assert len(keys) == 4


def test_the_key_of_a_subject_never_changes() -> None:
    # Stored recommendations, streams and links hold it: another hash would orphan them all.
    assert subject().key == "wellbeing-a7b50a62c81583c0"
