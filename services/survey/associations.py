"""Associations: whether the answers to a question go together with a part of the frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.survey.answers import AnswerSet
from services.survey.contingency import Table, independence, table
from services.survey.designs import Bools, CannotEstimate, Floats, Labels
from services.survey.items import Item, items_of
from services.survey.linearised import indicators
from services.survey.questionnaires import Questionnaire
from services.survey.rounds import Dimension, Round
from services.survey.samples import Sample, clustered, sample_of
from services.survey.thresholds import K
from shared.errors import NotFound
from shared.events import Text, Value


class Association(Value):
    """Rao and Scott's test of whether an item is distributed alike in every category of a dimension.

    columns: the answers that were told apart; levels that too few gave are joined with their neighbours.
    units, organisations: that are in the table. f: the statistic, with df and df_within degrees of freedom.
    design_effect: how much larger the error is than that of as many units of a simple random sample.
    """

    round: str
    item: str
    question_text: Text
    by: str
    by_label: Text
    rows: tuple[Text, ...]
    columns: tuple[Text, ...]
    units: int
    organisations: int
    f: float
    df: float
    df_within: float
    p: float
    design_effect: float


def associate(
    round_: Round, questionnaire: Questionnaire, answers: AnswerSet, item: str, by: str
) -> Association:
    """Test it on the answers as they stand, raked, clustered by organisation where people answered.

    The error is not corrected for a finite population: in one, a difference of exactly nothing would hardly
    ever be there to find (Cochran 1977, 2.14).

    Raises:
        NotFound: the round has no such question, option or dimension.
        CannotEstimate: a cell of the table has fewer than k organisations, or there is nothing to test.
        CannotWeight: nobody answered, or the margins cannot be met.
    """
    items, dimension = _asked(questionnaire, item), _dimension(round_, by)
    sample = _as_drawn(sample_of(round_, answers), answers)
    known = [list(answers.items).index(one.name) for one in items]
    columns = _columns(items, sample.values[:, known])
    place = [d.code for d in round_.frame.dimensions].index(by)
    codes = np.array([sample.cell_keys[cell][place] for cell in sample.cells], dtype=object)
    rows = _rows(dimension, codes, np.isfinite(columns.sum(axis=1)))
    groups = [[index] for index in range(columns.shape[1])]
    indicated = indicators(codes, rows)
    if len(items) > 1 and items[0].level is not None:
        groups = _joined(sample, indicated, columns)
    tested = table(sample.design, indicated, _summed(columns, groups))
    if _fewest(sample, tested.rows, tested.columns) < K.value:
        message = f"A cell of the table has fewer than {K.value:g} organisations: nothing is told of it."
        raise CannotEstimate("too_few_in_a_cell", message)
    return _told(round_, items, dimension, (rows, groups), tested)


def _asked(questionnaire: Questionnaire, name: str) -> list[Item]:
    """The items that make the columns: those of a question, or one figure and its opposite."""
    items = items_of(questionnaire)
    one = [item for item in items if item.name == name and item.kind == "share"]
    if one:
        return one
    of_question = [item for item in items if item.question.code == name]
    if not of_question:
        message = "The round asks no such question, or the question has no such option."
        raise NotFound("no_such_item", message)
    apart = [item for item in of_question if not item.whole]
    if not apart or apart[0].question.kind == "multi":
        message = (
            "This question has no answers that exclude each other; name one of its options, if it has any."
        )
        raise CannotEstimate("no_categories", message)
    return apart


def _dimension(round_: Round, by: str) -> Dimension:
    for dimension in round_.frame.dimensions:
        if dimension.code == by:
            return dimension
    raise NotFound("no_such_dimension", "The round has no such dimension.")


def _as_drawn(sample: Sample, answers: AnswerSet) -> Sample:
    """Units drawn with replacement, people within their organisations."""
    first = np.unique(answers.units, return_index=True)[1]
    return clustered(sample, answers.units[first] if answers.clusters is None else answers.clusters[first])


def _columns(items: Sequence[Item], values: Floats) -> Floats:
    """How much of each unit's answers is in each column; nan where it gave none."""
    return values if len(items) > 1 else np.hstack([values, 1 - values])


def _rows(dimension: Dimension, codes: Labels, answered: Bools) -> list[str]:
    """The categories, in their order, in which somebody answered."""
    present = set(codes[answered])
    return [category.code for category in dimension.categories if category.code in present]


def _joined(sample: Sample, rows: Floats, columns: Floats) -> list[list[int]]:
    """Neighbouring levels joined, sparsest first, until every cell has k organisations or two are left."""
    groups = [[index] for index in range(columns.shape[1])]
    while len(groups) > 2:
        fewest = [_fewest(sample, rows, _summed(columns, [group])) for group in groups]
        if min(fewest) >= K.value:
            break
        sparse = int(np.argmin(fewest))
        sides = [side for side in (sparse - 1, sparse + 1) if 0 <= side < len(groups)]
        left, right = sorted((sparse, min(sides, key=lambda side: fewest[side])))
        groups[left : right + 1] = [groups[left] + groups[right]]
    return groups


def _summed(columns: Floats, groups: Sequence[Sequence[int]]) -> Floats:
    return np.column_stack([columns[:, group].sum(axis=1) for group in groups])


def _fewest(sample: Sample, rows: Floats, columns: Floats) -> int:
    """The organisations in the cell that has the fewest."""
    unit = sample.design.stages[0].unit
    return min(len(np.unique(unit[(row > 0) & (column > 0)])) for row in rows.T for column in columns.T)


def _told(
    round_: Round,
    items: Sequence[Item],
    dimension: Dimension,
    sides: tuple[Sequence[str], Sequence[Sequence[int]]],
    tested: Table,
) -> Association:
    found = independence(tested)
    labels = {category.code: category.label for category in dimension.categories}
    columns = [_label(items, group) for group in sides[1]]
    here = tested.design.counted > 0
    return Association(
        round=round_.round,
        item=items[0].name if len(items) == 1 else items[0].question.code,
        question_text=items[0].text if len(items) == 1 else items[0].question.text,
        by=dimension.code,
        by_label=dimension.label,
        rows=tuple(labels[code] for code in sides[0]),
        columns=tuple(columns),
        units=int(here.sum()),
        organisations=len(np.unique(tested.design.stages[0].unit[here])),
        f=found.statistic,
        df=found.degrees[0],
        df_within=found.degrees[1],
        p=found.p,
        design_effect=float(np.trace(tested.effects)) / tested.parameters,
    )


def _label(items: Sequence[Item], group: Sequence[int]) -> Text:
    """The answers of a column; of one figure, itself and all others."""
    if len(items) == 1:
        return (
            items[0].label if group == [0] else Text(fi="muu vastaus", en="another answer", sv="annat svar")
        )
    labels = [items[index].label for index in group]
    return Text(
        **{code: " / ".join(label.in_language(code) for label in labels) for code in ("fi", "en", "sv")}
    )
