"""Files that count a small population, in the formats in which people and statistics offices have them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import openpyxl

YEARS = ("2022", "2023")
PLACES = {"SSS": "KOKO MAA", "KU698": "Rovaniemi", "KU148": "Inari", "KU890": "Utsjoki"}
SIZES = {"a": "1-9", "b": "10-49", "t": "Yhteensä"}
# Of 2023: the whole country, Rovaniemi, Inari, Utsjoki, each by size and in all.
VALUES = [1] * 12 + [9000, 999, 9999, 40, 20, 60, 20, 5, 25, 12, 3, 15]

JOINT: dict[str, Any] = {
    "file": "joint.json",
    "where": {"Vuosi": "2023"},
    "dimensions": {
        "sub-region": {"column": "Alue", "recode": "municipality", "leave_out": "SSS"},
        "size": {"column": "Henkilöstö", "map": {"a": "1-9", "b": "10-49"}, "leave_out": ["Yhteensä"]},
    },
}


def pxweb(**changes: Any) -> dict[str, Any]:
    """A table as a PxWeb server gives it: a year, municipalities with the country, sizes with their total."""
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Toimipaikat (synteettinen)",
        "source": "Testi",
        "updated": "2025-01-01T06:00:00Z",
        "id": ["Vuosi", "Alue", "Koko", "Tiedot"],
        "size": [2, 4, 3, 1],
        "dimension": {
            "Vuosi": {"label": "Vuosi", "category": {"index": {"2023": 1, "2022": 0}}},
            "Alue": {"label": "Alue", "category": {"index": list(PLACES), "label": PLACES}},
            "Koko": {"label": "Henkilöstö", "category": {"index": ["a", "b", "t"], "label": SIZES}},
            "Tiedot": {"label": "Tiedot", "category": {"label": {"lkm": "Lukumäärä"}}},
        },
        "value": VALUES,
        "role": {"time": ["Vuosi"]},
        "extension": {"px": {"decimals": 0}},
        **changes,
    }


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


def as_csv(*rows: Sequence[object], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    return "\n".join(delimiter.join(map(str, row)) for row in rows).encode(encoding)


def as_xlsx(*rows: Sequence[object]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(file)
    return file.getvalue()
