"""What can keep the stack from running: one sentence for people, one exit code for programs."""

from __future__ import annotations


class Trouble(Exception):
    """The surroundings do not allow it: disk space, rights, a missing program. Exit code 4."""

    exit_code = 4

    @property
    def message(self) -> str:
        """The sentence to show."""
        return str(self)


class BadPlan(Trouble):
    """What was asked for makes no sense, such as a port that is no number. Exit code 2."""

    exit_code = 2


class NotRunning(Trouble):
    """There is no running stack for this data folder. Exit code 3."""

    exit_code = 3


class PortTaken(Trouble):
    """A port that the user asked for belongs to another program. Exit code 5."""

    exit_code = 5


class DataDamaged(Trouble):
    """The data folder is not what it was left as; nothing in it was changed. Exit code 6."""

    exit_code = 6


class InUse(Trouble):
    """Another supervisor holds this data folder. Exit code 7."""

    exit_code = 7


class StartFailed(Trouble):
    """A process of the stack does not come up. Exit code 8."""

    exit_code = 8
