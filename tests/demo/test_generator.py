"""The made-up Lapland is always the same, says that it is made up, and what was planted in it is found."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from deploy.demo import generator
from deploy.demo.generator import demo_answers, demo_mapping
from deploy.demo.structure import LEVELS, QUOTAS, SHARES, SHIFTS
from services.coaching import app as coaching
from services.coaching.organisations import Organisation
from services.coaching.practices import read_library
from services.survey.commands.erasures import erase_import
from services.survey.commands.imports import Report, Upload, import_answers
from services.survey.commands.releases import release_round
from services.survey.items import items_of
from services.survey.mappings import FileMapping, read_mapping
from shared.db import Database
from shared.events import (
    Event,
    InsightReleased,
    InsightRetracted,
    PracticeSuggested,
    PracticeSuggestionWithdrawn,
)
from shared.vocabulary import vocabulary
from tests.survey.acts import count, emitted
from tests.survey.asked import KEY

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(demo_answers().decode("utf-8-sig")), delimiter=";"))


@pytest.fixture(scope="module")
def mapping() -> FileMapping:
    return read_mapping(demo_mapping(TODAY))


def test_the_same_seed_gives_the_same_file_and_another_another() -> None:
    assert demo_answers(7) == demo_answers(7)
    assert demo_answers(7) != demo_answers(8)


def test_420_organisations_give_900_answers(rows: list[dict[str, str]]) -> None:
    people = Counter(row["organisation"] for row in rows)
    assert (len(rows), len(people)) == (900, 420)
    assert all("SYNTEETTINEN" in organisation for organisation in people)
    of_small = Counter(row["organisation"] for row in rows if row["size"] == "1-9")
    assert max(of_small.values()) <= 9


def test_an_organisation_is_in_one_place_and_that_place_is_in_lapland(rows: list[dict[str, str]]) -> None:
    places = {(r["organisation"], r["municipality"], r["industry"], r["size"]) for r in rows}
    assert len(places) == 420
    counted = Counter(vocabulary().municipality(place[1]).subregion for place in places)
    assert dict(counted) == dict(QUOTAS["sub-region"])
    assert len({place[1] for place in places}) == 21


def test_the_frame_is_of_two_thousand_organisations_and_says_what_it_assumes(mapping: FileMapping) -> None:
    round_ = mapping.round
    assert not isinstance(round_, str)
    assert (round_.frame.size, round_.synthetic, round_.status) == (2000, True, "open")
    said = " ".join(text.en for text in round_.frame.assumptions)
    assert "synthetic" in said
    assert "is an assumption" in said
    for dimension in round_.frame.dimensions:
        terms = vocabulary().terms(dimension.code)
        assert [(c.code, c.label) for c in dimension.categories] == [(t.code, t.text) for t in terms]
        for category in dimension.categories:
            assert QUOTAS[dimension.code][category.code] < category.count


def test_the_round_stays_open_for_a_month_whenever_it_is_shown() -> None:
    for today in (TODAY, TODAY + timedelta(days=900)):
        round_ = read_mapping(demo_mapping(today)).round
        assert not isinstance(round_, str)
        assert round_.closes_on >= today + timedelta(days=30)


def test_the_questionnaire_speaks_three_languages_about_all_nine_topics(mapping: FileMapping) -> None:
    assert mapping.questionnaire is not None
    questions = mapping.questionnaire.questions
    assert {q.topic for q in questions} == {topic.code for topic in vocabulary().topics}
    assert 22 <= len(questions) <= 26
    texts = [q.text for q in questions] + [o.text for q in questions for o in q.options]
    assert all(text.fi and text.en and text.sv for text in texts)
    assert sum(q.kind == "open" for q in questions) == 2


def test_the_practices_that_it_asks_about_are_those_of_the_library(mapping: FileMapping) -> None:
    library = yaml.safe_load((Path(coaching.__file__).parent / "library.yaml").read_text(encoding="utf-8"))
    known = {practice.practice for practice in read_library(library)}
    assert mapping.questionnaire is not None
    asked = {o.practice for q in mapping.questionnaire.questions if q.role == "practice" for o in q.options}
    meant = {q.practice for q in mapping.questionnaire.questions if q.practice}
    assert asked == known
    assert len(known) == 12
    assert meant <= known


def test_what_is_planted_is_asked(mapping: FileMapping, rows: list[dict[str, str]]) -> None:
    assert mapping.questionnaire is not None
    items = {item.name for item in items_of(mapping.questionnaire) if item.level is None}
    shares = {f"{code}:{option}" for code, options in SHARES.items() for option in options}
    assert set(LEVELS) | shares | {"remote_share"} == items
    assert {shift.name for shift in SHIFTS} <= items


async def bring_in(database: Database) -> Report:
    async with database.transaction() as tx:
        return await import_answers(tx, Upload(demo_answers(), demo_mapping(TODAY), "demo"), KEY)


def facts(events: list[Event]) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(e.rule, e.question, tuple(e.segment.values())) for e in events if isinstance(e, InsightReleased)}


async def test_the_planted_truth_is_confirmed_and_goes_when_the_import_is_undone(database: Database) -> None:
    report = await bring_in(database)
    assert (report.kept, report.dropped) == (900, {})
    suggested = [e for e in await emitted(database) if isinstance(e, PracticeSuggested)]
    assert len(suggested) > 80
    assert all(event.synthetic for event in suggested)
    async with database.transaction() as tx:
        await release_round(tx, "lappi-2026", "demo")
    released = await emitted(database)
    assert {
        ("need", "switching_off", ()),
        ("need", "ergonomics_help", ()),
        ("need", "hybrid_meetings", ()),
        ("strength", "trust", ()),
        ("gap", "connection", ("tunturi-lappi",)),
        ("gap", "leader_support", ("50-249",)),
        ("barrier", "barriers", ()),
        ("practice", "practices_places", ()),
        ("practice", "practices_together", ()),
    } <= facts(released)
    assert not {fact for fact in facts(released) if fact[:2] in {("need", "trust"), ("need", "belonging")}}
    assert all(e.synthetic for e in released if isinstance(e, InsightReleased))
    async with database.transaction() as tx:
        await erase_import(tx, report.import_id, "demo")
    left = await emitted(database)
    kinds = Counter(type(event) for event in left)
    assert kinds[InsightRetracted] == kinds[InsightReleased]
    assert (kinds[PracticeSuggested], kinds[PracticeSuggestionWithdrawn]) == (0, len(suggested))
    assert await count(database, "answers") == 0


def test_the_client_organisations_are_made_up_and_placed_in_lapland() -> None:
    listed = yaml.safe_load((generator.HERE / "organisations.yaml").read_text(encoding="utf-8"))
    clients = [Organisation.model_validate(one) for one in listed["organisations"]]
    assert len({client.organisation for client in clients}) == 24
    for client in clients:
        assert client.synthetic
        assert "(synteettinen)" in client.label
        assert vocabulary().municipality(client.municipality).subregion == client.sub_region
        assert client.industry in {term.code for term in vocabulary().industries}
        assert client.size in {term.code for term in vocabulary().sizes}
