"""A round may name the files that count its frame."""

from __future__ import annotations

from typing import Any

import pytest

from services.survey.frame_documents import fill_frame
from services.survey.rounds import Frame
from shared.errors import Invalid
from shared.vocabulary import vocabulary
from tests.survey.asked import FRAME, round_, text
from tests.survey.counts import as_csv

FILE = as_csv(("sub-region", "size", "count"), ("rovaniemi", "1-9", 50), ("rovaniemi", "10-49", 10),
              ("pohjois-lappi", "1-9", 20), ("pohjois-lappi", "10-49", 20))  # fmt: skip


def document(frame: Any) -> dict[str, Any]:
    return {"mapping": "m", "round": {**round_().model_dump(mode="json"), "frame": frame}}


def test_a_frame_that_files_count_is_written_out() -> None:
    named = document({"files": [{"file": "f.csv"}], "assumptions": [text("assumed").model_dump()]})
    filled = fill_frame(named, {"f.csv": FILE}, vocabulary())
    assert isinstance(filled, dict)
    frame = Frame.model_validate(filled["round"]["frame"])
    assert [d.counts for d in frame.dimensions] == [d.counts for d in FRAME.dimensions]
    assert frame.dimensions[0].label == vocabulary().dimensions[0].text
    assert frame.assumptions == FRAME.assumptions
    assert filled["mapping"] == "m"
    assert "files" in named["round"]["frame"]


@pytest.mark.parametrize("other", [None, 5, {"round": "r1"}, {"round": {"frame": 3}}, document({})])
def test_a_document_that_names_no_files_stays_as_it_is(other: object) -> None:
    assert fill_frame(other, {}, vocabulary()) is other
    with pytest.raises(Invalid, match=r"names no files, but “f\.csv” was sent"):
        fill_frame(other, {"f.csv": FILE}, vocabulary())


def test_a_file_that_was_not_sent_is_named() -> None:
    with pytest.raises(Invalid, match=r"needs the file “f\.csv”"):
        fill_frame(document({"files": [{"file": "f.csv"}]}), {}, vocabulary())
