"""What the desk's forms send, read into the words of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.coaching.organisations import Organisation
from services.coaching.outcomes import Measurement
from services.coaching.practices import Effort, Wording, steps_from
from services.coaching.visits import Visit
from shared.errors import Invalid
from shared.events import Text, Topic, Value

LANGUAGES = ("fi", "en", "sv")


class OrganisationForm(BaseModel):
    """The form of a client organisation."""

    organisation: str = Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")
    label: str = Field(min_length=1, max_length=200)
    municipality: str = ""
    industry: str = ""
    size: str = ""
    contact: str = Field(default="", max_length=200)

    def read(self) -> Organisation:
        """The organisation."""
        return Organisation(**self.model_dump())


class MarkForm(Value):
    """The survey mark of an organisation, with its consent; without consent it is not taken."""

    mark: str = Field(max_length=40)
    consent: Literal[True]


class OutcomeForm(BaseModel):
    """The form of a follow-up."""

    before: float = Field(ge=0, le=10)
    after: float = Field(ge=0, le=10)
    kept: bool
    measured_on: date

    def read(self) -> Measurement:
        """The measurement."""
        return Measurement(**self.model_dump())


class PracticeForm(BaseModel):
    """The form of a practice: each text in three languages, first steps one on a line."""

    model_config = ConfigDict(extra="ignore")

    title_fi: str = Field(min_length=1, max_length=200)
    title_en: str = Field(min_length=1, max_length=200)
    title_sv: str = Field(default="", max_length=200)
    summary_fi: str = Field(min_length=1, max_length=2000)
    summary_en: str = Field(min_length=1, max_length=2000)
    summary_sv: str = Field(default="", max_length=2000)
    steps_fi: str = Field(min_length=1, max_length=4000)
    steps_en: str = Field(min_length=1, max_length=4000)
    steps_sv: str = Field(default="", max_length=4000)
    topics: list[Topic] = Field(min_length=1)
    main_topic: Topic
    effort: Effort

    def read(self) -> Wording:
        """The wording; its main topic comes first."""
        return Wording(
            title=self._text("title"),
            summary=self._text("summary"),
            first_steps=steps_from({language: getattr(self, f"steps_{language}") for language in LANGUAGES}),
            topics=tuple(dict.fromkeys([self.main_topic, *self.topics])),
            effort=self.effort,
        )

    def _text(self, name: str) -> Text:
        # Browsers send line ends as CRLF; what was not touched must compare equal.
        parts = {language: getattr(self, f"{name}_{language}") for language in LANGUAGES}
        return Text(**{language: part.replace("\r\n", "\n").strip() for language, part in parts.items()})


async def read_visit(request: Request) -> Visit:
    """A visit from its form: `agree` names the practices, `who-<practice>` and `due-<practice>` go with them.

    Raises:
        Invalid: a field is missing or not valid; says which.
    """
    form = await request.form()
    given = {name: str(form.get(name, "")) for name in ("visit", "visited_on", "note")}
    agreed = [_intent(form, str(practice)) for practice in form.getlist("agree")]
    try:
        return Visit.model_validate(given | {"actions": agreed})
    except ValidationError as error:
        where = ", ".join(str(part) for part in error.errors()[0]["loc"])
        raise Invalid("not_valid", f"The visit is not complete: look at the field {where}.") from None


def _intent(form: Mapping[str, Any], practice: str) -> dict[str, Any]:
    who, due = (str(form.get(f"{name}-{practice}", "")) for name in ("who", "due"))
    return {"practice": practice, "who": who, "due_on": due or None}


class Draft(Value):
    """What a practice form starts from."""

    title: Text = Text(fi="", en="")
    summary: Text = Text(fi="", en="")
    first_steps: tuple[Text, ...] = ()
    topics: tuple[Topic, ...] = ()
    effort: Effort = "low"
