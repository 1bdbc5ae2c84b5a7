"""Posts: their states, and how a post follows its evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.campaign import corrections, wordings
from services.campaign.grounds import Ground, Known, advice_is_gone, compare
from services.campaign.wordings import Wording
from shared.errors import Invalid, Refused
from shared.events import Text, Topic

Status = Literal["draft", "approved", "scheduled", "published", "corrected", "held", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Post:
    """One post. `written_on` is the evidence that its wording was made or approved on, `ground` the same now.

    `stale` marks a draft or an approved post whose evidence changed since; `note` is what staff said about a
    correction, `held_because` why it is on hold, `hold_note` what staff said about that. `revision` counts
    the public states; 0 means that it was never public.
    """

    key: str
    topic: Topic
    wording: Wording
    written_on: Ground
    ground: Ground
    status: Status = "draft"
    edited: bool = False
    stale: bool = False
    held_because: corrections.HeldBecause | None = None
    note: Text | None = None
    hold_note: Text | None = None
    scheduled_for: datetime | None = None
    published_at: datetime | None = None
    changed_at: datetime | None = None
    revision: int = 0

    @property
    def live(self) -> bool:
        """Whether the public can read it, held ones included."""
        return self.published_at is not None and self.status != "withdrawn"

    @property
    def lead(self) -> str:
        """Key of the leading insight."""
        return self.written_on.insights[0].insight

    @property
    def correction(self) -> Text | None:
        """What readers are told about changes or a hold; None when there is nothing to tell."""
        if self.status == "held":
            return self.hold_note or corrections.held(self.held_because)
        if self.status != "corrected":
            return None
        return corrections.corrected(self.note, self.written_on, self.ground)


def reconsider(post: Post, known: Known) -> Post:
    """The post as its evidence now has it: it depends on the evidence alone, not on the way there.

    What staff approved or scheduled waits while its evidence differs, and stands again when it does not.
    """
    now = known.standing(post.written_on)
    if post.live:
        return _follow(replace(post, ground=now))
    reason = _reason(post.written_on, now)
    if post.status in ("draft", "approved"):
        return replace(post, ground=now, stale=reason is not None)
    if post.status == "scheduled" or (post.status == "held" and post.held_because != "staff"):
        return replace(post, status="held" if reason else "scheduled", ground=now, held_because=reason)
    return post if post.status == "withdrawn" else replace(post, ground=now)


def approve(post: Post) -> Post:
    """Staff found the draft good as it stands on its evidence of now.

    Raises:
        Refused: it is not a draft, or its evidence changed under the wording.
    """
    if post.live or post.status not in ("draft", "held"):
        raise Refused("post_not_a_draft", "Only a draft can be approved.")
    _check_fresh(post)
    return replace(post, status="approved", held_because=None, hold_note=None)


def schedule(post: Post, at: datetime, now: datetime) -> Post:
    """An approved post is to be published at a time to come."""
    if post.status not in ("approved", "scheduled"):
        raise Refused("post_not_approved", "Only an approved post can be scheduled.")
    _check_fresh(post)
    if at <= now:
        raise Invalid("schedule_in_the_past", "The time to publish must be in the future.")
    return replace(post, status="scheduled", scheduled_for=at)


def publish(post: Post, now: datetime, note: Text | None = None) -> Post:
    """An approved post goes out, or a held one goes back to its readers with a note."""
    if post.live and post.status == "held":
        check_ground(post)
        said = note or post.note or corrections.REVIEWED
        back = replace(post, held_because=None, hold_note=None, note=said, written_on=post.ground)
        return _follow(back)
    if post.status not in ("approved", "scheduled"):
        raise Refused("post_not_approved", "Only an approved or a held post can be published.")
    _check_fresh(post)
    return _follow(replace(post, published_at=now, scheduled_for=None, written_on=post.ground))


def hold(post: Post, note: Text) -> Post:
    """Staff put a live or scheduled post on hold; readers see the note."""
    if not post.live and post.status != "scheduled":
        raise Refused("post_not_live", "Only a published or scheduled post can be held.")
    return replace(post, status="held", held_because="staff", hold_note=note, scheduled_for=None)


def withdraw(post: Post, reason: Text) -> Post:
    """Staff take a post back for good, or discard a draft."""
    if post.status == "withdrawn":
        raise Refused("post_withdrawn", "This post has already been withdrawn.")
    return replace(post, status="withdrawn", hold_note=reason, scheduled_for=None)


def edit(post: Post, wording: Wording, fresh: Wording) -> Post:
    """Staff reword a draft or a held post, on its evidence of now. A live post stays on hold until published.

    Args:
        post: the post.
        wording: what it shall say.
        fresh: what drafting would write about the same evidence; numbers in it may be kept.

    Raises:
        Refused: the post is in another state, or its evidence is gone.
        Invalid: empty, too long, or a figure was typed in.
    """
    check_ground(post)
    wordings.check(wording, fresh, post.ground)
    return replace(rewrite(post, wording, post.ground), edited=True)


def rewrite(post: Post, wording: Wording, ground: Ground) -> Post:
    """The post written anew on other evidence; what staff edited is lost.

    Raises:
        Refused: it is published or scheduled and not on hold, or withdrawn.
    """
    if post.status not in ("draft", "approved", "held"):
        raise Refused("post_not_editable", "Hold a published or scheduled post before you change its text.")
    fresh = replace(post, wording=wording, written_on=ground, ground=ground, edited=False, stale=False)
    return replace(fresh, held_because="staff") if post.status == "held" else replace(fresh, status="draft")


def check_ground(post: Post) -> None:
    """Refuse to go on with a post some of whose evidence is gone."""
    gone = compare(post.written_on, post.ground) == "gone" or advice_is_gone(post.written_on, post.ground)
    if gone:
        raise Refused(
            "post_evidence_gone",
            "Some evidence of this post no longer stands. Draft it anew or withdraw it.",
        )


def _check_fresh(post: Post) -> None:
    check_ground(post)
    if compare(post.written_on, post.ground) != "same":
        raise Refused(
            "post_evidence_changed",
            "The evidence changed after this text was edited. Read it again and save it, or draft it anew.",
        )


def _follow(post: Post) -> Post:
    """The state of a live post whose `ground` is up to date."""
    if post.held_because == "staff":
        return post
    reason = _reason(post.written_on, post.ground)
    if reason is not None and reason != "revised":
        return replace(post, status="held", held_because=reason)
    corrected = reason == "revised" or post.note is not None
    return replace(post, status="corrected" if corrected else "published", held_because=None)


def _reason(written: Ground, now: Ground) -> corrections.HeldBecause | None:
    found = compare(written, now)
    if found == "gone":
        return "retracted"
    if found == "restated":
        return "restated"
    if advice_is_gone(written, now):
        return "advice"
    return "revised" if found == "figures" else None
