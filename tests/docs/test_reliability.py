"""The page on reliability shows the checks as they are and the run that was recorded."""

from __future__ import annotations

from tests import recording
from tests.faults import record
from tests.faults.crashing import POINTS
from tests.network import record as network
from tests.network.cells import ALL
from tests.powercut import programme as powercut
from tests.powercut import record as power_cuts

KEPT = recording.kept(record.RECORD)
PAGE = recording.PAGE.read_text(encoding="utf-8")


def test_the_page_shows_what_is_checked_and_what_was_run() -> None:
    assert all(part in PAGE for part in record.parts().values())


def test_the_recorded_run_violated_nothing_and_was_long_enough() -> None:
    assert [line["violations"] for line in KEPT["seeds"]] == [0] * len(KEPT["seeds"])
    assert sum(line["kills"] + line["points"] + line["cuts"] for line in KEPT["seeds"]) >= 200
    assert sum(line["accepted"] for line in KEPT["seeds"]) >= 10_000


def test_every_crash_point_was_reached_twice() -> None:
    assert len(POINTS) >= 20
    # Those that were added since the run are shown as such; `make faults` wants all of them.
    assert {point: hits for point, hits in KEPT["points"].items() if hits < 2} == {}


def test_the_page_shows_the_power_cuts_that_were_recorded() -> None:
    assert all(part in PAGE for part in power_cuts.parts().values())


def test_the_recorded_power_cuts_took_nothing_and_no_control_was_blind() -> None:
    kept = recording.kept(power_cuts.RECORD)
    told = {(one.name, one.control): one.cuts for one in powercut.ALL}
    cuts = [(cut["name"], cut["control"]) for cut in kept["cuts"]]
    assert {one: cuts.count(one) for one in cuts} == told
    assert [powercut.Cut(**cut).trouble for cut in kept["cuts"]] == [""] * len(cuts)


def test_the_page_shows_what_links_suffered() -> None:
    assert all(part in PAGE for part in network.parts().values())


def test_every_cell_of_the_links_was_recorded_and_nothing_was_violated() -> None:
    kept = recording.kept(network.RECORD)
    assert [(cell["link"], cell["fault"]) for cell in kept["cells"]] == [
        (cell.link, cell.how) for cell in ALL
    ]
    assert {cell[name] for cell in kept["cells"] for name in ("lost", "doubled", "violations")} == {0}
    assert all(cell["accepted"] and cell["suffered"] for cell in kept["cells"])
