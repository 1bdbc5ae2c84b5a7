"""`make compose-test`: build the image and run the containers for real; the last line is JSON."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.compose.engine import Engine, NoEngine, find_engine
from tests.compose.images import Source, build, make_base
from tests.compose.programme import Report, run
from tests.compose.trial import Failed, trial


def say(sentence: str) -> None:
    """Tell how far it is."""
    print(sentence, flush=True)


def main() -> int:
    """Run and say what came of it; the exit code is 1 where anything did not hold."""
    asked = _asked()
    began = time.monotonic()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="latu-containers-") as name:
        folder = Path(name)
        try:
            engine = find_engine(folder)
            source = Source(asked.base, asked.mirror, asked.ca, asked.index)
            images = _images(engine, source, folder, report)
            with trial(engine, images, folder) as made:
                run(made, report, asked.rounds, say)
        except NoEngine as reason:
            say(f"Skipped: {reason}.")
            print(json.dumps({"skipped": str(reason)}))
            return 1 if asked.required else 0
        except Failed as failure:
            say(f"Failed: {failure}")
        except subprocess.CalledProcessError as failure:
            say(f"Failed: {failure}\n{(failure.stderr or '')[-3000:]}")
    report.seconds = round(time.monotonic() - began, 1)
    print(json.dumps(report.as_line()))
    return 0 if report.holds else 1


def _images(engine: Engine, source: Source, folder: Path, report: Report) -> dict[str, str]:
    began = time.monotonic()
    base = make_base(engine, source, folder)
    say(f"{engine.name} with the base image {base} ({time.monotonic() - began:.1f} s)")
    images = build(engine, source, base, folder)
    report.image_mb, report.base_mb = engine.megabytes(images["latu"]), engine.megabytes(base)
    say(
        f"built after {time.monotonic() - began:.1f} s: {report.image_mb} MB, {report.base_mb} of them the base"
    )
    return images


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make compose-test", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often each container is killed")
    parser.add_argument("--base", default="", help="the base image; by default what the Dockerfile names")
    parser.add_argument(
        "--mirror", default="", help="the Debian archive of which a base is made where none can be pulled"
    )
    parser.add_argument(
        "--ca", default="", help="certificates by which packages are fetched; by default PIP_CERT"
    )
    parser.add_argument(
        "--index", default="", help="the index of packages; by default PIP_INDEX_URL, or the usual one"
    )
    parser.add_argument(
        "--required", action="store_true", help="where it cannot be run, fail instead of saying so"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
