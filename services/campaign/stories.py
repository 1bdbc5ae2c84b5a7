"""Stories: what people tell of their working life, from telling to publishing or taking back."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, get_args

from services.campaign import thresholds
from shared.errors import Invalid, Refused
from shared.events import StoryPublished, StoryWithdrawn, Topic

Language = Literal["fi", "en", "sv"]
Status = Literal["submitted", "published", "rejected", "withdrawn"]
Hint = Literal["email", "phone", "personal_id", "account", "address"]

CODE_BYTES: Final = 10
_CODE_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_HINTS: Final[dict[Hint, re.Pattern[str]]] = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}"),
    "phone": re.compile(r"(?<![\w-])(?:\+\d{2,3}|0)[\s-]?\d(?:[\s-]?\d){5,11}(?!\d)"),
    "personal_id": re.compile(r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]\b", re.IGNORECASE),
    "account": re.compile(r"\b[A-Z]{2}\d{2}(?:\s?\d{4}){3,}\s?\d{0,3}\b"),
    "address": re.compile(r"\b\w+(?:katu|tie|kuja|polku|gatan|vägen)\s+\d+", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """What the form sent. `email` is optional and kept apart from the story."""

    title: str = ""
    text: str = ""
    topic: str = ""
    language: str = "fi"
    consent: bool = False
    email: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One story; of a rejected or withdrawn one the words are gone. `revision` counts its public states."""

    key: str
    topic: Topic
    language: Language
    title: str
    text: str
    submitted_at: datetime
    status: Status = "submitted"
    hints: tuple[Hint, ...] = ()
    edited: bool = False
    reason: str = ""
    decided_at: datetime | None = None
    published_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What a moderator changed, told without the words, so that the log holds nothing to erase."""

    fields: tuple[str, ...] = field(default=())
    characters: int = 0


def problems(telling: Telling) -> dict[str, str]:
    """What is wrong with a telling: field to sentence; empty when it can be taken."""
    found: dict[str, str] = {}
    if not 1 <= len(tidy(telling.title)) <= thresholds.STORY_TITLE_LENGTH:
        found["title"] = "Give the story a title of at most 200 characters."
    if not thresholds.STORY_SHORTEST <= len(tidy(telling.text)) <= thresholds.STORY_LENGTH:
        found["text"] = "Write a story of 20 to 4000 characters."
    if telling.topic not in get_args(Topic):
        found["topic"] = "Choose the topic that is nearest."
    if telling.language not in get_args(Language):
        found["language"] = "Choose the language that you wrote in."
    if not telling.consent:
        found["consent"] = "We need your consent to read and publish the story."
    if telling.email and not _is_email(telling.email):
        found["email"] = "The e-mail address does not look right. You can also leave it out."
    return found


def tell(key: str, telling: Telling, now: datetime) -> Story:
    """A story waiting for a moderator.

    Raises:
        Invalid: the first thing that is wrong with the telling.
    """
    for name, sentence in problems(telling).items():
        raise Invalid(f"story_{name}", sentence)
    title, text = tidy(telling.title), tidy(telling.text)
    return Story(
        key=key,
        topic=_topic(telling.topic),
        language=_language(telling.language),
        title=title,
        text=text,
        submitted_at=now,
        hints=hints(f"{title}\n{text}"),
    )


def publish(story: Story, title: str, text: str, now: datetime) -> tuple[Story, Change]:
    """A moderator publishes the story, perhaps with names taken out; also tells what was changed."""
    if story.status != "submitted":
        raise Refused("story_decided", "This story has already been decided on.")
    title, text = tidy(title), tidy(text)
    if not (1 <= len(title) <= thresholds.STORY_TITLE_LENGTH and 1 <= len(text) <= thresholds.STORY_LENGTH):
        raise Invalid("story_text", "A published story needs a title and a text of at most 4000 characters.")
    change = _change(story, title, text)
    done = replace(story, status="published", title=title, text=text, hints=hints(f"{title}\n{text}"))
    edited = bool(change.fields)
    return replace(done, edited=edited, decided_at=now, published_at=now, revision=story.revision + 1), change


def reject(story: Story, reason: str, now: datetime) -> Story:
    """A moderator turns the story down; its words are erased."""
    if story.status != "submitted":
        raise Refused("story_decided", "This story has already been decided on.")
    if not reason.strip():
        raise Invalid("story_reason", "Say why the story is turned down.")
    return replace(_erased(story), status="rejected", reason=tidy(reason)[:500], decided_at=now)


def withdraw(story: Story, now: datetime, reason: str = "") -> Story:
    """The teller, or staff with a reason, takes the story back; its words are erased."""
    if story.status == "withdrawn":
        raise Refused("story_withdrawn", "This story has already been withdrawn.")
    gone = replace(_erased(story), status="withdrawn", reason=tidy(reason)[:500], decided_at=now)
    return replace(gone, revision=story.revision + 1) if story.status == "published" else gone


def as_event(story: Story, now: datetime) -> StoryPublished | StoryWithdrawn:
    """The public state of a story that is or was published."""
    if story.status == "withdrawn":
        return StoryWithdrawn(revision=max(1, story.revision), occurred_at=now, story=story.key)
    if story.status != "published" or story.published_at is None:
        raise ValueError(f"story {story.key} is not public")
    return StoryPublished(
        revision=story.revision,
        occurred_at=now,
        story=story.key,
        title=story.title,
        text=story.text,
        language=story.language,
        topic=story.topic,
        published_at=story.published_at,
    )


def hints(text: str) -> tuple[Hint, ...]:
    """Kinds of personal data that the text seems to hold; a moderator looks closer at them."""
    return tuple(kind for kind, pattern in _HINTS.items() if pattern.search(text))


def tidy(text: str) -> str:
    """The text in composed letters, without control characters and without space around it."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (
        c for c in composed if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cf", "Cn", "Co")
    )
    return "".join(kept).strip()


def code_from(chance: bytes) -> str:
    """A withdrawal code such as `7G2K-93QF-0VXA-11MB` from 10 random bytes (80 bits)."""
    number = int.from_bytes(chance[:CODE_BYTES].rjust(CODE_BYTES, b"\0"))
    letters = "".join(_CODE_LETTERS[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def code_digest(code: str) -> str:
    """What is kept of a code: a hash of it, however it was typed. 80 random bits need no salt."""
    plain = re.sub(r"[^0-9A-Z]", "", code.upper()).translate(_LOOKALIKES)
    return hashlib.sha256(plain.encode()).hexdigest()


def _change(story: Story, title: str, text: str) -> Change:
    pairs = {"title": (story.title, title), "text": (story.text, text)}
    fields = tuple(name for name, (old, new) in pairs.items() if old != new)
    return Change(fields, sum(abs(len(old) - len(new)) for old, new in pairs.values()))


def _erased(story: Story) -> Story:
    return replace(story, title="", text="", hints=())


def _is_email(text: str) -> bool:
    return len(text) <= thresholds.EMAIL_LENGTH and _EMAIL.fullmatch(text.strip()) is not None


def _topic(code: str) -> Topic:
    return next(topic for topic in get_args(Topic) if topic == code)


def _language(code: str) -> Language:
    return next(language for language in get_args(Language) if language == code)
