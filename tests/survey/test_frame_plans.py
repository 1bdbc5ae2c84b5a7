"""A mapping of a frame says what it means, or is refused by its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from services.survey.frame_plans import read_plan
from shared.errors import Invalid


def test_a_word_is_enough_where_a_list_could_stand() -> None:
    plan = read_plan(
        {"frame": {"files": [{"file": "a.csv", "where": {"Vuosi": 2023}, "dimensions": {"size": "Koko"}}]}}
    )
    (file,) = plan.files
    assert file.where == {"Vuosi": ("2023",)}
    assert file.dimensions["size"].column is not None
    assert file.dimensions["size"].column.header == "Koko"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "must be a YAML mapping"),
        ([], "must be a YAML mapping"),
        ({"frame": 5}, "must be a YAML mapping"),
        ({"file": "a.csv"}, "file: Extra inputs are not permitted"),
        ({"files": [{"file": ""}]}, "files → 0 → file"),
        ({"files": [{"file": "a", "hidden": "guess"}]}, "files → 0 → hidden"),
        ({"files": [{"file": "a", "dimensions": {"size": {"recode": "magic"}}}]}, "size → recode"),
        ({"files": [{"file": "a", "where": 3}]}, "files → 0 → where"),
    ],
)
def test_what_is_no_plan_is_refused(document: object, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_plan(document)
    assert said in refused.value.message


def test_the_mapping_that_analysts_are_shown_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs/analysts.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"^```yaml\n(files:.*?)^```$", page, re.MULTILINE | re.DOTALL)
    plan = read_plan(yaml.safe_load(written))
    assert [sorted(file.dimensions) for file in plan.files] == [["size", "sub-region"], ["industry"]]
    assert plan.files[0].dimensions["size"].map == {"1": "1-9", "2": "10-49", "3": "50-249", "4": "250plus"}
