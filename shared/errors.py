"""Refusals: what a command says when it will not do something."""

from __future__ import annotations


class Refused(Exception):
    """An expected refusal, with a slug for programs and a sentence for people.

    `status` is the HTTP status that an edge answers with. A handler that gets one dead-letters the
    message at once: trying again cannot help.
    """

    status = 409

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug
        self.message = message


class Invalid(Refused):
    """The input itself is wrong; says what and where, never repeats the value."""

    status = 422


class NotFound(Refused):
    """What was asked for does not exist (or is not for this reader)."""

    status = 404


class Gone(Refused):
    """What was asked for was here and is not told any more."""

    status = 410


class NotAllowed(Refused):
    """Known who it is, but this is not for their role."""

    status = 403


class TooLarge(Refused):
    """More than can be kept or passed on at once."""

    status = 413
