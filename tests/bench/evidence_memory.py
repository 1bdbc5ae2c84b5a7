"""A process of its own for one size: how much memory re-analysing, counting and the peer take beside the input."""

from __future__ import annotations

import json
import pickle
import sys
import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from services.survey.counting import count
from tests.bench.evidence_input import make_input
from tests.bench.evidence_peer import Peer, is_here
from tests.bench.evidence_work import accept, reanalyse, scene_of

MB = 2**20
_ME = Path("/proc/self")


def traced(work: Callable[[], object]) -> float:
    """The most that Python and numpy held at once beyond what they held before, in MB."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / MB


def resident(work: Callable[[], object]) -> float | None:
    """By how much the process grew at its largest, in MB; None where the system does not tell (only Linux does).

    It sees what tracemalloc does not: memory that Rust takes.
    """
    try:
        (_ME / "clear_refs").write_text("5")
    except OSError:
        return None
    before = _status("VmRSS")
    work()
    return max(_status("VmHWM") - before, 0.0)


def _status(name: str) -> float:
    lines = (_ME / "status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name}:"))) / 1024


def main(size: int, scales: int, multis: int, kept: str) -> None:
    """Print the figures as JSON. kept: a file with the tallies."""
    given = make_input(size, scales, multis)
    scene = scene_of(given, pickle.loads(Path(kept).read_bytes()))  # noqa: S301  (our own file)
    found: dict[str, float | None] = {
        "peak_mb": traced(lambda: (reanalyse(scene), accept(scene))),
        "count_peak_mb": traced(lambda: [count(batch) for batch in islice(given.batches(size), 2)]),
    }
    if is_here():
        asked = given.questionnaire.questions[:1]
        peer = Peer(given, asked)
        peer.weigh()
        found["svy_peak_mb"] = resident(lambda: (peer.means(asked[0]), peer.levels(asked[0])))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:4]), sys.argv[4])
