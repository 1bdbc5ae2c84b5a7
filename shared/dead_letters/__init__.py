"""Dead letters: messages that could not be handled, kept whole until somebody decides."""

from __future__ import annotations

from shared.dead_letters.deciding import Chosen, Failed, Redriven, discard, redrive
from shared.dead_letters.letters import Letter, fingerprint, save
from shared.dead_letters.listing import (
    count_waiting,
    list_groups,
    list_letters,
    list_undecided,
    load_letter,
)

__all__ = [
    "Chosen",
    "Failed",
    "Letter",
    "Redriven",
    "count_waiting",
    "discard",
    "fingerprint",
    "list_groups",
    "list_letters",
    "list_undecided",
    "load_letter",
    "redrive",
    "save",
]
