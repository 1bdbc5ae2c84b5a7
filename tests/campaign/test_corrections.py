"""Readers are told what changed, with the figures then and now."""

from __future__ import annotations

from datetime import date

from services.campaign import corrections
from services.campaign.corrections import figure_in_words
from services.campaign.grounds import Ground
from tests.campaign.given import figure, insight, text


def test_a_figure_is_written_with_interval_and_scale_in_the_readers_way() -> None:
    assert figure_in_words(figure(3.4, 3.8), "fi") == "3,6 (3,4–3,8; 1–5)"
    assert figure_in_words(figure(3.4, 3.8), "en") == "3.6 (3.4–3.8; 1–5)"
    assert figure_in_words(figure(30, 40, kind="share", unit=""), "fi") == "35 % (30–40 %)"
    assert figure_in_words(figure(30, 40, kind="share", unit=""), "en") == "35% (30–40%)"


def test_a_negative_interval_cannot_be_misread() -> None:
    assert figure_in_words(figure(-2, -1, kind="difference", unit="%"), "fi") == "−1,5 % (−2 – −1 %)"


def test_a_correction_names_the_day_of_the_newest_release() -> None:
    written = Ground((insight("i1"), insight("i2")))
    now = Ground(
        (
            insight("i1", 2, figure=figure(1, 2), released_on=date(2026, 12, 1)),
            insight("i2", 2, figure=figure(1, 2), released_on=date(2026, 12, 8)),
        )
    )
    note = corrections.corrected(None, written, now)
    assert "8.12.2026" in note.fi
    assert "8 December 2026" in note.en


def test_what_staff_said_stands_before_what_changed_later() -> None:
    now = Ground((insight(revision=2, figure=figure(1, 2)),))
    note = corrections.corrected(text("Toimitus"), Ground((insight(),)), now)
    assert note.fi.startswith("Toimitus fi Korjattu: luvut")
    assert corrections.corrected(text("Toimitus"), now, now).fi == "Toimitus fi"


def test_every_reason_to_hold_has_its_words_in_three_languages() -> None:
    for because in ("retracted", "restated", "advice", "revised", "staff", None):
        note = corrections.held(because)
        assert note.fi
        assert note.en
        assert note.sv
