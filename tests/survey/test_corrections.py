"""A corrected frame keeps whatever answers lie in."""

from __future__ import annotations

import pytest

from services.survey.corrections import CannotCorrect, changes, correct, says_otherwise
from services.survey.rounds import Dimension, Frame, FrameSource
from shared.errors import Invalid
from tests.survey.asked import FRAME, dimension, round_
from tests.survey.test_rounds import uncounted

USED = {"sub-region": {"rovaniemi"}, "size": {"1-9", "10-49"}}
PLACES = dimension("sub-region", {"rovaniemi": 70, "pohjois-lappi": 30})
SIZES = dimension("size", {"1-9": 80, "10-49": 20})


def frame(*dimensions: Dimension) -> Frame:
    return Frame(dimensions=dimensions)


def test_counts_may_change_at_any_time() -> None:
    for status in ("planned", "open", "closed"):
        one = correct(round_(status=status), frame(PLACES, SIZES), USED)
        assert (one.frame, one.status) == (frame(PLACES, SIZES), status)


def test_dimensions_keep_the_order_that_keys_of_findings_are_made_of() -> None:
    assert correct(round_(), frame(SIZES, PLACES), USED).frame == frame(PLACES, SIZES)


def test_a_dimension_may_lose_its_counts() -> None:
    partly = frame(PLACES, uncounted("size", "1-9", "10-49"))
    assert correct(round_(), partly, USED).frame.counted == (PLACES,)


@pytest.mark.parametrize(
    "dimensions", [(PLACES,), (PLACES, SIZES, dimension("industry", {"a": 100})), (PLACES, dimension("koko", {"1-9": 100}))]
)  # fmt: skip
def test_dimensions_that_answers_lie_in_cannot_come_or_go(dimensions: tuple[Dimension, ...]) -> None:
    with pytest.raises(CannotCorrect, match="The dimensions must stay"):
        correct(round_(status="closed"), frame(*dimensions), USED)
    assert correct(round_(status="planned"), frame(*dimensions), {}).frame == frame(*dimensions)


def test_a_category_that_answers_name_cannot_go() -> None:
    with pytest.raises(CannotCorrect, match="The dimension size must keep 10-49"):
        correct(round_(status="closed"), frame(PLACES, dimension("size", {"1-9": 100})), USED)


def test_a_category_that_nobody_named_may_go_once_the_form_is_closed() -> None:
    fewer = frame(dimension("sub-region", {"rovaniemi": 100}), SIZES)
    assert correct(round_(status="closed"), fewer, USED).frame == fewer
    with pytest.raises(CannotCorrect, match="must keep pohjois-lappi"):
        correct(round_(status="open"), fewer, USED)


def test_an_open_form_asks_nothing_new_but_may_offer_more_categories() -> None:
    more = frame(PLACES, dimension("size", {"1-9": 60, "10-49": 30, "50-249": 10}))
    assert correct(round_(status="open"), more, {}).frame == more
    with pytest.raises(CannotCorrect, match="industry would come or go"):
        correct(round_(status="open"), frame(PLACES, SIZES, dimension("industry", {"a": 100})), {})


def test_a_declared_table_must_keep_its_dimensions() -> None:
    with pytest.raises(Invalid, match="tables name unknown dimensions: size"):
        correct(round_(status="planned", tables=((), ("size",))), frame(PLACES), {})


def test_a_correction_is_shown_category_by_category() -> None:
    places, sizes = changes(FRAME, frame(dimension("sub-region", {"rovaniemi": 100}), FRAME.dimensions[1]))
    assert [(c.code, c.before, c.after) for c in places.categories] == [
        ("rovaniemi", 60, 100),
        ("pohjois-lappi", 40, None),
    ]
    assert (places.changed, sizes.changed) == (True, False)
    (new,) = changes(None, frame(PLACES))
    assert [c.before for c in new.categories] == [None, None]
    gone = changes(FRAME, frame(PLACES))[-1]
    assert (gone.code, [c.after for c in gone.categories]) == ("size", [None, None])


def test_the_same_frame_again_is_no_correction() -> None:
    with pytest.raises(CannotCorrect, match="has this frame already"):
        correct(round_(), Frame(dimensions=FRAME.dimensions[::-1], assumptions=FRAME.assumptions), USED)


def test_a_source_that_is_named_anew_changes_no_figure() -> None:
    named = FRAME.model_copy(
        update={"sources": (FrameSource(name="a.csv", dimensions=("size",), total=100),)}
    )
    assert correct(round_(), named, USED).frame == named
    assert not says_otherwise(FRAME, named)
    assert says_otherwise(FRAME, frame(*FRAME.dimensions))
    assert says_otherwise(FRAME, Frame(dimensions=(PLACES, SIZES), assumptions=FRAME.assumptions))
    hidden = named.sources[0].model_copy(update={"hidden": 2})
    assert says_otherwise(FRAME, named.model_copy(update={"sources": (hidden,)}))
