"""Records: revisions grow with real changes only, and people's words are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.model.records import Record, begin, decide, follow, reword, word
from shared.errors import Refused
from tests.model import given
from tests.model.given import NOW, insight, known, practice, stand, text, wish

LATER = NOW + timedelta(days=1)
TOLD = known(insight("a"), practice())


def proposed() -> Record:
    return given.proposed(TOLD)


def adopted(**changes: object) -> Record:
    return given.adopted(TOLD, **changes)


def test_a_subject_that_nothing_proposes_leaves_no_record() -> None:
    assert begin(stand(known(practice())), NOW) is None


def test_the_same_again_is_no_new_revision() -> None:
    assert follow(proposed(), stand(TOLD), LATER) == proposed()


def test_background_and_context_make_no_new_revision() -> None:
    told = known(insight("a"), insight("t", "trend"), practice())
    after = follow(proposed(), stand(told), LATER)
    assert after.revision == 1
    assert len(after.standing.table.rows) == 2


def test_new_evidence_makes_a_new_revision_but_not_a_new_status() -> None:
    after = follow(proposed(), stand(known(insight("a"), insight("b", question="q2"), practice())), LATER)
    assert (after.revision, after.status_since) == (2, NOW)


def test_a_new_status_is_dated() -> None:
    after = follow(proposed(), stand(known(practice())), LATER)
    assert (after.standing.status, after.revision, after.status_since) == ("retired", 2, LATER)


def test_adopting_follows_the_rules_and_remembers_the_evidence() -> None:
    record = adopted()
    assert record.standing.status == "adopted"
    assert record.decision is not None
    assert record.decision.basis.supports == {"a": insight("a").figure}
    assert record.decision.strength == record.standing.grade.strength


def test_adopting_freezes_the_wording() -> None:
    record = adopted()
    reworded = known(insight("a"), practice(revision=2, title=text("Another")))
    assert follow(record, stand(reworded, record), LATER).standing.text == proposed().standing.text


def test_a_person_may_adopt_with_other_words_strength_and_certainty() -> None:
    record = adopted(text=text("Our words"), strength="good_practice", certainty="low")
    standing = record.standing
    assert (standing.text, standing.strength, standing.certainty) == (
        text("Our words"),
        "good_practice",
        "low",
    )


def test_a_changed_strength_changes_the_opening_unless_a_person_wrote_the_text() -> None:
    record = proposed()
    assert word(record, wish("adopt", strength="strong"), TOLD).text != record.standing.text
    unchanged = wish("adopt", strength="strong", text=record.standing.text)
    assert word(record, unchanged, TOLD).text.en.startswith("Take into use")  # type: ignore[union-attr]
    own = wish("adopt", strength="strong", text=text("Our words"))
    assert word(record, own, TOLD).text == text("Our words")
    reworded = reword(record, text("Earlier words"), 1)
    assert word(reworded, wish("adopt", strength="strong"), TOLD).text is None


def test_taking_up_again_drops_the_old_words() -> None:
    record = adopted(text=text("Our words"))
    retired = decide(record, wish("retire", revision=record.revision), "expert", NOW)
    retired = follow(retired, stand(TOLD, retired), NOW)
    assert retired.standing.text == text("Our words")
    again = decide(retired, wish("reopen", revision=retired.revision), "expert", NOW)
    assert again.worded is None
    assert follow(again, stand(TOLD, again), NOW).standing.status == "proposed"


def test_retiring_keeps_the_strength_and_certainty_that_were_adopted() -> None:
    record = adopted(strength="good_practice", certainty="very_low")
    retired = decide(record, wish("retire", revision=record.revision), "expert", NOW)
    standing = follow(retired, stand(TOLD, retired), NOW).standing
    assert (standing.strength, standing.certainty) == ("good_practice", "very_low")


def test_rewording_needs_the_revision_that_was_looked_at() -> None:
    assert reword(proposed(), text(" Ours "), 1).worded is not None
    with pytest.raises(Refused, match="changed while"):
        reword(proposed(), text("Ours"), 2)


def test_a_retired_one_is_not_reworded() -> None:
    retired = follow(proposed(), stand(known(practice())), NOW)
    with pytest.raises(Refused, match="retired"):
        reword(retired, text("Ours"), 2)
