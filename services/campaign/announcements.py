"""Announcements: what the public sees of a post, and when that counts as a new revision."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.campaign import corrections, wordings
from services.campaign.posts import Post
from shared.events import Evidence, PostFigure, PostPublished, Text


def body_as_read(post: Post) -> Text:
    """The body with the sentences of the evidence in their places; of a held post only the note."""
    if post.status == "held" and post.live:
        return post.correction or corrections.REVIEWED
    return wordings.filled(post.wording.body, post.written_on, post.ground)


def figures(post: Post) -> tuple[PostFigure, ...]:
    """The figures that readers see, each resolving to an insight revision; a held post shows none."""
    if post.status == "held" and post.live:
        return ()
    return tuple(
        PostFigure(
            evidence=Evidence(kind="insight", key=one.insight, revision=one.revision),
            sentence=one.sentence,
            figure=one.figure,
            released_on=one.released_on,
        )
        for one in post.ground.insights
    )


def as_event(post: Post, now: datetime) -> PostPublished:
    """The public state of a live post."""
    if not post.live or post.status not in ("published", "corrected", "held"):
        raise ValueError(f"post {post.key} is not public")
    return PostPublished(
        revision=max(1, post.revision),
        occurred_at=now,
        post=post.key,
        status=post.status,
        theme=post.topic,
        topic=post.topic,
        title=post.wording.title,
        body=body_as_read(post),
        figures=figures(post),
        published_at=post.published_at or now,
        correction=post.correction,
        synthetic=post.ground.synthetic or post.written_on.synthetic,
    )


def step(before: Post | None, after: Post, now: datetime) -> Post:
    """Count a new public state when what readers see changed; the caller publishes it."""
    if after.status == "withdrawn":
        gone = before is not None and before.live
        return replace(after, revision=after.revision + 1, changed_at=now) if gone else after
    if not after.live or (before is not None and before.live and _seen(before, now) == _seen(after, now)):
        return after
    return replace(after, revision=after.revision + 1, changed_at=now)


def _seen(post: Post, now: datetime) -> PostPublished:
    return as_event(replace(post, revision=1), now)
