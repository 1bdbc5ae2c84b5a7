"""The desk end to end: evidence in, recommendations judged, people decide, versions out."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import delete, select

from services.model import commands, store
from services.model.app import service
from services.model.decisions import Wish
from services.model.tables import insights
from shared import dead_letters
from shared.backbone import outbox
from shared.db import Database
from shared.errors import NotFound, Refused
from shared.events import IndicationRetracted, ModelVersionPublished, OutcomeRecorded, RecommendationRevised
from shared.origins import Origin
from tests.model.desk import (
    EXPERT,
    arrive,
    audited,
    decide,
    emitted,
    publish,
    record,
    statuses,
)
from tests.model.given import (
    NOW,
    ROVANIEMI,
    indication,
    insight,
    outcome,
    outcomes,
    practice,
    retraction,
    subject,
    text,
    withdrawal,
)


async def test_confirmed_evidence_proposes_a_recommendation_and_tells_of_it(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    (event,) = await emitted(database, RecommendationRevised)
    assert (event.key, event.status, event.revision) == (subject().key, "proposed", 1)
    assert [ref.key for ref in event.evidence] == ["a"]


async def test_an_indication_proposes_nothing(database: Database) -> None:
    gone = IndicationRetracted.model_validate(
        {
            "insight": "i",
            "revision": 2,
            "occurred_at": NOW,
            "round": "spring",
            "topic": "wellbeing",
            "reason": "no_longer_holds",
        }
    )
    await arrive(database, indication("i"), indication("j"), practice(), gone)
    assert await statuses(database) == {}
    async with database.transaction() as tx:
        known = await store.load_known(tx)
    assert [one.insight for one in known.indications] == ["j"]


async def test_the_same_event_twice_tells_nothing_twice(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await arrive(database, insight("a"), practice())
    assert len(await emitted(database, RecommendationRevised)) == 1


async def test_context_is_kept_without_telling_anybody(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await arrive(database, insight("t", "trend"))
    assert [row.insight for row in (await record(database)).standing.table.rows] == ["a", "t"]
    assert len(await emitted(database, RecommendationRevised)) == 1


async def test_an_older_revision_undoes_nothing(database: Database) -> None:
    await arrive(database, retraction("a", 2), practice(), insight("a"))
    assert await statuses(database) == {}


async def test_a_proposal_whose_evidence_is_gone_is_retired_by_itself(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await arrive(database, retraction("a", 2))
    assert await statuses(database) == {"breaks": "retired"}
    assert [e.status for e in await emitted(database, RecommendationRevised)] == ["proposed", "retired"]


async def test_an_adopted_one_goes_under_review_at_once_and_is_never_removed(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await arrive(database, retraction("a", 2))
    told = await emitted(database, RecommendationRevised)
    assert [(e.status, e.revision) for e in told] == [("proposed", 1), ("adopted", 2), ("under_review", 3)]
    assert told[-1].evidence == ()


async def test_it_stands_again_when_the_same_finding_is_released_again(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await arrive(database, retraction("a", 2))
    await arrive(database, insight("a", revision=3))
    assert await statuses(database) == {"breaks": "adopted"}


async def test_outcomes_become_evidence_and_a_withdrawn_one_leaves(database: Database) -> None:
    await arrive(database, insight("a"), practice(), outcome("x"), outcome("y"))
    await arrive(database, withdrawal("x"))
    event = (await emitted(database, RecommendationRevised))[-1]
    assert [ref.key for ref in event.evidence] == ["a", "y"]


async def test_a_withdrawn_outcome_lies_in_no_dead_letter(database: Database) -> None:
    letter = dead_letters.Letter("h", "e1", OutcomeRecorded.type_name(), "x.o0", "o0", "teksti", {})
    async with database.transaction() as tx:
        await dead_letters.save(tx, letter, "reason", 1)
    await arrive(database, withdrawal("o0"))
    async with database.transaction() as tx:
        assert await dead_letters.count_waiting(tx) == 0


async def test_outcomes_raise_certainty(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    before = (await record(database)).standing
    await arrive(database, *outcomes(12))
    after = (await record(database)).standing
    assert (before.certainty, after.certainty) == ("low", "high")


async def test_a_practice_that_leaves_the_library_puts_its_recommendation_under_review(
    database: Database,
) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await arrive(database, practice(revision=2, status="withdrawn"))
    assert await statuses(database) == {"": "proposed", "breaks": "under_review"}


async def test_a_practice_that_leaves_a_topic_is_no_longer_proposed_for_it(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await arrive(database, practice(revision=2, topics=("leadership",)))
    assert await statuses(database) == {"": "proposed", "breaks": "retired"}


async def test_topics_are_judged_each_by_itself(database: Database) -> None:
    both = practice(topics=("wellbeing", "leadership"))
    await arrive(database, insight("a"), insight("b", topic="leadership"), both)
    told = await emitted(database, RecommendationRevised)
    assert {(e.topic, e.practice) for e in told} == {("wellbeing", "breaks"), ("leadership", "breaks")}
    assert {ref.key for e in told for ref in e.evidence if e.topic == "leadership"} == {"b"}


async def test_a_segment_gets_a_recommendation_of_its_own(database: Database) -> None:
    await arrive(database, insight("s", segment=ROVANIEMI, segment_label=text("Rovaniemi")), practice())
    (event,) = await emitted(database, RecommendationRevised)
    assert event.segment == ROVANIEMI
    assert event.text.en.startswith("Rovaniemi: ")


async def test_a_decision_is_audited_with_its_reason(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt", strength="strong")
    await decide(database, "review")
    assert await audited(database) == [("rules", "proposed"), ("expert", "adopt"), ("expert", "review")]
    async with database.transaction() as tx:
        history = await store.list_history(tx, subject().key)
    assert history[1]["detail"]["strength"] == "strong"
    assert history[0]["detail"]["reason"]


async def test_a_refused_decision_changes_and_tells_nothing(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    with pytest.raises(Refused):
        await decide(database, "adopt", strength="strong", reason="")
    assert await statuses(database) == {"breaks": "proposed"}
    assert len(await emitted(database, RecommendationRevised)) == 1


async def test_an_unknown_recommendation_cannot_be_decided_on(database: Database) -> None:
    with pytest.raises(NotFound):
        await decide(database, "adopt", "wellbeing-0000000000000000")


async def test_two_people_cannot_decide_on_the_same_revision(database: Database) -> None:
    await arrive(database, insight("a"), practice())

    async def adopt() -> None:
        async with database.transaction() as tx:
            wish = Wish(kind="adopt", revision=1)
            await commands.decide_on(tx, EXPERT, subject().key, wish)

    results = await asyncio.gather(adopt(), adopt(), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Refused"]


async def test_a_persons_words_survive_new_evidence(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    async with database.transaction() as tx:
        await commands.edit_text(tx, EXPERT, subject().key, text("Our words"), 1)
    await arrive(database, insight("b", question="q2"), practice(revision=2, title=text("Another")))
    event = (await emitted(database, RecommendationRevised))[-1]
    assert event.text == text("Our words")
    assert ("expert", "reword") in await audited(database)


async def test_a_version_is_published_whole(database: Database) -> None:
    await arrive(database, insight("a"), practice("breaks"), practice("walks"))
    await decide(database, "adopt", subject("breaks").key)
    published = await publish(database)
    (event,) = await emitted(database, ModelVersionPublished)
    assert [r.practice for r in event.recommendations] == ["breaks"]
    assert (event.number, event.revision, published.content.number) == (1, 1, 1)
    assert event.changes.en == "New: Title breaks."


async def test_a_version_is_told_again_with_the_mark_at_once_and_again_when_it_stands(
    database: Database,
) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await publish(database)
    await arrive(database, retraction("a", 2))
    await arrive(database, insight("a", revision=3))
    told = await emitted(database, ModelVersionPublished)
    marks = [(e.number, e.revision, e.recommendations[0].under_review) for e in told]
    assert marks == [(1, 1, False), (1, 2, True), (1, 3, False)]


async def test_a_persons_request_for_review_marks_the_version_too(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    await publish(database)
    await decide(database, "review")
    assert (await emitted(database, ModelVersionPublished))[-1].recommendations[0].under_review


async def test_revisions_of_the_version_event_grow_over_all_versions(database: Database) -> None:
    await arrive(database, insight("a"), practice("breaks"), practice("walks"))
    await decide(database, "adopt", subject("breaks").key)
    await publish(database)
    await decide(database, "review", subject("breaks").key)
    await decide(database, "adopt", subject("walks").key)
    await publish(database)
    told = await emitted(database, ModelVersionPublished)
    assert [(e.number, e.revision) for e in told] == [(1, 1), (1, 2), (2, 3)]
    assert told[-1].changes.en == "New: Title walks. Left out: Title breaks."


async def test_a_published_version_keeps_its_words_and_figures(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    first = await publish(database)
    await arrive(database, retraction("a", 2), practice(revision=2, title=text("Another")))
    async with database.transaction() as tx:
        kept = await store.load_version(tx, 1)
    assert kept is not None
    assert kept.content == first.content


async def test_two_people_cannot_publish_the_same_version(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    await decide(database, "adopt")
    async with database.transaction() as first:
        await commands.publish_version(first, EXPERT)
        second = asyncio.create_task(publish(database))
        await asyncio.wait([second], timeout=0.3)
    with pytest.raises(Refused, match="Nothing has changed"):
        await second


async def test_an_event_answers_to_the_fact_that_led_to_it(database: Database) -> None:
    async with database.transaction(Origin("of-the-import", causation_id="the-insight")) as tx:
        await commands.keep_insight(tx, insight("a"))
    async with database.transaction() as tx:
        await commands.judge(tx)
        await tx.flush()
        row = await tx.first(select(outbox.c.correlation_id, outbox.c.causation_id))
    assert row is not None
    assert tuple(row.values()) == ("of-the-import", "the-insight")


async def test_what_waits_for_the_judge_counts_as_work_that_waits(database: Database) -> None:
    (waiting,) = service.work_waiting
    async with database.transaction() as tx:
        await commands.keep_insight(tx, insight("a"))
        assert await waiting(tx) == 1
        await commands.judge(tx)
        assert await waiting(tx) == 0


async def test_nothing_is_judged_before_something_asks_for_it(database: Database) -> None:
    await arrive(database, insight("a"), practice())
    async with database.transaction() as tx:
        assert await store.count_stale(tx) == 0
        await tx.execute(delete(insights))
        await commands.judge(tx)
    assert await statuses(database) == {"breaks": "proposed"}


async def test_evidence_that_arrives_while_others_are_judged_is_judged_next(database: Database) -> None:
    await arrive(database, practice())
    async with database.transaction() as late:
        await commands.keep_insight(late, insight("a"))
        async with database.transaction() as tx:
            await commands.judge(tx)
    assert await statuses(database) == {}
    await arrive(database)
    assert await statuses(database) == {"breaks": "proposed"}
