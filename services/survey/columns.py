"""Finding the columns that a mapping asks for in the header of a file."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from services.survey.mappings import Pick
from shared.errors import Invalid

_SHOWN = 80


def find_column(pick: Pick, headers: Sequence[str], purpose: str) -> int:
    """The index of the one column that `pick` means.

    Raises:
        Invalid: there is none or there are several; names the nearest headers.
    """
    found = [index for index, header in enumerate(headers) if _fits(pick, index, header)]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(str(index + 1) for index in found[:6])
        raise Invalid(
            "column_ambiguous",
            f"The mapping's column “{_short(pick.wanted)}” (for {purpose}) fits {len(found)} columns of the "
            f"file, numbers {places}. Write more of its header, or give its position.",
        )
    nearest = " or ".join(f"“{_short(header)}”" for header in nearest_headers(pick.wanted, headers))
    raise Invalid(
        "column_missing",
        f"The mapping asks for the column “{_short(pick.wanted)}” (for {purpose}), which the file does not "
        f"have. Nearest in the file: {nearest or 'no header at all'}.",
    )


def squeezed(text: str) -> str:
    """The text without space around it and with single spaces in it."""
    return " ".join(text.split())


def nearest_headers(wanted: str, headers: Sequence[str], count: int = 2) -> list[str]:
    """The headers most like `wanted`, best first."""

    def likeness(header: str) -> float:
        return SequenceMatcher(None, wanted.casefold(), header.casefold()).ratio()

    return sorted((h for h in headers if h), key=likeness, reverse=True)[:count]


def _fits(pick: Pick, index: int, header: str) -> bool:
    if pick.position is not None:
        return index + 1 == pick.position
    if pick.header:
        return header == squeezed(pick.header)
    return header.startswith(squeezed(pick.starts)) and header.endswith(squeezed(pick.ends))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2 - 1]}…{text[-_SHOWN // 2 :]}"
