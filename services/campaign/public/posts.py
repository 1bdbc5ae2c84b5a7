"""The campaign page, posts, their feeds and the published rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.campaign import announcements, charts, feeds, store, thresholds
from services.campaign.posts import Post
from services.campaign.public import indicators
from shared import opened
from shared.db import Transaction
from shared.errors import NotFound
from shared.events import Text
from shared.requests import Tx, render
from shared.vocabulary import vocabulary

router = APIRouter()
NEWEST_STORIES = 5
NEWEST_INDICATORS = 20


@router.get("/", include_in_schema=False)
async def show_campaign(request: Request, tx: Tx) -> Response:
    """What was published, newest first."""
    live = await store.list_live_posts(tx)
    told = await store.list_stories(tx, "published")
    return render(
        request,
        "campaign.html",
        posts=live,
        stories=told[:NEWEST_STORIES],
        topic=vocabulary().topic,
        indicators=await indicators.newest(tx, NEWEST_INDICATORS),
        place=_place,
    )


def _place(segment: Mapping[str, str]) -> list[Text]:
    """The parts of the region that a partner's figure speaks of, in words."""
    names = {(one, term.code): term.text for one in segment for term in vocabulary().terms(one)}
    return [names[part] for part in segment.items() if part in names]


@router.get("/posts/{key}", include_in_schema=False)
async def show_post(request: Request, tx: Tx, key: str) -> Response:
    """One post with its figures; a withdrawn one says why it is gone."""
    post = await _found(tx, key)
    if not post.live:
        return render(request, "post_withdrawn.html", http_status=410, post=post)
    told = await store.list_stories(tx, "published", post.topic)
    return render(
        request,
        "post.html",
        post=post,
        body=announcements.body_as_read(post),
        shown=[] if post.status == "held" else post.ground.insights,
        charts=[] if post.status == "held" else charts.group(post.ground.insights),
        synthetic=post.ground.synthetic or post.written_on.synthetic,
        stories=told[:NEWEST_STORIES],
        topic=vocabulary().topic(post.topic),
    )


@router.get("/feed.xml", include_in_schema=False)
async def finnish_feed(request: Request, tx: Tx) -> Response:
    """The posts as Atom, in Finnish."""
    return await _feed(request, tx, "fi", "/feed.xml")


@router.get("/feed.en.xml", include_in_schema=False)
async def english_feed(request: Request, tx: Tx) -> Response:
    """The posts as Atom, in English."""
    return await _feed(request, tx, "en", "/feed.en.xml")


@router.get("/rules", include_in_schema=False)
async def show_rules(request: Request) -> Response:
    """How themes are scored and drafts chosen."""
    return render(request, "rules.html", rules=thresholds)


@router.get("/api/posts", dependencies=[opened.ANY_SITE])
async def list_posts(request: Request, tx: Tx) -> list[dict[str, Any]]:
    """The live posts, newest first, each with its figures and the evidence that they resolve to."""
    return [_as_json(request, post) for post in await store.list_live_posts(tx)]


@router.get("/api/posts/{key}", dependencies=[opened.ANY_SITE])
async def read_post(request: Request, tx: Tx, key: str) -> dict[str, Any]:
    """One live post."""
    post = await _found(tx, key)
    if not post.live:
        raise NotFound("no_such_post", "There is no such post.")
    return _as_json(request, post)


async def _found(tx: Transaction, key: str) -> Post:
    post = await store.load_post(tx, key)
    if post is None or post.published_at is None:
        raise NotFound("no_such_post", "There is no such post.")
    return post


async def _feed(request: Request, tx: Transaction, language: str, path: str) -> Response:
    address = request.app.state.settings.campaign_url.rstrip("/")
    live = await store.list_live_posts(tx, limit=thresholds.POSTS_IN_FEED)
    entries = [feeds.Entry(announcements.as_event(post, tx.now), post.changed_at or tx.now) for post in live]
    body = feeds.atom(entries, feeds.Place(language, address, path))
    return opened.answer(request, body, "application/atom+xml")


def _as_json(request: Request, post: Post) -> dict[str, Any]:
    changed_at = post.changed_at or post.published_at
    if changed_at is None:
        raise NotFound("no_such_post", "There is no such post.")
    address = request.app.state.settings.campaign_url.rstrip("/")
    state = announcements.as_event(post, changed_at).model_dump(mode="json")
    return {**state, "updated": changed_at.isoformat(), "address": f"{address}/posts/{post.key}"}
