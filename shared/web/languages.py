"""Which language a reader gets, and the translations of the interface."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po
from fastapi import Request

LANGUAGES = {"fi": "Suomi", "en": "English", "sv": "Svenska"}
DEFAULT = "fi"
COOKIE = "latu_language"


def choose(request: Request) -> str:
    """The language asked for in the address, else the one remembered, else the browser's, else Finnish."""
    for wish in (request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")):
        if wish in LANGUAGES:
            return wish
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return DEFAULT


def load_catalogues(*folders: Path) -> dict[str, dict[str, str]]:
    """Message to translation, by language; English is the source and needs no catalogue.

    A later folder wins over an earlier one.
    """
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for folder in folders:
        for language, messages in found.items():
            place = folder / f"{language}.po"
            if place.exists():
                messages.update(_read(place))
    return found


def _read(place: Path) -> Mapping[str, str]:
    with place.open("rb") as file:
        catalogue = read_po(file)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
