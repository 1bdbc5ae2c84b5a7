"""What partners send: not events of ours, for nothing in them is believed before it was looked at."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from shared.events.base import Topic

HIGHEST_REVISION: Final = 100_000_000
LINES: Final = "\n\t"


def _plain(text: str) -> str:
    """Composed letters without space around them; control characters and broken letters are refused."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Cn") and sign not in LINES for sign in composed):
        raise ValueError("control characters")
    return composed


def _line(text: str) -> str:
    plain = _plain(text)
    if any(sign in plain for sign in LINES):
        raise ValueError("one line")
    return plain


OwnKey = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,60}$", description="Your name for it; the same in all its revisions."),
]
Line = Annotated[str, AfterValidator(_line)]
Body = Annotated[str, AfterValidator(_plain)]
Title = Annotated[Line, Field(max_length=200)]
Words = Annotated[Body, Field(max_length=4000)]
Address = Annotated[
    str,
    Field(
        default="",
        max_length=300,
        pattern=r"^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&*+,;=:@%/?#-]*)?)?$",
        description="Where more is to be read: an https address, or nothing.",
    ),
]


class _Said(BaseModel):
    # Strict and closed: a slip is answered, and nothing that nobody looks at is kept.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ShortText(_Said):
    """A name in at least one language of the region."""

    fi: Title = Field(default="", description="In Finnish.")
    en: Title = Field(default="", description="In English.")
    sv: Title = Field(default="", description="In Swedish.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.fi or self.en or self.sv):
            raise ValueError("no language")
        return self


class LongText(_Said):
    """A text in at least one language of the region; an empty line parts paragraphs."""

    fi: Words = Field(default="", description="In Finnish.")
    en: Words = Field(default="", description="In English.")
    sv: Words = Field(default="", description="In Swedish.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.fi or self.en or self.sv):
            raise ValueError("no language")
        return self


class Contributed(_Said):
    """What all that partners send has in common."""

    TYPE: ClassVar[str]
    KIND: ClassVar[Literal["practice", "indicator"]]
    SUBJECT: ClassVar[str]

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents type: `latu.partner.practice.v1`."""
        return cls.TYPE

    key: OwnKey
    revision: int = Field(
        ge=1, le=HIGHEST_REVISION, description="Grows with every change of it; only the highest counts."
    )
    occurred_at: AwareDatetime = Field(description="When you said it, with its offset.")


class Practice(Contributed):
    """Something that a workplace does and found good.

    Sent by a partner that may contribute practices. Once staff have accepted it, the editors of the practice
    library see it as a suggestion, with the partner's name.
    """

    TYPE: ClassVar[str] = "latu.partner.practice.v1"
    KIND: ClassVar[Literal["practice", "indicator"]] = "practice"
    SUBJECT: ClassVar[str] = "latu.partner.<partner>.practice"

    title: ShortText = Field(description="What it is called.")
    description: LongText = Field(description="What a workplace does, and what came of it.")
    topic: Topic = Field(description="The topic that it is mostly about.")
    source: Line = Field(min_length=3, max_length=300, description="Where it was seen, in words.")
    address: Address


class Indicator(Contributed):
    """A figure of the region, or of a part of it, from your own statistics.

    Sent by a partner that may contribute indicators. Once staff have accepted it, it is shown with the
    partner's name. It is never evidence, and no estimate of Latu.
    """

    TYPE: ClassVar[str] = "latu.partner.indicator.v1"
    KIND: ClassVar[Literal["practice", "indicator"]] = "indicator"
    SUBJECT: ClassVar[str] = "latu.partner.<partner>.indicator"

    name: ShortText = Field(description="What it measures.")
    value: float = Field(description="The figure.")
    low: float | None = Field(default=None, description="Lower end of its interval, if there is one.")
    high: float | None = Field(default=None, description="Upper end of its interval, if there is one.")
    unit: Line = Field(min_length=1, max_length=40, description="Its unit, such as % or persons.")
    period: str = Field(
        pattern=r"^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$",
        description="The year, month or quarter that it speaks about: 2026, 2026-03 or 2026-Q1.",
    )
    segment: Mapping[Literal["sub-region", "industry", "size"], Annotated[str, Field(max_length=40)]] = Field(
        default={}, description="The part of the region, as codes; empty is the whole region."
    )
    source: Line = Field(min_length=3, max_length=300, description="Whose statistics, and which.")
    method: Line = Field(min_length=3, max_length=1000, description="How it was made.")
    licence: Literal["CC0-1.0", "CC-BY-4.0"] = Field(description="Under which others may use it.")
    address: Address

    @model_validator(mode="after")
    def _lies_within(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("half an interval")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError("outside its interval")
        return self


class PracticeTakenBack(Contributed):
    """You take a practice back: it is no more to be used, and its text is forgotten.

    Sent by the partner that sent the practice, with a higher revision. It is always heard.
    """

    TYPE: ClassVar[str] = "latu.partner.practice_withdrawn.v1"
    KIND: ClassVar[Literal["practice", "indicator"]] = "practice"
    SUBJECT: ClassVar[str] = "latu.partner.<partner>.practice"


class IndicatorTakenBack(Contributed):
    """You take an indicator back: it is no more to be shown.

    Sent by the partner that sent the indicator, with a higher revision. It is always heard.
    """

    TYPE: ClassVar[str] = "latu.partner.indicator_withdrawn.v1"
    KIND: ClassVar[Literal["practice", "indicator"]] = "indicator"
    SUBJECT: ClassVar[str] = "latu.partner.<partner>.indicator"


CONTRIBUTED: Final[tuple[type[Contributed], ...]] = (
    Practice,
    PracticeTakenBack,
    Indicator,
    IndicatorTakenBack,
)
