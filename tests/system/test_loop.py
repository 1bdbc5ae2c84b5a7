"""All four services for real: from answers to posts, back to the question, and back again when evidence goes."""

from __future__ import annotations

from typing import Any

import asyncpg
import nats
import pytest

from shared.cli.client import Services
from shared.cli.evidence import follow, is_good
from shared.cli.settling import SERVICES, settle
from shared.tracing import parse
from tests.system.conftest import DemoStack

pytestmark = pytest.mark.system

LIVE = {
    "coaching": "SELECT playbook, revision, items::text FROM playbooks",
    "model": "SELECT * FROM recommendations",
    "campaign": "SELECT * FROM posts WHERE status <> 'draft'",
}


def insights_below(link: Any) -> list[Any]:
    """Every insight that a thing stands on."""
    own = [link] if link["kind"] == "insight" else []
    return own + [found for below in link["stands_on"] for found in insights_below(below)]


def traced(services: Services, thing: str) -> Any:
    chain = follow(services, thing)
    assert chain is not None, thing
    assert insights_below(chain), thing
    return chain


def published(services: Services) -> list[Any]:
    return [post for post in services.get("campaign", "/admin/api/posts") if post["status"] == "published"]


def first_item(services: Services) -> str:
    organisation = services.get("coaching", "/admin/api/organisations")[0]
    return f"{organisation['organisation']}--{organisation['top']}"


def things(services: Services) -> dict[str, str]:
    """One of each kind that can be traced."""
    recommendation = services.get("model", "/admin/api/recommendations", status="adopted")[0]
    post = published(services)[0]
    return {
        "playbook item": first_item(services),
        "recommendation": recommendation["key"],
        "theme": post["topic"],
        "post": post["post"],
    }


def test_answers_become_insights_playbooks_recommendations_themes_and_posts(demo_stack: DemoStack) -> None:
    counts = demo_stack.counts
    assert counts["answers"] == 900
    assert counts["dead_letters"] == 0
    for what in ("insights", "indications", "playbooks", "recommendations", "versions", "themes", "posts"):
        assert counts[what] > 0, what


@pytest.mark.parametrize("kind", ["playbook item", "recommendation", "theme", "post"])
def test_everything_told_resolves_to_question_figure_interval_band_and_answers(
    demo_stack: DemoStack, kind: str
) -> None:
    chain = traced(demo_stack.services, things(demo_stack.services)[kind])
    for insight in insights_below(chain):
        assert insight["question_text"]["fi"]
        figure = insight["figure"]
        assert figure["low"] <= figure["estimate"] <= figure["high"]
        assert figure["n_band"]
        assert len(insight["answers_hash"]) == 64
        assert insight["release"]


def test_a_post_and_a_recommendation_stand_on_confirmed_insights_only(demo_stack: DemoStack) -> None:
    for kind in ("recommendation", "post"):
        chain = traced(demo_stack.services, things(demo_stack.services)[kind])
        assert {insight["tier"] for insight in insights_below(chain)} == {"confirmed"}


def test_every_released_figure_comes_out_the_same_from_the_answers(demo_stack: DemoStack) -> None:
    for release in demo_stack.services.get("survey", "/admin/api/releases"):
        verified = demo_stack.services.get("survey", f"/admin/api/releases/{release['release']}/verify")
        assert is_good(verified)
        assert verified["agree"] == verified["figures"] > 0


def test_an_outcome_reaches_the_model_as_evidence(demo_stack: DemoStack) -> None:
    found = demo_stack.services.get("model", "/admin/api/recommendations")
    assert demo_stack.services.get("coaching", "/admin/api/status")["outcomes"] >= 1
    assert any(one["evidence"]["outcomes"] for one in found)


async def told_by_all(demo_stack: DemoStack) -> dict[str, Any]:
    """The events of all services by their ids."""
    found = {}
    for service in SERVICES:
        connection = await asyncpg.connect(host=str(demo_stack.stack.sockets), user=service, database=service)
        found |= {row["id"]: row for row in await connection.fetch("SELECT * FROM outbox")}
        await connection.close()
    return found


async def test_every_event_says_what_it_came_from_down_to_a_request_or_the_clock(
    demo_stack: DemoStack,
) -> None:
    events = await told_by_all(demo_stack)
    caused = [event for event in events.values() if event["causation_id"]]
    assert {event["type"] for event in caused} >= {
        "latu.coaching.playbook_remade.v1",
        "latu.model.recommendation_revised.v1",
    }
    for event in caused:
        assert event["correlation_id"] == events[event["causation_id"]]["correlation_id"]
    for event in events.values():
        assert event["correlation_id"]
        assert parse(event["traceparent"]) is not None


async def test_a_trace_of_evidence_names_the_request_behind_each_step(demo_stack: DemoStack) -> None:
    events = await told_by_all(demo_stack)
    chain = traced(demo_stack.services, things(demo_stack.services)["post"])
    for link in [chain, *insights_below(chain)]:
        told = events[link["told"]["event"]]
        assert (told["key"], told["revision"]) == (link["key"], link["revision"])
        assert link["told"]["trace"] == told["traceparent"].split("-")[1]


# The timer that the import woke makes the release, or a person who asks for it before.
RELEASING = ("timer releases", "POST /admin/api/rounds/{code}/releases")
FROM_A_RELEASE = {
    ("latu-coaching", "process coaching-survey-insight_released-v1"),
    ("latu-coaching", "timer remake_playbooks"),
    ("latu-model", "process model-survey-insight_released-v1"),
    ("latu-model", "judge"),
    ("latu-coaching", "process coaching-model-recommendation_revised-v1"),
    ("latu-campaign", "process campaign-survey-insight_released-v1"),
    ("latu-campaign", "timer draft_posts"),
}
TOLD_OF_SPANS = {
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.batch.message_count",
    "messaging.message.id",
    "messaging.system",
}


@pytest.mark.tracing
def test_one_trace_goes_from_a_release_through_playbook_and_recommendation_to_the_drafts(
    demo_stack: DemoStack,
) -> None:
    spans = demo_stack.collector.spans
    traces = {span.trace for span in spans if span.name in RELEASING}
    told = [{(span.service, span.name) for span in spans if span.trace == trace} for trace in traces]
    assert any(one >= FROM_A_RELEASE for one in told)


@pytest.mark.tracing
def test_the_timer_that_an_import_wakes_goes_on_in_its_trace(demo_stack: DemoStack) -> None:
    spans = demo_stack.collector.spans
    (trace,) = {span.trace for span in spans if span.name == "POST /admin/api/imports"}
    told = {(span.service, span.name) for span in spans if span.trace == trace}
    assert ("latu-survey", "timer releases") in told


@pytest.mark.tracing
def test_no_span_tells_more_than_routes_handlers_and_ids(demo_stack: DemoStack) -> None:
    spans = demo_stack.collector.spans
    assert {name for span in spans for name in span.attributes} <= TOLD_OF_SPANS
    keys = [post["post"] for post in demo_stack.services.get("campaign", "/admin/api/posts")]
    assert not [span for span in spans for key in keys if key in str(span)]
    assert demo_stack.collector.others == []


async def live_state(demo_stack: DemoStack) -> dict[str, list[str]]:
    found = {}
    for service, query in LIVE.items():
        connection = await asyncpg.connect(host=str(demo_stack.stack.sockets), user=service, database=service)
        found[service] = sorted(str(tuple(row)) for row in await connection.fetch(query))
        await connection.close()
    return found


async def replay_everything(demo_stack: DemoStack, empty_inboxes: bool) -> int:
    """Publish every message of both streams again, under its own id; returns how many."""
    client = await nats.connect(demo_stack.stack.nats_url)
    jetstream = client.jetstream()
    count = 0
    for stream in ("PUBLIC", "INTERNAL"):
        last = (await jetstream.stream_info(stream)).state.last_seq
        for sequence in range(1, last + 1):
            message = await jetstream.get_msg(stream, sequence)
            headers = {k: v for k, v in (message.headers or {}).items() if k.startswith(("ce-", "content-"))}
            if empty_inboxes:
                headers["ce-id"] = f"{headers['ce-id'][:-6]}{count:06}"
            await jetstream.publish(message.subject, message.data or b"", headers=headers)
            count += 1
    await client.close()
    return count


@pytest.mark.parametrize("unknown", [False, True], ids=["with-their-ids", "with-ids-nobody-knows"])
async def test_replaying_all_streams_changes_nothing(demo_stack: DemoStack, unknown: bool) -> None:
    before = await live_state(demo_stack)
    assert all(before.values())
    assert await replay_everything(demo_stack, unknown) > 100
    assert settle(demo_stack.services) == 0
    assert await live_state(demo_stack) == before


async def test_rebuilding_every_service_while_it_serves_changes_nothing(demo_stack: DemoStack) -> None:
    before = await live_state(demo_stack)
    for service in SERVICES:
        done = demo_stack.services.post(service, "/admin/api/rebuild", json={})
        assert {counts["put_right"] + counts["gone"] for counts in done["tables"].values()} == {0}
    assert settle(demo_stack.services) == 0
    assert await live_state(demo_stack) == before


async def survey_keeps(demo_stack: DemoStack, words: str) -> bool:
    """Whether the survey's database holds these words anywhere among the stories."""
    connection = await asyncpg.connect(host=str(demo_stack.stack.sockets), user="survey", database="survey")
    rows = await connection.fetch("SELECT s::text AS row FROM stories s")
    await connection.close()
    return any(words in row["row"] for row in rows)


async def test_a_published_story_becomes_an_open_answer_and_leaves_no_word_when_removed(
    demo_stack: DemoStack,
) -> None:
    services = demo_stack.services
    services.post("campaign", "/api/stories", json=STORY)
    story = services.get("campaign", "/admin/api/stories")[0]["story"]
    services.post("campaign", f"/admin/api/stories/{story}/publish")
    settle(services)
    assert await survey_keeps(demo_stack, STORY["text"])
    services.post("campaign", f"/admin/api/stories/{story}/remove", json={"reason": "test"})
    assert settle(services) == 0
    assert not await survey_keeps(demo_stack, STORY["text"])


STORY: dict[str, Any] = {
    "title": "Yhteinen päivä",
    "text": "Sovimme, että tiistaisin olemme kaikki samassa paikassa. Se riitti.",
    "topic": "community",
    "language": "fi",
    "consent": True,
}


def test_undoing_the_import_takes_back_everything_that_stood_on_it(demo_stack: DemoStack) -> None:
    services = demo_stack.services
    adopted = things(services)["recommendation"]
    assert first_item(services)
    live = {post["post"] for post in published(services)}
    undone = services.get("survey", "/admin/api/imports")[0]["import_id"]
    done = services.post("survey", "/admin/api/erasures", json={"kind": "import", "value": undone})
    assert done["judged"] == "at_once"
    assert settle(services) == 0
    assert services.get("survey", "/admin/api/rounds/lappi-2026/insights") == []
    assert services.get("model", f"/admin/api/recommendations/{adopted}")["status"] == "under_review"
    for post in services.get("campaign", "/admin/api/posts"):
        assert post["status"] == "held" if post["post"] in live else post["status"] != "published"
    for organisation in services.get("coaching", "/admin/api/organisations"):
        book = services.get("coaching", f"/admin/api/playbooks/{organisation['organisation']}")
        assert {one["status"] for one in book["items"]} <= {"suspended"}


def test_nothing_is_left_unpublished_unhandled_or_put_aside(demo_stack: DemoStack) -> None:
    for service in SERVICES:
        backbone = demo_stack.services.get(service, "/admin/api/backbone")
        assert backbone["outbox_waiting"] == backbone["dead_letters"] == backbone["work_waiting"] == 0
        assert all(one == {"pending": 0, "unacknowledged": 0} for one in backbone["consumers"].values())
