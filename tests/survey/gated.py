"""Made-up rounds in which the gate withholds a lot; the words of their places occur nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from hypothesis import strategies as st

from services.survey.questionnaires import Option, Question, Questionnaire
from services.survey.rounds import Category, Dimension, Frame, Round, Trim
from services.survey.segments import Segment, declared_segments
from shared.events import Text

ZONES = ("qvalta", "qvelmo", "qvirsu")
KINDS = ("qvoski", "qvuhka")
CELLS = tuple((zone, kind) for zone in ZONES for kind in KINDS)
DIMENSION = {**dict.fromkeys(ZONES, "zone"), **dict.fromkeys(KINDS, "kind")}
OPTIONS = {"xnetti": "xtavat", "xtuoli": "xtavat", "xrauha": "xpulma", "xmatka": "xpulma"}
QUESTIONS = ("xmieli", "xtaito", "xtavat", "xpulma")
FIRST_ANSWERS = (0, 1, 3, 6, 9, 14)

Respondent = tuple[tuple[str, str], dict[str, Any]]


def words(code: str) -> Text:
    """The code and a word of the language, so that pages differ."""
    return Text(fi=f"{code} suomeksi", en=f"{code} in English", sv=f"{code} på svenska")


def _question(code: str, kind: str, role: str, topic: str = "wellbeing") -> Question:
    options = tuple(
        Option(code=one, text=words(one), practice=one if role == "practice" else "")
        for one, of in OPTIONS.items()
        if of == code
    )
    about = {"code": code, "kind": kind, "role": role, "topic": topic, "text": words(code)}
    return Question.model_validate({**about, "options": options})


ASKED = Questionnaire(
    code="gated",
    version=1,
    title=Text(fi="Portti", en="Gate", sv="Port"),
    intro=Text(fi="Synteettinen", en="Synthetic", sv="Syntetisk"),
    questions=(
        _question("xmieli", "scale", "state"),
        _question("xtaito", "scale", "state", "leadership"),
        _question("xtavat", "multi", "practice"),
        _question("xpulma", "choice", "barrier"),
    ),
)


@dataclass(frozen=True)
class Story:
    """A round and who answers it: first, then in a second wave, and who takes the answers back.

    first, second: organisations by cell. moods: by cell, what kind of answers it gives. erased: of which cell
    how many of the first wave go again; five and more by an import that is undone. heavy: the cell of which each organisation stands for
    many; None for none. trimmed: whether weights are held to bounds.
    """

    seed: int
    first: tuple[int, ...]
    second: tuple[int, ...]
    moods: tuple[str, ...]
    erased: tuple[int, int]
    heavy: int | None
    trimmed: bool

    @property
    def frame(self) -> Frame:
        """A population that the answers fit: so many organisations, ten of a heavy one's kind."""
        sizes = [2 + first + second for first, second in zip(self.first, self.second, strict=True)]
        sizes = [size + 120 * (cell == self.heavy) for cell, size in enumerate(sizes)]
        by = {
            code: sum(size for size, cell in zip(sizes, CELLS, strict=True) if code in cell)
            for code in DIMENSION
        }
        return Frame(dimensions=tuple(_dimension(code, by) for code in ("zone", "kind")))

    @property
    def round(self) -> Round:
        """The open round; every table of it may leave."""
        return Round(
            round="r1",
            questionnaire="gated",
            title=Text(fi="Kierros", en="Round", sv="Omgång"),
            status="open",
            opens_on=date(2026, 11, 1),
            closes_on=date(2026, 11, 30),
            frame=self.frame,
            tables=((), ("zone",), ("kind",), ("zone", "kind")),
            trim=Trim(upper=2) if self.trimmed else None,
            synthetic=True,
        )

    @property
    def segments(self) -> Sequence[Segment]:
        """The declared ones."""
        return declared_segments(self.round)

    @property
    def gone(self) -> list[str]:
        """The organisations of the first wave that go again."""
        cell, wanted = self.erased
        before = sum(self.first[:cell])
        return [f"firma-{number}" for number in range(before, before + min(wanted, self.first[cell]))]

    def wave(self, number: int) -> list[Respondent]:
        """Who answers in the first or the second wave: the cell, and the values."""
        rng = np.random.default_rng((self.seed, number))
        counts = (self.first, self.second)[number]
        return [
            (cell, _values(rng, mood))
            for cell, count, mood in zip(CELLS, counts, self.moods, strict=True)
            for _ in range(count)
        ]


def _dimension(code: str, by: dict[str, int]) -> Dimension:
    named = [one for one, of in DIMENSION.items() if of == code]
    label = Text(fi="Jako", en="Part", sv="Del")
    return Dimension(
        code=code,
        label=label,
        categories=tuple(Category(code=one, label=words(one), count=by[one]) for one in named),
    )


def _values(rng: np.random.Generator, mood: str) -> dict[str, Any]:
    low = {"alike": 5, "weary": 1, "mixed": 1}[mood]
    high = {"alike": 5, "weary": 3, "mixed": 5}[mood]
    habits = [one for one, chance in (("xnetti", 0.8), ("xtuoli", 0.4)) if rng.random() < chance]
    return {
        "xmieli": int(rng.integers(low, high + 1)),
        "xtaito": int(rng.integers(3, 6)),
        "xtavat": ["xnetti"] if mood == "alike" else habits,
        "xpulma": "xrauha" if mood == "alike" or rng.random() < 0.6 else "xmatka",
    }


def stories() -> st.SearchStrategy[Story]:
    """Rounds with crowds in two cells, and small, unanimous, dominating and empty ones beside them."""
    crowds = st.tuples(st.integers(16, 24), st.integers(9, 16))
    return st.builds(
        lambda crowd, first, **rest: Story(first=(*crowd, *first), **rest),
        crowds,
        st.tuples(*[st.sampled_from(FIRST_ANSWERS)] * 4),
        seed=st.integers(0, 1000),
        second=st.tuples(*[st.sampled_from((0, 0, 1, 3, 6))] * 6),
        moods=st.tuples(*[st.sampled_from(("mixed", "mixed", "alike", "weary"))] * 6),
        erased=st.tuples(st.integers(0, 5), st.integers(0, 8)),
        heavy=st.sampled_from((None, 2, 5)),
        trimmed=st.booleans(),
    )


# In it the gate has every reason to withhold, and rules fire in the region and in segments.
TELLING = Story(
    seed=11,
    first=(24, 14, 6, 3, 14, 0),
    second=(6, 0, 1, 1, 3, 0),
    moods=("weary", "mixed", "alike", "mixed", "mixed", "mixed"),
    erased=(0, 1),
    heavy=None,
    trimmed=False,
)
DOMINATED = replace(TELLING, first=(20, 12, 9, 1, 9, 0), heavy=3)
TRIMMED = replace(DOMINATED, trimmed=True)
# No weights fit it, so that nothing leaves but a line in the log.
UNFIT = replace(TELLING, first=(20, 0, 0, 12, 0, 0), second=(0,) * 6, erased=(0, 0))
# Figures that were shown stand on too few when an import has been undone.
FLED = replace(
    TELLING, first=(24, 14, 8, 0, 14, 9), moods=("mixed",) * 6, second=(6, 0, 0, 0, 3, 0), erased=(2, 6)
)


def csv_file(people: Mapping[str, Respondent]) -> bytes:
    """A file of answers, by organisation."""
    lines = ["Alue,Laji,Yritys,Mieli,Taito,Tavat,Pulma"]
    for name, ((zone, kind), values) in people.items():
        habits = ";".join(values["xtavat"])
        lines.append(
            f"{zone},{kind},{name},{values['xmieli']},{values['xtaito']},{habits},{values['xpulma']}"
        )
    return "\n".join(lines).encode()


MAPPING: dict[str, Any] = {
    "mapping": "gated",
    "round": "r1",
    "segment": {"zone": {"column": "Alue"}, "kind": {"column": "Laji"}},
    "values": {
        "xmieli": {"column": "Mieli", "recode": "number"},
        "xtaito": {"column": "Taito", "recode": "number"},
        "xtavat": {"column": "Tavat", "split": ";"},
        "xpulma": {"column": "Pulma"},
    },
    "organisation": "Yritys",
    "language": "fi",
}
