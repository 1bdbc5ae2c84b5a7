"""Writes the synthetic answers of a made-up Lapland as a file to import; the same seed, the same file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from deploy.demo.structure import CROWDS, LEVELS, QUOTAS, SHARES, SHIFTS_OF
from shared.vocabulary import vocabulary

HERE = Path(__file__).parent
SEED = 2026
ANSWERS = 900
# An organisation's people resemble each other; on a scale from 1 to 5 they differ by so much.
BETWEEN, WITHIN = 0.55, 0.85
SKIPPED = 0.04
LANGUAGES = ("fi",) * 16 + ("en",) * 3 + ("sv",)
WORKED, LEARNED = 0.14, 0.1

Place = Mapping[str, str]
Chance = np.random.Generator


def demo_mapping(today: date) -> dict[str, Any]:
    """The mapping of the demonstration round, which stays open for a month from `today` at least."""
    document: dict[str, Any] = yaml.safe_load((HERE / "lapland_2026.yaml").read_text(encoding="utf-8"))
    written = document["round"]
    written["closes_on"] = max(written["closes_on"], today + timedelta(days=30))
    return document


def demo_answers(seed: int = SEED) -> bytes:
    """The CSV file: 900 answers of 420 organisations, in the order in which they came in."""
    chance = np.random.default_rng(seed)
    places = _places(chance)
    texts = yaml.safe_load((HERE / "open_texts.yaml").read_text(encoding="utf-8"))
    rows = [
        {**_background(number, place), **_answer(chance, place, leaning, texts)}
        for number, (place, people) in enumerate(zip(places, _crowds(chance, places), strict=True), start=1)
        for leaning in [_leaning(chance)]
        for _ in range(people)
    ]
    return _as_csv([rows[index] for index in chance.permutation(len(rows))])


def _places(chance: Chance) -> list[Place]:
    """Where each organisation is and what it is; the three dimensions are independent of each other."""
    columns = {
        dimension: chance.permutation(np.repeat(list(quota), list(quota.values())))
        for dimension, quota in QUOTAS.items()
    }
    rows = zip(*columns.values(), strict=True)
    return [_place(chance, {d: str(c) for d, c in zip(columns, row, strict=True)}) for row in rows]


def _place(chance: Chance, place: Place) -> Place:
    near = [m for m in vocabulary().municipalities if m.subregion == place["sub-region"]]
    people = np.array([m.population for m in near], dtype=np.float64)
    return {**place, "municipality": near[int(chance.choice(len(near), p=people / people.sum()))].code}


def _crowds(chance: Chance, places: list[Place]) -> list[int]:
    """How many people answer for each organisation: one, and the rest by its size."""
    readiness = np.array([CROWDS[place["size"]] for place in places])
    more = chance.multinomial(ANSWERS - len(places), readiness / readiness.sum())
    return [1 + int(extra) for extra in more]


def _leaning(chance: Chance) -> dict[str, float]:
    """How an organisation differs from others like it, for each scale."""
    return dict(zip(LEVELS, chance.normal(0, BETWEEN, len(LEVELS)), strict=True))


def _background(number: int, place: Place) -> dict[str, str]:
    return {
        "organisation": f"SYNTEETTINEN-{number:03d}",
        "municipality": place["municipality"],
        "industry": place["industry"],
        "size": place["size"],
    }


def _answer(
    chance: Chance, place: Place, leaning: Mapping[str, float], texts: Mapping[str, Any]
) -> dict[str, str]:
    scales = {code: _scale(draw, place, code, leaning[code]) for code, draw in _draws(chance, LEVELS)}
    chosen = {code: _choice(chance, place, code) for code in SHARES}
    share = min(max(int(chance.normal(45, 28) // 5 * 5), 0), 100)
    cells = {**scales, "remote_share": str(share), **chosen}
    skipped = chance.random(len(cells)) < SKIPPED
    closed = {code: "" if skip else cell for (code, cell), skip in zip(cells.items(), skipped, strict=True)}
    return {**closed, **_open_answers(chance, closed, texts)}


def _draws(chance: Chance, codes: Mapping[str, object]) -> zip[tuple[str, float]]:
    return zip(codes, chance.normal(0, WITHIN, len(codes)).tolist(), strict=True)


def _scale(draw: float, place: Place, code: str, leaning: float) -> str:
    return str(min(max(round(LEVELS[code] + leaning + _shift(code, place) + draw), 1), 5))


def _choice(chance: Chance, place: Place, code: str) -> str:
    draws = chance.random(len(SHARES[code])).tolist()
    chosen = [
        option
        for (option, share), draw in zip(SHARES[code].items(), draws, strict=True)
        if draw < share + _shift(f"{code}:{option}", place)
    ]
    return ",".join(chosen) or "-"


def _shift(name: str, place: Place) -> float:
    return sum(s.by for s in SHIFTS_OF.get(name, ()) if place[s.dimension] in s.categories)


def _open_answers(chance: Chance, closed: Mapping[str, str], texts: Mapping[str, Any]) -> dict[str, str]:
    """What is written: somebody tells of a practice only where it is in use."""
    language = _one_of(chance, LANGUAGES)
    in_use = {option for code in SHARES if code != "barriers" for option in closed[code].split(",")}
    told = [sentence for option, sentence in texts["worked"][language] if option in in_use]
    worked = learned = ""
    if told and chance.random() < WORKED:
        worked = f"{_one_of(chance, told)} {_one_of(chance, texts['effects'][language])}".strip()
    if chance.random() < LEARNED:
        learned = _one_of(chance, texts["learned"][language])
    return {"worked": worked, "learned": learned, "language": language}


def _one_of(chance: Chance, texts: Sequence[str]) -> str:
    return texts[int(chance.integers(len(texts)))]


def _as_csv(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode("utf-8-sig")
