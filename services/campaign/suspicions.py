"""What makes a contribution suspicious: staff look closer at it, and nothing of it is used before."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

from services.campaign import stories, thresholds
from shared.events.contributed import Contributed, Indicator, Practice

Suspicion = Literal[
    "link", "markup", "hidden", "long", "duplicate", "unusual",
    "email", "phone", "personal_id", "account", "address",
]  # fmt: skip

_LINK: Final = re.compile(r"(?:https?|ftp|javascript|data):|\bwww\.", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<[a-z!/]|&#?\w+;|\]\(|\{\{|\{%", re.IGNORECASE)


def texts(said: Contributed) -> Iterator[str]:
    """Every text that people would read; the address, which is checked by its form, is not among them."""
    if isinstance(said, Practice):
        yield from (*said.title.model_dump().values(), *said.description.model_dump().values(), said.source)
    elif isinstance(said, Indicator):
        yield from (*said.name.model_dump().values(), said.unit, said.source, said.method)


def found(said: Contributed, today: date, *, duplicate: bool = False) -> tuple[Suspicion, ...]:
    """The reasons to look closer, each once; `duplicate` says that another partner sent the same words."""
    text = "\n".join(texts(said))
    signs: dict[Suspicion, bool] = {
        "link": _LINK.search(text) is not None,
        "markup": _MARKUP.search(text) is not None,
        "hidden": any(unicodedata.category(sign) in ("Cf", "Co") for sign in text),
        "long": len(text) > thresholds.CONTRIBUTION_LONG,
        "duplicate": duplicate,
        "unusual": isinstance(said, Indicator) and _is_unusual(said, today),
    }
    return (*(name for name, there in signs.items() if there), *stories.hints(text))


def _is_unusual(said: Indicator, today: date) -> bool:
    year = int(said.period[:4])
    share = said.unit.strip() == "%" and not 0 <= said.value <= thresholds.INDICATOR_HUNDRED
    old = year < today.year - thresholds.INDICATOR_YEARS
    return share or old or year > today.year or abs(said.value) > thresholds.INDICATOR_LARGEST
