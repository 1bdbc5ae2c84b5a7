"""Findings are confirmed sparingly, indicated openly, and every rule says why it did not fire."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.survey.counting import tally
from services.survey.disclosure import Gate
from services.survey.estimates import Analysis, analyse
from services.survey.judging import Case, judge
from services.survey.looks import plan_look
from services.survey.rounds import Round
from services.survey.rules import hypotheses
from services.survey.thresholds import CLOSING_SHARE
from services.survey.verdicts import Judged
from tests.survey.worlds import World, make_world

CLOSED = {"status": "closed"}


def all_fresh(analysis: Analysis) -> Gate:
    shape = analysis.means.value.shape
    return Gate(np.full(shape, "fresh", dtype=object), np.full(shape, -1))


def case_of(world: World, organisations: int, **round_changes: object) -> Case:
    round_: Round = world.round.model_copy(update=round_changes)
    analysis = analyse(round_, tally(world.answers(organisations)))
    asked = hypotheses(world.items, analysis.segments)
    return Case(analysis, world.items, asked, all_fresh(analysis), plan_look(round_, None))


def verdicts(case: Case, past: dict[str, Judged] | None = None) -> dict[str, Judged]:
    judged = judge(case, past or {})
    return {hypothesis.name: verdict for hypothesis, verdict in zip(case.hypotheses, judged, strict=True)}


@pytest.fixture(scope="module")
def ceiling() -> World:
    """A population whose second scale lies far above the bound of a strength."""
    return make_world(np.random.default_rng(14), size=420, scales=2, multis=2)


def test_what_is_clear_everywhere_is_confirmed_at_the_close(ceiling: World) -> None:
    found = verdicts(case_of(ceiling, 240, **CLOSED))
    assert found["state-1|strength|region"].reason == "confirmed"
    assert found["state-1|need|region"].reason == "not_found"


def test_an_early_look_has_less_to_spend_than_the_close(ceiling: World) -> None:
    early, close = verdicts(case_of(ceiling, 240)), verdicts(case_of(ceiling, 240, **CLOSED))
    for name, verdict in early.items():
        assert verdict.p == pytest.approx(close[name].p, nan_ok=True)
        assert verdict.least >= close[name].least


def test_the_smallest_p_so_far_counts(ceiling: World) -> None:
    early = verdicts(case_of(ceiling, 200))
    later = verdicts(case_of(ceiling, 60), early)
    assert all(later[name].least <= early[name].least for name in early)


def test_looks_before_an_import_was_undone_count_no_more(ceiling: World) -> None:
    early = verdicts(case_of(ceiling, 200))
    anew = verdicts(replace(case_of(ceiling, 60), anew=True), early)
    assert anew["state-1|strength|region"].least > early["state-1|strength|region"].least


def test_too_few_units_confirm_nothing_but_may_indicate(ceiling: World) -> None:
    found = verdicts(case_of(ceiling, 39, **CLOSED))
    assert "confirmed" not in {verdict.reason for verdict in found.values()}
    assert found["state-1|strength|region"].reason == "indicated"


def test_a_small_segment_is_said_to_be_too_small(ceiling: World) -> None:
    case = case_of(ceiling, 120, **CLOSED)
    found = verdicts(case)
    small = {s for s in range(len(case.analysis.segments)) if case.analysis.means.units[0, s] < 15}
    assert small
    for hypothesis in case.hypotheses:
        if hypothesis.segment in small:
            assert found[hypothesis.name].reason in ("too_few", "indicated", "covered")


def test_a_withheld_figure_is_neither_judged_nor_kept(ceiling: World) -> None:
    case = case_of(ceiling, 240, **CLOSED)
    case.gate.verdicts[1, 3] = "small"
    name = f"state-1|strength|{case.analysis.segments[3].slug}"
    verdict = verdicts(case)[name]
    assert (verdict.reason, verdict.p) == ("suppressed", 1.0)
    assert np.isnan([verdict.figure.value, verdict.shrunk.value]).all()


def test_a_gap_is_not_judged_where_the_region_is_withheld(ceiling: World) -> None:
    case = case_of(ceiling, 240, **CLOSED)
    case.gate.verdicts[0, 0] = "complementary"
    assert verdicts(case)[f"state-0|gap|{case.analysis.segments[1].slug}"].reason == "suppressed"


def test_a_figure_that_is_held_is_judged_as_it_stands(ceiling: World) -> None:
    early = verdicts(case_of(ceiling, 200))
    case = case_of(ceiling, 240, **CLOSED)
    case.gate.verdicts[1, :] = "held"
    case.gate.stands[1, :] = 0
    later = verdicts(case, early)["state-1|strength|region"]
    before = early["state-1|strength|region"]
    assert later.held
    assert (later.p, later.figure, later.release) == (before.p, before.figure, before.release)
    assert later.least == min(before.least, before.p / CLOSING_SHARE.value)


def test_equal_answers_cannot_be_judged_in_the_region(ceiling: World) -> None:
    answers = ceiling.answers(200)
    values = answers.values.copy()
    values[:, 1] = 5.0
    analysis = analyse(ceiling.round, tally(replace(answers, values=values)))
    case = case_of(ceiling, 200, **CLOSED)
    case = replace(case, analysis=analysis)
    assert verdicts(case)["state-1|strength|region"].reason == "cannot_say"


def test_answers_that_drift_with_time_are_not_confirmed(ceiling: World) -> None:
    answers = ceiling.answers(240)
    rising = np.linspace(-2, 2, len(answers.ids))[:, None]
    drifting = replace(answers, values=np.clip(answers.values + rising, 1, 5))
    round_ = ceiling.round.model_copy(update=CLOSED)
    case = replace(case_of(ceiling, 240, **CLOSED), analysis=analyse(round_, tally(drifting)))
    assert verdicts(case)["state-1|strength|region"].reason in ("drift", "indicated", "not_found")
    assert verdicts(case)["state-1|strength|region"].p == 1.0


def test_an_indication_is_drawn_towards_the_region(ceiling: World) -> None:
    case = case_of(ceiling, 150)
    region = case.analysis.means.value[0, 0]
    for hypothesis, verdict in zip(case.hypotheses, judge(case, {}), strict=True):
        if hypothesis.item == 0 and hypothesis.rule == "need" and not np.isnan(verdict.shrunk.value):
            own, shrunk = verdict.figure.value, verdict.shrunk.value
            assert min(own, region) - 1e-9 <= shrunk <= max(own, region) + 1e-9


def test_what_a_wider_segment_confirms_is_not_indicated_again(ceiling: World) -> None:
    found = verdicts(case_of(ceiling, 240, **CLOSED))
    segments = {name: v for name, v in found.items() if name.startswith("state-1|strength|")}
    assert segments["state-1|strength|region"].reason == "confirmed"
    assert "indicated" not in {verdict.reason for verdict in segments.values()}
    assert "covered" in {verdict.reason for verdict in segments.values()}


def test_a_confirmed_finding_ends_when_its_figure_leaves_the_level(ceiling: World) -> None:
    early = verdicts(case_of(ceiling, 240, **CLOSED))
    answers = ceiling.answers(240)
    fallen = replace(answers, values=np.clip(answers.values - 2.0, 1, 5))
    round_ = ceiling.round.model_copy(update=CLOSED)
    case = replace(case_of(ceiling, 240, **CLOSED), analysis=analyse(round_, tally(fallen)))
    later = verdicts(case, early)["state-1|strength|region"]
    assert early["state-1|strength|region"].reason == "confirmed"
    assert later.reason == "not_found"
