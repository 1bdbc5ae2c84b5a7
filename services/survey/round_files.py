"""A round written out in a file: what it asks, whom, and when."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from services.survey.frame_documents import fill_frame
from services.survey.mappings import what_is_wrong
from services.survey.questionnaires import Questionnaire
from services.survey.rounds import Round
from shared.errors import Invalid
from shared.vocabulary import Vocabulary


def read_round_file(
    document: object, files: Mapping[str, bytes], words: Vocabulary
) -> tuple[Round, Questionnaire | None]:
    """The `round` of a loaded YAML document and its `questionnaire`, when it is not one already known.

    files: those that its frame names.

    Raises:
        Invalid: it is no round; says which place is wrong and why.
    """
    document = fill_frame(document, files, words)
    if not isinstance(document, dict) or not isinstance(document.get("round"), dict):
        raise Invalid(
            "round_not_valid", "The file must have a part `round`, and `questionnaire` if it is new."
        )
    try:
        written = document.get("questionnaire")
        questionnaire = None if written is None else Questionnaire.model_validate(written)
        return Round.model_validate(document["round"]), questionnaire
    except ValidationError as error:
        raise Invalid("round_not_valid", f"The round is not valid. {what_is_wrong(error)}") from None
