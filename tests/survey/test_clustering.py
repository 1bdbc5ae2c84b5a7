"""Errors of people in organisations know that colleagues answer alike."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import stdtrit

from services.survey.answers import AnswerSet
from services.survey.clustering import analyse_clustered
from services.survey.counting import tally
from services.survey.disclosure import Gate
from services.survey.estimates import Estimates, analyse
from services.survey.inference import Inference
from services.survey.judging import Case, judge
from services.survey.looks import plan_look
from services.survey.rounds import Category, Dimension, Frame, Round, Trim
from services.survey.rules import hypotheses
from services.survey.samples import clustered, sample_of
from services.survey.weighting import CannotWeight
from tests.survey.golden import Columns, read_golden
from tests.survey.test_samples import drawn_round, row_figures
from tests.survey.worlds import make_world, words

Floats = npt.NDArray[np.float64]


def people(round_: Round, answers: AnswerSet, size: int = 0) -> tuple[Round, AnswerSet]:
    """The same answers as those of people, in organisations of so many (0: nobody names one)."""
    units = np.arange(len(answers.ids))
    named = None if not size else units // size
    return round_.model_copy(update={"unit": "person"}), replace(answers, units=units, clusters=named)


def assert_alike(found: Estimates, expected: Estimates) -> None:
    pairs = [(found.value, expected.value), (found.se, expected.se), (found.units, expected.units)]
    pairs += [
        (getattr(found.inference, f.name), getattr(expected.inference, f.name)) for f in fields(Inference)
    ]
    for one, other in pairs:
        assert one == pytest.approx(other, rel=1e-7, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(("seed", "upper"), [(1, None), (2, None), (3, 1.3), (4, None)])
def test_people_who_are_clusters_alone_have_the_errors_of_the_tallies(seed: int, upper: float | None) -> None:
    round_, answers = people(*drawn_round(seed, 70 + 10 * seed, fpc=False, tables=True))
    round_ = round_.model_copy(update={"trim": Trim(upper=upper) if upper else None})
    alone, expected = analyse_clustered(round_, answers), analyse(round_, tally(answers))
    assert_alike(alone.means, expected.means)
    assert_alike(alone.gaps, expected.gaps)
    assert np.array_equal(alone.means.independent, alone.means.units)
    named = replace(answers, clusters=np.arange(len(answers.ids))[::-1])
    assert_alike(analyse_clustered(round_, named).means, expected.means)


def test_errors_as_r_gives_them_are_those_of_the_row_estimator() -> None:
    round_, answers = people(*drawn_round(5, 120, fpc=False, tables=True), size=3)
    analysis = analyse_clustered(round_, answers)
    assert answers.clusters is not None
    sample = clustered(sample_of(round_, answers), answers.clusters)
    inside = analysis.inside[:, sample.cells]
    for s in range(len(analysis.segments)):
        value, se, gap, gap_se = row_figures(sample, inside[s])
        assert analysis.means.value[:, s] == pytest.approx(value, rel=1e-9, nan_ok=True)
        assert analysis.means.se[:, s] == pytest.approx(se, rel=1e-9, abs=1e-12, nan_ok=True)
        assert analysis.gaps.value[:, s] == pytest.approx(gap, rel=1e-9, abs=1e-12, nan_ok=True)
        assert analysis.gaps.se[:, s] == pytest.approx(gap_se, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["rake_clus1_stype_schwide", "rake_clus1_stype_schwide_compimp"])
def test_schools_in_districts_have_the_errors_of_r(reference_data: Path, name: str) -> None:
    """R corrects for 15 of 757 districts drawn; errors of rounds of people are not corrected."""
    golden = read_golden(reference_data, "api_calibration.json")[name]
    data = Columns.read(reference_data / "golden" / golden["csv"])
    keys = [tuple(row) for row in zip(*(data.labels(m) for m in golden["margins"]), strict=True)]
    cell_keys = tuple(sorted(set(keys)))
    answers = AnswerSet(
        items=("api00", "enroll"),
        values=np.column_stack([data.numbers("api00"), data.numbers("enroll")]),
        cells=np.array([cell_keys.index(key) for key in keys]),
        cell_keys=cell_keys,
        units=np.arange(len(data)),
        ids=tuple(data.labels("cds")),
        seqs=np.arange(1, len(data) + 1),
        clusters=np.unique(data.labels("dnum").astype(str), return_inverse=True)[1],
    )
    frame = frame_of(golden["margins"])
    analysis = analyse_clustered(round_of(frame), answers)
    corrected = np.sqrt(1 - 15 / 757)
    near = 1e-8 if "compimp" not in name else 2e-6  # R's ten sweeps: see test_golden_calibrations
    for item, outcome in enumerate(answers.items):
        assert analysis.means.value[item, 0] == pytest.approx(golden["mean"][outcome]["est"], rel=1e-8)
        se = analysis.means.se[item, 0] * corrected
        assert se == pytest.approx(golden["mean"][outcome]["se"], rel=near)
    for want in golden["by_stype"]["flat"]:
        s = next(i for i, one in enumerate(analysis.segments) if one.categories == {"stype": want["key"]})
        assert analysis.means.value[0, s] == pytest.approx(want["est"], rel=1e-8)
        assert analysis.means.se[0, s] * corrected == pytest.approx(want["se"], rel=near)


def frame_of(margins: dict[str, dict[str, float]]) -> Frame:
    return Frame(
        dimensions=tuple(
            Dimension(
                code=code.replace(".", "-"),
                label=words(code),
                categories=tuple(Category(code=name, label=words(name), count=n) for name, n in of.items()),
            )
            for code, of in margins.items()
        )
    )


def round_of(frame: Frame) -> Round:
    dates = {"opens_on": "2026-01-01", "closes_on": "2026-06-30"}
    said = {"round": "people", "questionnaire": "q", "title": words("People"), "unit": "person", **dates}
    return Round.model_validate({**said, "frame": frame})


FRAME = frame_of({"size": {"s": 500.0, "l": 500.0}, "sex": {"f": 520.0, "m": 480.0}})


def colleagues(rng: np.random.Generator, clusters: int, alike: float) -> tuple[AnswerSet, float]:
    """People of a made-up population in which the true mean of every segment is 0; alike: correlation."""
    sizes = rng.integers(2, 9, clusters)
    of = np.repeat(np.arange(clusters), sizes)
    size = np.where(rng.random(clusters) < 0.4, "s", "l")[of]
    sex = np.where(rng.random(len(of)) < 0.5, "f", "m")
    keys = list(zip(size.tolist(), sex.tolist(), strict=True))
    cell_keys = tuple(sorted(set(keys)))
    y = np.sqrt(alike) * rng.normal(size=clusters)[of] + np.sqrt(1 - alike) * rng.normal(size=len(of))
    return AnswerSet(
        items=("y",),
        values=y[:, None],
        cells=np.array([cell_keys.index(key) for key in keys]),
        cell_keys=cell_keys,
        units=np.arange(len(of)),
        ids=tuple(map(str, range(len(of)))),
        seqs=np.arange(1, len(of) + 1),
        clusters=of,
    ), 0.0


def held(figures: Estimates, truth: float) -> Floats:
    """Whether the 95 % interval holds the truth, by segment."""
    reach = stdtrit(figures.inference.df[0], 0.975) * np.sqrt(figures.inference.variance[0])
    return np.abs(figures.value[0] - truth) <= reach


@pytest.mark.parametrize(("clusters", "alike"), [(16, 0.3), (40, 0.0)])
def test_intervals_hold_where_colleagues_answer_alike(clusters: int, alike: float) -> None:
    rng = np.random.default_rng(11)
    covered, naive = [], []
    for _ in range(80):
        answers, truth = colleagues(rng, clusters, alike)
        try:
            analysis = analyse_clustered(round_of(FRAME), answers)
        except CannotWeight:
            continue
        covered.append(np.concatenate([held(analysis.means, truth), held(analysis.gaps, truth)[1:]]))
        naive.append(held(analyse(round_of(FRAME), tally(answers)).means, truth))
    assert len(covered) > 75
    assert np.mean(covered) > 0.935
    assert np.mean([row[0] for row in covered]) > 0.92
    if alike:
        assert np.mean(naive) < 0.9


def test_more_alike_is_less_sure() -> None:
    answers, _ = colleagues(np.random.default_rng(1), 60, 0.9)
    shuffled = replace(answers, clusters=np.random.default_rng(2).permutation(answers.clusters))
    wide, narrow = (analyse_clustered(round_of(FRAME), one).means for one in (answers, shuffled))
    assert (wide.se > 1.3 * narrow.se).all()
    assert (wide.inference.variance > 1.7 * narrow.inference.variance).all()


def test_it_counts_people_and_organisations_apart() -> None:
    answers, _ = colleagues(np.random.default_rng(1), 30, 0.5)
    analysis = analyse_clustered(round_of(FRAME), answers)
    assert analysis.means.units[0, 0] == len(answers.ids)
    assert analysis.means.independent[0, 0] == 30
    assert analysis.gaps.independent[0, 1] <= 15
    assert (analysis.means.inference.df[0] <= 29).all()
    assert (analysis.means.inference.kish[0] <= 30).all()


def test_margins_of_organisations_take_more_degrees_of_freedom_than_margins_of_people() -> None:
    answers, _ = colleagues(np.random.default_rng(3), 40, 0.2)
    of_people = round_of(frame_of({"sex": {"f": 520.0, "m": 480.0}}))
    of_organisations = round_of(frame_of({"size": {"s": 500.0, "l": 500.0}}))
    people_ = analyse_clustered(of_people, only(answers, 1)).means.inference.df[0, 0]
    organisations = analyse_clustered(of_organisations, only(answers, 0)).means.inference.df[0, 0]
    assert organisations == pytest.approx(40 - 2 - 1)
    assert 37.4 < people_ < 38


def only(answers: AnswerSet, dimension: int) -> AnswerSet:
    names = sorted({key[dimension] for key in answers.cell_keys})
    cells = np.array([names.index(key[dimension]) for key in answers.cell_keys])[answers.cells]
    return replace(answers, cells=cells, cell_keys=tuple((name,) for name in names))


def test_one_organisation_cannot_tell_its_error() -> None:
    answers, _ = colleagues(np.random.default_rng(1), 30, 0.5)
    one = replace(answers, clusters=np.zeros(len(answers.ids), dtype=np.int64))
    analysis = analyse_clustered(round_of(FRAME), one)
    assert np.isfinite(analysis.means.value).all()
    assert np.isnan(analysis.means.se).all()
    assert np.isnan(analysis.means.inference.variance).all()


def test_what_nobody_answered_is_not_known() -> None:
    answers, _ = colleagues(np.random.default_rng(1), 30, 0.5)
    empty = replace(answers, values=np.full_like(answers.values, np.nan))
    analysis = analyse_clustered(round_of(FRAME), empty)
    assert np.isnan(analysis.means.value).all()
    assert np.isnan(analysis.gaps.inference.variance).all()
    assert (analysis.means.independent == 0).all()


def test_answers_all_alike_leave_no_variance() -> None:
    answers, _ = colleagues(np.random.default_rng(1), 30, 0.5)
    equal = replace(answers, values=np.full_like(answers.values, 3.0))
    inference = analyse_clustered(round_of(FRAME), equal).means.inference
    assert inference.variance == pytest.approx(0, abs=1e-20)
    assert np.isfinite(inference.kish).all()


def test_nobody_cannot_be_weighted() -> None:
    answers, _ = colleagues(np.random.default_rng(1), 30, 0.5)
    with pytest.raises(CannotWeight):
        analyse_clustered(round_of(FRAME), answers.until(0))


def test_many_people_of_few_organisations_confirm_nothing() -> None:
    world = make_world(np.random.default_rng(14), size=420, scales=2, multis=2)
    round_ = world.round.model_copy(update={"unit": "person", "status": "closed"})
    answers = world.answers(240)
    answers = replace(answers, units=np.arange(len(answers.ids)))
    few, many = (replace(answers, clusters=np.arange(len(answers.ids)) % count) for count in (30, 200))
    for one, confirmed in ((few, False), (many, True)):
        analysis = analyse_clustered(round_, one)
        asked = hypotheses(world.items, analysis.segments)
        fresh = Gate(
            np.full(analysis.means.value.shape, "fresh", object), np.full(analysis.means.value.shape, -1)
        )
        verdicts = judge(Case(analysis, world.items, asked, fresh, plan_look(round_, None)), {})
        assert ("confirmed" in {verdict.reason for verdict in verdicts}) is confirmed
        assert verdicts[0].units > 400


def spread_over(alike: float, size: int) -> float:
    """The variance of a segment whose 40 people all say the same, in organisations of so many."""
    rng = np.random.default_rng(8)
    answers, _ = colleagues(rng, 80, alike)
    large = np.array([key[0] == "l" for key in answers.cell_keys])[answers.cells]
    chosen = np.flatnonzero(large)[:40]
    rows = np.concatenate([np.flatnonzero(~large), chosen])
    assert answers.clusters is not None
    clusters = answers.clusters.copy()
    clusters[chosen] = 1000 + np.arange(40) // size
    values = np.where(large[:, None], 5.0, answers.values)
    kept = replace(
        answers,
        values=values[rows],
        cells=answers.cells[rows],
        units=np.arange(len(rows)),
        clusters=clusters[rows],
        ids=tuple(map(str, rows)),
        seqs=np.arange(1, len(rows) + 1),
    )
    analysis = analyse_clustered(round_of(FRAME), kept)
    s = next(i for i, one in enumerate(analysis.segments) if one.categories == {"size": "l"})
    return float(analysis.means.inference.variance[0, s])


def test_a_segment_borrows_the_variation_between_organisations_only_where_there_is_any() -> None:
    assert spread_over(0.95, 8) > 5.5 * spread_over(0.95, 1)
    assert spread_over(0.0, 8) < 4.5 * spread_over(0.0, 1)
