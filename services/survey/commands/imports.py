"""Imports: a whole file becomes answers, or none of it does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.survey.commands.answers import new_texts, suggest_practices
from services.survey.commands.rounds import create_round
from services.survey.forms import Form
from services.survey.frame_documents import fill_frame
from services.survey.imports import Harvest, Imported, harvest
from services.survey.mappings import FileMapping, read_mapping
from services.survey.receipts import organisation_key
from services.survey.rounds import Round
from services.survey.spreadsheets import read_sheet
from services.survey.store import rounds as store
from services.survey.store.answers import NewAnswer, save_many
from services.survey.store.erasures import lock_numbering
from shared.db import Transaction
from shared.errors import Refused
from shared.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Upload:
    """A file with its mapping, as loaded from YAML, who imports it, and files that the frame names."""

    data: bytes
    mapping: object
    by: str
    frame_files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def file_hash(self) -> str:
        """Tells whether the same file comes a second time."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Report:
    """What an import took in, or after a rehearsal would take in (then it has no `import_id`)."""

    import_id: str
    round: str
    new_round: bool
    read: int
    kept: int
    dropped: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Found:
    mapping: FileMapping
    form: Form
    harvest: Harvest
    new_round: bool

    def report(self, import_id: str) -> Report:
        """What came of it, as the one who imported sees it."""
        found = self.harvest
        code = self.mapping.round_code
        return Report(import_id, code, self.new_round, found.read, len(found.answers), found.dropped)


async def import_answers(tx: Transaction, upload: Upload, key: bytes) -> Report:
    """Take in all the answers of a file; a round that the mapping writes out is created when it is new.

    Raises:
        Invalid: mapping or file cannot be read; nothing was taken in, and the message says where it fails.
        NotFound: the mapping names a round that does not exist.
        Refused: the round exists with another frame, or holds this file already.
    """
    found = await _find(tx, upload)
    report = found.report(tx.new_id())
    await store.save_import(tx, _import_row(tx, found, upload, report))
    new = [_new_answer(tx, found.form, answer, report.import_id, key) for answer in found.harvest.answers]
    await save_many(tx, new)
    for answer in new:
        suggest_practices(tx, found.form, answer)
    await tx.audit(upload.by, "import", report.import_id, {"round": report.round, "kept": report.kept})
    tx.wake("releases")
    return report


async def rehearse_import(tx: Transaction, upload: Upload) -> Report:
    """What `import_answers` would take in, with the same refusals; changes nothing."""
    savepoint = await tx.conn.begin_nested()
    try:
        return (await _find(tx, upload)).report("")
    finally:
        await savepoint.rollback()


async def _find(tx: Transaction, upload: Upload) -> _Found:
    mapping = read_mapping(fill_frame(upload.mapping, upload.frame_files, vocabulary()))
    await lock_numbering(tx)
    new_round = await _ensure_round(tx, mapping, upload.by)
    form = await store.load_form(tx, mapping.round_code)
    before = await store.load_import_of_file(tx, mapping.round_code, upload.file_hash)
    if before:
        raise Refused(
            "imported_before", f"This file is in the round already, as import {before}. Undo that first."
        )
    sheet = read_sheet(upload.data, mapping.source)
    found = harvest(mapping, (form.round, form.questionnaire), sheet, vocabulary())
    return _Found(mapping, form, found, new_round)


async def _ensure_round(tx: Transaction, mapping: FileMapping, by: str) -> bool:
    """Create the round if the mapping writes it out and it is new; says whether it was."""
    if not isinstance(mapping.round, Round):
        return False
    known = await store.load_round(tx, mapping.round.round)
    if known is None:
        await create_round(tx, mapping.round, mapping.questionnaire, by)
        return True
    if (known.frame, known.unit, known.questionnaire) != (
        mapping.round.frame,
        mapping.round.unit,
        mapping.round.questionnaire,
    ):
        raise Refused(
            "round_differs",
            f"There is a round “{known.round}” with another frame, unit or questionnaire. "
            "Name it by its code to import into it, or give this one a new code.",
        )
    return False


def _new_answer(tx: Transaction, form: Form, found: Imported, import_id: str, key: bytes) -> NewAnswer:
    return NewAnswer(
        answer=tx.new_id(),
        round=form.round.round,
        given=found.given,
        organisation=organisation_key(key, found.organisation) if found.organisation else None,
        source="import",
        texts=new_texts(tx, form, found.given),
        import_id=import_id,
    )


def _import_row(tx: Transaction, found: _Found, upload: Upload, report: Report) -> dict[str, object]:
    return {
        "import": report.import_id,
        "round": report.round,
        "mapping": found.mapping.mapping,
        "file_hash": upload.file_hash,
        "read": report.read,
        "kept": report.kept,
        "dropped": report.dropped,
        "imported_by": upload.by,
        "imported_at": tx.now,
        "undone_at": None,
    }
