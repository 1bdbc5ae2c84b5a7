"""Frame documents: a round written out in YAML whose frame is counted in files beside it."""

from __future__ import annotations

from collections.abc import Mapping

from services.survey.counted_tables import short
from services.survey.frame_plans import read_plan
from services.survey.frames import read_frame
from shared.errors import Invalid
from shared.vocabulary import Vocabulary


def fill_frame(document: object, files: Mapping[str, bytes], words: Vocabulary) -> object:
    """The document, with a frame written out where its round names files.

    Raises:
        Invalid: a file that it names was not sent, one was sent that it does not name, or one does not fit.
    """
    round_ = document.get("round") if isinstance(document, dict) else None
    written = round_.get("frame") if isinstance(round_, dict) else None
    if not isinstance(written, dict) or "files" not in written:
        if files:
            names = ", ".join(f"“{short(name)}”" for name in files)
            raise Invalid(
                "frame_file_unknown", f"The frame of the round names no files, but {names} was sent."
            )
        return document
    frame = read_frame(read_plan(written), files, None, words).model_dump(mode="json")
    return {**document, "round": {**round_, "frame": frame}}  # type: ignore[dict-item]
