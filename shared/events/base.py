"""What every event has in common: a frozen fact with a subject, a key and a revision."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_PLACEHOLDERS = re.compile(r"(?:\.<[a-z_]+>)+$")

Key = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,120}$", description="Stable name of what is meant; it never changes."),
]

Audience = Literal["PUBLIC", "INTERNAL", "ANSWERS"]
_AUDIENCES: Mapping[str, Audience] = {"public": "PUBLIC", "internal": "INTERNAL", "answers": "ANSWERS"}

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Value(BaseModel):
    """A frozen part of an event. Readers ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Value):
    """A past fact, published once and never changed.

    An event carries the whole public state of one entity, its key and a revision that only grows. A
    consumer keeps the highest revision it has seen, so any order and any repeat end in the same state.

    Subclasses write their subject out literally; the last token names the field that holds the key:
    `latu.public.survey.insight_released.v1.<insight>`. What is for one partner only names it before the key.
    A later version says in `EARLIER` how a body of each version before it, as JSON, becomes one of its own:
    what was published once can be read for ever.
    """

    SUBJECT: ClassVar[str]
    EARLIER: ClassVar[Mapping[int, Upcast]] = MappingProxyType({})

    revision: int = Field(ge=1, description="Grows with every change of this entity; keep the highest.")
    occurred_at: AwareDatetime = Field(description="When it happened, with its offset.")

    @classmethod
    def subject_root(cls) -> str:
        """`latu.public.survey.insight_released.v1`."""
        return _PLACEHOLDERS.sub("", cls.SUBJECT)

    @classmethod
    def audience(cls) -> Audience:
        """The stream that carries it."""
        return _AUDIENCES[cls.SUBJECT.split(".")[1]]

    @classmethod
    def publisher(cls) -> str:
        """The service that publishes it."""
        return cls.SUBJECT.split(".")[2]

    @classmethod
    def name(cls) -> str:
        """`insight_released.v1`."""
        return ".".join(cls.subject_root().split(".")[3:])

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents type, the same for both audiences: `latu.survey.insight_released.v1`."""
        return f"latu.{cls.publisher()}.{cls.name()}"

    @classmethod
    def roots(cls) -> tuple[str, ...]:
        """Under which roots such a fact may lie in the stream: its own version's first."""
        return cls._of_each_version(cls.subject_root())

    @classmethod
    def type_names(cls) -> tuple[str, ...]:
        """The CloudEvents types that can be read as this event: its own first."""
        return cls._of_each_version(cls.type_name())

    @classmethod
    def _of_each_version(cls, own: str) -> tuple[str, ...]:
        unversioned = own.rpartition(".")[0]
        return own, *(f"{unversioned}.v{number}" for number in sorted(cls.EARLIER, reverse=True))

    def as_earlier(self) -> Event | None:
        """The same fact in the version before, for as long as that one is published beside this one."""
        return None

    @property
    def key(self) -> str:
        """The entity that this fact is about."""
        return self._tokens()[-1]

    @property
    def subject(self) -> str:
        """Where it is published."""
        return ".".join((self.subject_root(), *self._tokens()))

    def _tokens(self) -> list[str]:
        found = _PLACEHOLDERS.search(self.SUBJECT)
        if found is None:
            raise TypeError(f"{type(self).__name__}.SUBJECT must end in the name of its key field")
        return [str(getattr(self, name)) for name in re.findall(r"[a-z_]+", found.group())]


class Text(Value):
    """A text in the languages of the region."""

    fi: str = Field(description="In Finnish.")
    en: str = Field(description="In English.")
    sv: str = Field(default="", description="In Swedish; empty where it is not translated.")

    def in_language(self, language: str) -> str:
        """The text in `language`, or in Finnish where it is not translated."""
        return str(getattr(self, language, "")) or self.fi


class Figure(Value):
    """A published figure; it never appears without its interval, n band and date."""

    kind: Literal["share", "mean", "difference"] = Field(
        description="A share of those who answered, a mean, or the difference of two figures."
    )
    estimate: float = Field(description="Weighted, rounded as released; shares in per cent.")
    low: float = Field(description="Lower end of the interval, rounded outward.")
    high: float = Field(description="Upper end of the interval, rounded outward.")
    level: float = Field(default=0.95, description="Confidence level of the interval.")
    n_band: str = Field(description="How many answered, as a band such as 50–99.")
    unit: str = Field(default="", description="Unit or scale of a mean, such as 1–5 or %.")


Tier = Literal["confirmed", "indication"]
Certainty = Literal["high", "moderate", "low", "very_low"]
Topic = Literal[
    "wellbeing",
    "safety_ergonomics",
    "organising_work",
    "leadership",
    "digital_tools",
    "time_balance",
    "community",
    "workspaces",
    "recruitment",
]


class Evidence(Value):
    """A reference that resolves to an insight revision or to an outcome."""

    kind: Literal["insight", "outcome", "recommendation"] = Field(description="What it refers to.")
    key: Key = Field(description="The key of the insight, outcome or recommendation.")
    revision: int = Field(ge=1, description="The revision that was looked at.")
