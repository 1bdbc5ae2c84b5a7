"""What the campaign service does, on a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from services.campaign import commands, corrections, store, thresholds
from services.campaign.posts import Post
from services.campaign.tables import story_contacts
from services.campaign.wordings import Wording
from shared.backbone import audit, outbox
from shared.db import Database
from shared.errors import Invalid, NotFound, Refused
from shared.events import BY_TYPE, Event, PostPublished, PostWithdrawn, StoryPublished, StoryWithdrawn, Text
from tests.campaign.conftest import Clock
from tests.campaign.given import figure, insight, recommendation, retracted, telling, text, version

WORDS = Wording(Text(fi="Otsikko", en="Title"), Text(fi="Oma teksti. {1}", en="Own words. {1}"))


async def do(database: Database, command: Any, *args: Any) -> Any:
    async with database.transaction() as tx:
        return await command(tx, *args)


async def given_draft(database: Database, *facts: Any) -> str:
    for fact in facts or (insight(),):
        await do(database, commands.keep_insight, fact)
    await do(database, commands.draft_posts)
    async with database.transaction() as tx:
        return (await store.list_posts(tx, "draft"))[0].key


async def given_post(database: Database, *facts: Any) -> str:
    key = await given_draft(database, *facts)
    await do(database, commands.approve_post, key, "editor")
    await do(database, commands.publish_post, key, "editor")
    return key


async def post(database: Database, key: str) -> Post:
    found: Post = await do(database, store.load_post, key)
    return found


async def emitted(database: Database) -> list[Event]:
    async with database.transaction() as tx:
        rows = await tx.all(select(outbox).order_by(outbox.c.position))
    return [BY_TYPE[row["type"]].model_validate_json(row["body"]) for row in rows if row["body"]]


async def actions(database: Database, subject: str) -> list[tuple[str, str]]:
    async with database.transaction() as tx:
        rows = await tx.all(select(audit).where(audit.c.subject == subject).order_by(audit.c.position))
    return [(row["actor"], row["action"]) for row in rows]


class TestDrafting:
    async def test_a_theme_with_enough_points_gets_one_draft(self, database: Database) -> None:
        await given_draft(database, insight("i1"), insight("i2"))
        assert await do(database, store.count_posts) == {"draft": 1}

    async def test_drafting_again_changes_nothing(self, database: Database) -> None:
        key = await given_draft(database)
        before = await post(database, key)
        await do(database, commands.draft_posts)
        assert await post(database, key) == before
        assert await actions(database, key) == [("evidence", "post_drafted")]

    async def test_an_untouched_draft_is_written_anew_when_its_evidence_is_revised(
        self, database: Database
    ) -> None:
        key = await given_draft(database)
        moved = insight("i1", 2, figure=figure(2.1, 2.5))
        await do(database, commands.keep_insight, moved)
        await do(database, commands.draft_posts)
        found = await post(database, key)
        assert (found.stale, found.ground.insights, found.written_on.insights) == (False, (moved,), (moved,))

    async def test_an_untouched_draft_goes_with_its_evidence(self, database: Database) -> None:
        key = await given_draft(database)
        await do(database, commands.keep_insight, retracted())
        await do(database, commands.draft_posts)
        assert await post(database, key) is None

    async def test_an_edited_draft_stays_marked_when_its_evidence_goes(self, database: Database) -> None:
        key = await given_draft(database)
        await do(database, commands.edit_post, key, "editor", WORDS)
        await do(database, commands.keep_insight, retracted())
        await do(database, commands.draft_posts)
        found = await post(database, key)
        assert (found.status, found.stale, found.wording) == ("draft", True, WORDS)
        with pytest.raises(Refused, match="no longer stands"):
            await do(database, commands.approve_post, key, "editor")

    async def test_a_theme_in_an_editors_hand_gets_no_second_draft(self, database: Database) -> None:
        key = await given_draft(database)
        await do(database, commands.edit_post, key, "editor", WORDS)
        await do(database, commands.keep_insight, insight("i0", figure=figure(1.0, 1.1)))
        await do(database, commands.draft_posts)
        assert await do(database, store.count_posts) == {"draft": 1}

    async def test_an_insight_is_not_drafted_again_after_its_post_was_published_or_discarded(
        self, database: Database
    ) -> None:
        published = await given_post(database, insight("i1"))
        other = await given_draft(database, insight("i2"))
        await do(database, commands.withdraw_post, other, "editor")
        await do(database, commands.draft_posts)
        assert await do(database, store.count_posts) == {"published": 1, "withdrawn": 1}
        assert other != published

    async def test_a_draft_quotes_the_models_recommendation(self, database: Database) -> None:
        await do(database, commands.keep_version, version(1, recommendation()))
        found = await post(database, await given_draft(database))
        assert found.ground.advice.recommendation == "rec1"


class TestPosts:
    async def test_publishing_announces_the_post_with_its_evidence(self, database: Database) -> None:
        key = await given_post(database)
        (event,) = await emitted(database)
        assert isinstance(event, PostPublished)
        assert (event.post, event.status, event.revision) == (key, "published", 1)
        assert event.figures[0].evidence.key == "i1"

    async def test_nothing_is_announced_before_publishing(self, database: Database) -> None:
        key = await given_draft(database)
        await do(database, commands.approve_post, key, "editor")
        assert await emitted(database) == []

    async def test_a_scheduled_post_is_published_when_its_time_has_come(
        self, database: Database, clock: Clock
    ) -> None:
        key = await given_draft(database)
        await do(database, commands.approve_post, key, "editor")
        await do(database, commands.schedule_post, key, clock.now + timedelta(hours=1), "editor")
        clock.move(minutes=59)
        await do(database, commands.publish_due_posts)
        assert (await post(database, key)).status == "scheduled"
        clock.move(minutes=1)
        assert await do(database, commands.publish_due_posts) is False
        found = await post(database, key)
        assert (found.status, found.published_at, found.scheduled_for) == ("published", clock.now, None)
        assert ("clock", "post_published") in await actions(database, key)

    async def test_a_scheduled_post_whose_evidence_changed_is_not_published(
        self, database: Database, clock: Clock
    ) -> None:
        key = await given_draft(database)
        await do(database, commands.approve_post, key, "editor")
        await do(database, commands.schedule_post, key, clock.now + timedelta(hours=1), "editor")
        await do(database, commands.keep_insight, insight("i1", 2, figure=figure(2.1, 2.5)))
        clock.move(hours=2)
        await do(database, commands.publish_due_posts)
        assert (await post(database, key)).status == "held"
        assert await emitted(database) == []

    async def test_a_correction_is_announced_by_itself_with_the_new_revision(
        self, database: Database
    ) -> None:
        key = await given_post(database)
        await do(database, commands.keep_insight, insight("i1", 2, figure=figure(2.1, 2.5)))
        first, second = await emitted(database)
        assert (second.revision, second.status) == (first.revision + 1, "corrected")
        assert second.figures[0].evidence.revision == 2
        assert second.correction is not None
        assert ("evidence", "post_followed_evidence") in await actions(database, key)

    async def test_a_retraction_holds_the_post_and_says_so(self, database: Database) -> None:
        await given_post(database)
        await do(database, commands.keep_insight, retracted())
        event = (await emitted(database))[-1]
        assert (event.status, event.figures, event.correction) == ("held", (), corrections.held("retracted"))

    async def test_a_recommendation_put_under_review_holds_the_posts_that_quote_it(
        self, database: Database
    ) -> None:
        await do(database, commands.keep_version, version(1, recommendation()))
        key = await given_post(database)
        await do(database, commands.keep_version, version(2, recommendation(under_review=True)))
        assert (await post(database, key)).held_because == "advice"

    async def test_withdrawing_is_announced_and_audited(self, database: Database) -> None:
        key = await given_post(database)
        await do(database, commands.withdraw_post, key, "editor", text("Pois"))
        event = (await emitted(database))[-1]
        assert isinstance(event, PostWithdrawn)
        assert (event.revision, event.reason) == (2, text("Pois"))
        assert (await actions(database, key))[-1] == ("editor", "post_withdrawn")

    async def test_discarding_a_draft_announces_nothing(self, database: Database) -> None:
        key = await given_draft(database)
        await do(database, commands.withdraw_post, key, "editor")
        assert await emitted(database) == []

    async def test_a_figure_cannot_be_typed(self, database: Database) -> None:
        key = await given_draft(database)
        typed = Wording(WORDS.title, Text(fi="Jopa 90 %.", en="As much as 90%."))
        with pytest.raises(Invalid, match="cannot be typed"):
            await do(database, commands.edit_post, key, "editor", typed)
        assert not (await post(database, key)).edited

    async def test_a_held_post_is_drafted_anew_and_given_back(self, database: Database) -> None:
        key = await given_post(database, insight("i1"), insight("i2", certainty="low"))
        await do(database, commands.keep_insight, retracted("i2"))
        assert (await post(database, key)).status == "held"
        await do(database, commands.redraft_post, key, "editor")
        assert (await post(database, key)).status == "held"
        await do(database, commands.publish_post, key, "editor")
        found = await post(database, key)
        assert (found.status, found.correction) == ("corrected", corrections.REVIEWED)
        assert [one.insight for one in found.ground.insights] == ["i1"]

    async def test_a_post_without_its_lead_can_only_be_withdrawn(self, database: Database) -> None:
        key = await given_post(database)
        await do(database, commands.keep_insight, retracted())
        for command in (commands.redraft_post, commands.publish_post):
            with pytest.raises(Refused, match="no longer stands"):
                await do(database, command, key, "editor")
        assert (await do(database, commands.withdraw_post, key, "editor")).status == "withdrawn"

    async def test_publishing_takes_novelty_from_the_theme(self, database: Database) -> None:
        await given_draft(database)
        before = await do(database, store.load_theme, "leadership")
        key = await given_post(database)
        after = await do(database, store.load_theme, "leadership")
        assert before.points.novelty == thresholds.NOVELTY_POINTS
        assert after.points.novelty == 0
        assert key.startswith("leadership-")

    async def test_what_does_not_exist_is_said_not_to_exist(self, database: Database) -> None:
        with pytest.raises(NotFound):
            await do(database, commands.approve_post, "no-such", "editor")


class TestStories:
    async def given_story(self, database: Database, **more: Any) -> commands.Receipt:
        found: commands.Receipt = await do(database, commands.submit_story, telling(**more))
        return found

    async def publish(self, database: Database, key: str) -> None:
        told = await do(database, store.load_story, key)
        await do(database, commands.publish_story, key, "editor", told.title, told.text)

    async def test_a_published_story_is_announced_and_counts_for_its_theme(self, database: Database) -> None:
        await do(database, commands.keep_insight, insight("i1", topic="community"))
        receipt = await self.given_story(database)
        assert await emitted(database) == []
        await self.publish(database, receipt.story)
        (event,) = await emitted(database)
        assert isinstance(event, StoryPublished)
        assert (event.story, event.text, event.topic) == (receipt.story, telling().text, "community")
        theme = await do(database, store.load_theme, "community")
        assert theme.points.stories > 0

    async def test_a_form_sent_twice_is_one_story(self, database: Database) -> None:
        await do(database, commands.submit_story, telling(), "a" * 32)
        with pytest.raises(Refused, match="already received"):
            await do(database, commands.submit_story, telling(), "a" * 32)
        assert await do(database, store.count_stories) == {"submitted": 1}

    async def test_a_turned_down_story_leaves_no_words_and_no_address(self, database: Database) -> None:
        receipt = await self.given_story(database, email="kertoja@example.org")
        await do(database, commands.reject_story, receipt.story, "editor", "mainos")
        assert await self.everything(database) == ""
        assert (await do(database, store.load_story, receipt.story)).status == "rejected"
        assert await emitted(database) == []

    async def test_the_teller_takes_a_story_back_and_nothing_of_it_is_left_anywhere(
        self, database: Database
    ) -> None:
        receipt = await self.given_story(database, email="kertoja@example.org")
        await self.publish(database, receipt.story)
        assert await self.everything(database) != ""
        await do(database, commands.withdraw_story, receipt.code.lower())
        assert await self.everything(database) == ""
        (event,) = await emitted(database)
        assert isinstance(event, StoryWithdrawn)
        assert event.revision == 2
        async with database.transaction() as tx:
            purged = await tx.value(sql("SELECT subject FROM purges"))
        assert purged == f"latu.public.campaign.story_published.v1.{receipt.story}"

    async def test_a_story_that_waits_can_be_taken_back_without_an_event(self, database: Database) -> None:
        receipt = await self.given_story(database)
        await do(database, commands.withdraw_story, receipt.code)
        assert await emitted(database) == []
        assert await self.everything(database) == ""

    async def test_a_wrong_code_takes_nothing_back(self, database: Database) -> None:
        receipt = await self.given_story(database)
        with pytest.raises(NotFound):
            await do(database, commands.withdraw_story, "0000-0000-0000-0000")
        assert (await do(database, store.load_story, receipt.story)).status == "submitted"

    async def test_the_code_itself_is_not_kept(self, database: Database) -> None:
        receipt = await self.given_story(database)
        async with database.transaction() as tx:
            rows = await tx.all(sql("SELECT s::text AS everything FROM stories s"))
        assert receipt.code not in rows[0]["everything"]
        assert receipt.code.replace("-", "") not in rows[0]["everything"]

    async def test_moderation_is_logged_without_the_words(self, database: Database) -> None:
        receipt = await self.given_story(database, text="Kerroimme Kissalassa asiasta kaikille.")
        await do(
            database,
            commands.publish_story,
            receipt.story,
            "editor",
            "Otsikko",
            "Kerroimme asiasta kaikille.",
        )
        async with database.transaction() as tx:
            row = await tx.first(select(audit).where(audit.c.subject == receipt.story))
        assert row["detail"]["changed"] == ["title", "text"]
        assert "Kissala" not in str(row)

    async def test_a_flood_is_stopped(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(thresholds, "STORIES_WAITING", 1)
        await self.given_story(database)
        with pytest.raises(Refused, match="So many stories"):
            await self.given_story(database)

    async def everything(self, database: Database) -> str:
        """What is left of words and addresses in stories, outbox, dead letters and audit trail."""
        async with database.transaction() as tx:
            contacts = await tx.all(select(story_contacts.c.email))
            words = await tx.value(
                sql(
                    "SELECT concat((SELECT string_agg(title || text, '') FROM stories),"
                    " (SELECT string_agg(body, '') FROM outbox WHERE body LIKE '%palaveri%'),"
                    " (SELECT string_agg(detail::text, '') FROM audit WHERE detail::text LIKE '%palaveri%'))"
                )
            )
        return f"{words}{''.join(row['email'] for row in contacts)}"
