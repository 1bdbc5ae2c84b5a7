"""Lets a process load its code while what it needs is still starting: `… gate GATE MODULE`.

Loading a service takes a second of processor time, making a database folder another one; one after the
other they would leave a core idle.
"""

from __future__ import annotations

import gc
import importlib
import runpy
import sys
import time
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.02


def wait_at(gate: Path) -> None:
    """Wait until the supervisor makes this file. It ends us when it gives up."""
    while not gate.exists():
        time.sleep(POLL_SECONDS)


def main() -> None:
    """Load the module's application, wait at the gate, then run the module as `python -m` does."""
    gate, module = sys.argv[1:]
    gc.disable()  # what is loaded stays: looking through it for garbage takes a tenth of the time
    with suppress(ModuleNotFoundError):  # what is really missing is said when the module runs
        importlib.import_module(f"{module}.app")
    gc.freeze()
    gc.enable()
    wait_at(Path(gate))
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
