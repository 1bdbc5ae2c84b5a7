"""The supervisor as a process of its own: `python -m deploy.embedded PLAN [--attached]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from deploy.embedded.journal import Journal, tell_parent
from deploy.embedded.plan import Plan
from deploy.embedded.supervisor import supervise
from deploy.embedded.troubles import Trouble
from deploy.embedded.wakeup import Wakeup


def main() -> int:
    """Run one stack to its end; returns the exit code."""
    journal = Journal(_tell)
    try:
        supervise(Plan.from_json(sys.argv[1]), journal, Wakeup(attached="--attached" in sys.argv))
    except Trouble as trouble:
        journal.note(trouble.message, "error")
        tell_parent({"trouble": trouble.message, "exit_code": trouble.exit_code})
        return trouble.exit_code
    except Exception as error:  # noqa: BLE001 - a person gets a sentence, the log gets the rest
        journal.note_crash()
        kind = type(error).__name__
        tell_parent({"trouble": f"The supervisor failed ({kind}); its log has the details.", "exit_code": 1})
        return 1
    return 0


def _tell(message: Mapping[str, Any]) -> None:
    tell_parent(message)
    if "ready" in message:  # nobody reads on from here: what we write must not fill a pipe
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)


if __name__ == "__main__":
    sys.exit(main())
