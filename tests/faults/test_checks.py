"""Each check says what does not hold, on records in which one thing is wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from shared.events import StoryPublished
from shared.passed_over import REASON
from tests.faults import checks
from tests.faults.actor import SICK
from tests.faults.checks import Answers, Expected
from tests.faults.likeness import unlike
from tests.faults.poison import HANDLERS, Dose
from tests.faults.records import Kept, Records
from tests.shared.given import story

LISTENER = "survey-campaign-story_published-v1"


def row(event: StoryPublished, **said: Any) -> dict[str, Any]:
    fixed = {"id": f"{event.key}-{event.revision}", "type": event.type_name(), "key": event.key}
    more = {"revision": event.revision, "body": event.model_dump_json(), "published_at": event.occurred_at}
    return {**fixed, **more, **said}


def sound() -> Records:
    """Two services between which one story went."""
    survey, campaign = (Kept(name, HANDLERS[name]) for name in ("survey", "campaign"))
    coaching = Kept("coaching", HANDLERS["coaching"])
    told = story("s1")
    campaign.outbox = [row(told)]
    survey.inbox = {(LISTENER, "s1-1")}
    survey.table_of, survey.replicas = {StoryPublished: "stories"}, {"stories": {}}
    survey.replicas["stories"]["s1"] = {"revision": 1, "state": told.model_dump(mode="json")}
    kept = {one.service: one for one in (survey, campaign, coaching)}
    history = [{"id": "s1-1", "position": 1, "event": "{}"}]
    return Records(kept, {LISTENER: (0, 0)}, {"s1-1": 1}, ["a", "b"], {"gone"}, history)


def test_nothing_is_said_of_what_is_sound() -> None:
    told = Answers(frozenset({"a", "b", "gone"}), frozenset({"gone"}), frozenset({"no"}))
    assert checks.check(sound(), Expected(told)) == []


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (["a"], "answer b was accepted and is lost"),
        (["a", "b", "b"], "answer b is there 2 times"),
        (["a", "b", "gone"], "answer gone was erased and is still there"),
        (["a", "b", "no"], "answer no was refused and is there"),
        (["a", "b", "x"], "answer x is there and nobody sent it"),
    ],
)
def test_answers_that_are_lost_doubled_or_not_sent_are_seen(there: list[str], sentence: str) -> None:
    records = sound()
    records.receipts = there
    told = Answers(frozenset({"a", "b", "gone"}), frozenset({"gone"}), frozenset({"no"}))
    assert checks.check(records, Expected(told)) == [sentence]


def test_an_erased_answer_that_could_come_again_is_seen() -> None:
    records = sound()
    records.withdrawn = set()
    told = Answers(frozenset({"a", "b", "gone"}), frozenset({"gone"}))
    assert checks.check(records, Expected(told)) == ["answer gone was erased and could be sent again"]


def test_an_event_that_waits_in_the_outbox_is_seen() -> None:
    records = sound()
    records.kept["campaign"].outbox[0]["published_at"] = None
    found = list(checks.nothing_unpublished(records, Expected()))
    assert found == ["campaign: latu.campaign.story_published.v1 s1 is not published"]


def test_a_purge_that_waits_is_seen() -> None:
    records = sound()
    records.kept["campaign"].purges = [{"subject": "latu.x", "done_at": None}]
    assert list(checks.nothing_unpublished(records, Expected())) == ["campaign: latu.x is not purged"]


def test_a_revision_that_is_told_twice_or_shrinks_is_seen() -> None:
    records = sound()
    records.kept["campaign"].outbox += [row(story("s1", 3)), row(story("s1", 2))]
    found = list(checks.revisions_only_grew(records, Expected()))
    assert found == ["campaign: campaign.<story> s1 told revision 2 after 3"]


@pytest.mark.parametrize("state", [(1, 0), (0, 1)])
def test_a_message_to_come_or_in_hand_is_seen(state: tuple[int, int]) -> None:
    records = sound()
    records.consumers[LISTENER] = state
    assert len(list(checks.nothing_unacknowledged(records, Expected()))) == 1


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        ([], "is not in the public history"),
        ([{"id": "s1-1", "position": 2, "event": "{}"}], "has gaps or an event twice"),
        ([{"id": "s1-1", "position": 1}, {"id": "s2-1", "position": 2}], "s2-1, which nobody emitted"),
    ],
)
def test_a_public_history_with_too_little_or_too_much_is_seen(
    history: list[dict[str, Any]], sentence: str
) -> None:
    records = sound()
    records.history = history
    assert [sentence in one for one in checks.history_has_every_event_once(records, Expected())] == [True]


def test_a_public_history_that_tells_what_was_taken_back_is_seen() -> None:
    records = sound()
    records.kept["campaign"].outbox[0]["body"] = ""
    found = list(checks.history_has_every_event_once(records, Expected()))
    assert found == [
        "latu.campaign.story_published.v1 s1 was taken back, and the public history still tells it"
    ]


def test_what_was_done_twice_or_never_is_seen() -> None:
    records = sound()
    done = {"action": "outcome_recorded", "subject": "o1", "detail": {"action": "a1"}}
    records.kept["coaching"].audit = [done, {**done, "subject": "o2"}]
    acts = frozenset({("coaching", "outcome_recorded", "o3")})
    found = list(checks.every_act_done_once(records, Expected(acts=acts)))
    assert found == [
        "coaching: outcome_recorded o3 was done 0 times",
        "coaching: action a1 has 2 outcomes",
    ]


@pytest.mark.parametrize(
    ("letter", "sentence"),
    [
        ({"status": "redriven"}, "is redriven, not waiting"),
        ({"reason": ""}, "gives the reason “”"),
        ({"event_id": "other"}, "which is no poison"),
    ],
)
def test_a_dead_letter_that_is_not_as_it_should_be_is_seen(letter: dict[str, str], sentence: str) -> None:
    dose = Dose("faults-1", StoryPublished, f"{SICK}1", b"")
    fixed = {"handler": LISTENER, "event_id": "faults-1", "status": "waiting", "reason": "refused: sick"}
    records = sound()
    records.kept["survey"].letters = [{**fixed, **letter}]
    assert sentence in " ".join(checks.every_poison_put_aside(records, Expected(doses=[dose])))


def test_a_row_that_is_missing_or_there_twice_makes_two_stacks_unlike() -> None:
    one, other = {"survey.answers": Counter(["x", "y"])}, {"survey.answers": Counter(["x", "x"])}
    assert list(unlike(one, other)) == ["missing 1× in survey.answers: y", "too much 1× in survey.answers: x"]


def test_a_letter_that_its_handler_has_not_seen_is_seen() -> None:
    records = sound()
    records.kept["survey"].letters = [{"handler": LISTENER, "event_id": "faults-1", "status": "discarded"}]
    assert len(list(checks.every_event_handled_once(records, Expected()))) == 1
    records.kept["survey"].inbox.add((LISTENER, "faults-1"))
    assert list(checks.every_event_handled_once(records, Expected())) == []


def test_a_poison_message_that_its_stream_lost_is_seen() -> None:
    dose = Dose("faults-1", StoryPublished, f"{SICK}1", b"")
    records = sound()
    assert len(list(checks.every_poison_in_its_stream(records, Expected(doses=[dose])))) == 1
    records.streams["faults-1"] = 1
    assert list(checks.every_poison_in_its_stream(records, Expected(doses=[dose]))) == []


def test_what_the_broker_passed_over_and_was_handled_after_all_is_no_poison() -> None:
    records = sound()
    found = {"handler": LISTENER, "event_id": "s1-1", "status": "redriven", "reason": REASON}
    records.kept["survey"].letters = [found]
    assert list(checks.every_poison_put_aside(records, Expected())) == []
    records.kept["survey"].letters = [{**found, "status": "waiting"}]
    assert len(list(checks.every_poison_put_aside(records, Expected()))) == 1
