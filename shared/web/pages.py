"""Renders the pages of one service: its templates over the shared layout, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.events import Text
from shared.settings import Settings
from shared.web import charts, languages

HERE = Path(__file__).parent
REGION_TIME = ZoneInfo("Europe/Helsinki")


class Pages:
    """The templates of a service."""

    def __init__(self, name: str, title: Text, folder: Path, settings: Settings) -> None:
        self.name = name
        self.title = title
        self.settings = settings
        self.catalogues = languages.load_catalogues(HERE / "locale", folder / "locale")
        self.environment = Environment(
            loader=ChoiceLoader(
                [FileSystemLoader(folder / "templates"), FileSystemLoader(HERE / "templates")]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(
        self, request: Request, template: str, *, http_status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A page as an answer; the language is remembered when the address named one."""
        language = languages.choose(request)
        body = self.environment.get_template(template).render(
            **self._words(language), **self._surroundings(request, language), **context
        )
        answer = HTMLResponse(body, status_code=http_status, headers={"Content-Language": language})
        if request.query_params.get("lang") == language:
            answer.set_cookie(languages.COOKIE, language, max_age=31_536_000, samesite="lax")
        return answer

    def _words(self, language: str) -> dict[str, Any]:
        messages = self.catalogues[language]

        def translate(message: str, **values: Any) -> str:
            found = messages.get(message, message)
            return found.format(**values) if values else found

        return {
            "_": translate,
            "text": lambda value: in_language(value, language),
            "day": lambda value: format_date(
                _as_date(value), "d.M.y" if language == "fi" else "medium", language
            ),
            "moment": lambda value: format_datetime(value, "short", REGION_TIME, language),
            "number": lambda value, digits=1: format_decimal(value, _number_format(digits), language),
            "chart": charts.intervals,
        }

    def _surroundings(self, request: Request, language: str) -> dict[str, Any]:
        account = getattr(request.state, "account", None)
        csrf = account.csrf if account else ""
        return {
            "request": request,
            "language": language,
            "languages": languages.LANGUAGES,
            "service": self.name,
            "service_title": self.title,
            "settings": self.settings,
            "account": account,
            "csrf_field": lambda: Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf),
        }


def in_language(value: Text | Mapping[str, str] | str | None, language: str) -> str:
    """A text of the region's languages in one of them; Finnish where it is missing."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, Text):
        return value.in_language(language)
    return value.get(language) or value.get("fi", "")


def _as_date(value: date | datetime | str) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def _number_format(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")
