"""What all answers with public data have in common: any site may read them, and caches ask again."""

from __future__ import annotations

import hashlib
from typing import Final

from fastapi import Depends, Request
from fastapi.responses import Response

# What a person withdraws must not be told from a cache: every use is checked against the ETag.
ASK_AGAIN = "public, no-cache"
CURSOR = "Latu-Cursor"

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": f"ETag, Link, Deprecation, Sunset, {CURSOR}",
    # The resource itself is for any site; pages of ours still cannot be framed.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
ALLOWED = {
    **OPEN,
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "If-None-Match, Last-Event-ID, Cache-Control",
    "Access-Control-Max-Age": "86400",
}


async def _open(response: Response) -> None:
    response.headers.update(OPEN)


ANY_SITE: Final = Depends(_open)
"""For routes whose answers are made from what they return: any site may read these."""


def etag_of(body: bytes) -> str:
    """The ETag of a body that is there."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether who asks has this already; a proxy may have made the tag a weak one."""
    said = (tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(","))
    return etag.removeprefix("W/") in said


def answer(request: Request, body: bytes, media_type: str, **more: str) -> Response:
    """A body that any site may read, or 304 where it is known."""
    etag = etag_of(body)
    headers = {**OPEN, "ETag": etag, "Cache-Control": ASK_AGAIN, **more}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
