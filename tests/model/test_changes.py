"""What a version says about its changes."""

from __future__ import annotations

from services.model.changes import EVIDENCE_ONLY, describe_changes, differs
from services.model.entries import Entry, make_entry
from tests.model.given import adopted, insight, known, practice, text

TOLD = known(insight("a"), practice("breaks"), practice("walks"))


def entry(name: str = "breaks", **changes: object) -> Entry:
    return make_entry(adopted(TOLD, name, **changes))


def test_the_first_version_is_all_new() -> None:
    said = describe_changes([entry(), entry("walks")], ())
    assert said.en == "New: Title breaks; Title walks."
    assert said.fi == "Uutta: Title breaks (fi); Title walks (fi)."


def test_each_kind_of_change_is_named() -> None:
    before = [entry("breaks"), entry("walks")]
    now = [entry("breaks", strength="strong", certainty="low", text=text("Other"))]
    said = describe_changes(now, before)
    assert (
        said.en
        == "Strength or certainty changed: Title breaks. Reworded: Title breaks. Left out: Title walks."
    )


def test_evidence_alone_is_said_too() -> None:
    more = make_entry(adopted(known(insight("a", revision=2), practice())))
    assert differs([more], [entry()])
    assert describe_changes([more], [entry()]) == EVIDENCE_ONLY


def test_the_same_differs_in_nothing() -> None:
    assert not differs([entry()], [entry()])


def test_a_title_without_swedish_leaves_the_swedish_out() -> None:
    bare = entry().model_copy(update={"title": text("x").model_copy(update={"sv": ""})})
    assert describe_changes([bare], ()).sv == ""
    assert describe_changes([entry()], ()).sv == "Nytt: Title breaks (sv)."
