"""Wordings: titles and bodies with places for figures, so that no figure is ever typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.campaign import thresholds
from services.campaign.grounds import Ground
from shared.errors import Invalid
from shared.events import Text

LANGUAGES = ("fi", "en", "sv")

_ABOUT_TITLES = (
    "The title is needed in Finnish and in English.",
    "The title may have at most 160 characters.",
)
_ABOUT_BODIES = (
    "The text is needed in Finnish and in English.",
    "The text may have at most 5000 characters.",
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_PLACE = re.compile(r"\{([0-9]{1,2}|advice)\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """A title and a body; in the body `{1}` stands for the first figure's sentence, `{advice}` for advice."""

    title: Text
    body: Text

    def all_text(self, language: str) -> str:
        """Title and body in a language."""
        return f"{getattr(self.title, language)}\n{getattr(self.body, language)}"


def check(wording: Wording, fresh: Wording, ground: Ground) -> None:
    """Refuse a wording that cannot be shown.

    Args:
        wording: what was written.
        fresh: what drafting would write about the same evidence; numbers in it may be kept.
        ground: the evidence that its places stand for.

    Raises:
        Invalid: empty, too long, a place without a figure, or a figure typed in.
    """
    _check_length(wording.title, thresholds.TITLE_LENGTH, *_ABOUT_TITLES)
    _check_length(wording.body, thresholds.BODY_LENGTH, *_ABOUT_BODIES)
    for language in LANGUAGES:
        _check_places(getattr(wording.body, language), ground)
        _check_numbers(wording.all_text(language), fresh.all_text(language))


def filled(body: Text, written: Ground, now: Ground) -> Text:
    """The body with the sentences of the evidence of now in the places of the evidence it was written on."""
    current = {one.insight: one.sentence for one in now.insights}
    places = {str(n): current.get(one.insight) for n, one in enumerate(written.insights, start=1)}
    places["advice"] = now.advice.text if now.advice else None
    return Text(**{language: _fill(getattr(body, language), places, language) for language in LANGUAGES})


def _fill(body: str, places: Mapping[str, Text | None], language: str) -> str:
    def sentence(found: re.Match[str]) -> str:
        text = places.get(found.group(1))
        return text.in_language(language) if text is not None else "…"

    return _PLACE.sub(sentence, body)


def _check_length(text: Text, limit: int, missing: str, too_long: str) -> None:
    if not (text.fi.strip() and text.en.strip()):
        raise Invalid("post_text_missing", missing)
    if max(len(getattr(text, language)) for language in LANGUAGES) > limit:
        raise Invalid("post_text_too_long", too_long)


def _check_places(body: str, ground: Ground) -> None:
    for place in _PLACE.findall(body):
        known = ground.advice is not None if place == "advice" else 1 <= int(place) <= len(ground.insights)
        if not known:
            raise Invalid(
                "post_unknown_place", "The text has a place for a figure that this post does not have."
            )


def _check_numbers(text: str, fresh: str) -> None:
    """A number may stand in a text when it is a year or when drafting wrote it from the evidence."""
    known, written = (set(_NUMBER.findall(_PLACE.sub("", words))) for words in (fresh, text))
    typed = [number for number in written - known if not _YEAR.match(number)]
    if typed:
        raise Invalid(
            "post_figure_typed",
            "Figures cannot be typed: they come from the evidence. Write {1} where the first figure belongs.",
        )
