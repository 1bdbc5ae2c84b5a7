"""Errors at the edge: problem+json for programs, a page for people; never a traceback or the input."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections import deque
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import tracing
from shared.auth import NotSignedIn
from shared.errors import Refused
from shared.observability import HTTP_SECONDS, correlation_id
from shared.requests import render
from shared.retries import OUTAGE, policy_for

log = logging.getLogger(__name__)

LARGEST_BODY = 2_000_000
LARGEST_UPLOAD = 60_000_000
# What is at most as large as a form is there within seconds, over a slow line too. A larger file may take
# longer: it comes from staff, and is read before a connection to the database is taken.
BODY_SECONDS = 30.0
ASKED_BY_MACHINES = ("/health/", "/metrics", "/static/")


def install(app: FastAPI) -> None:
    """Give an application our error answers, a limit on bodies and the request metrics."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    for outage in (InterfaceError, OperationalError, PoolTimeout, OSError):
        app.add_exception_handler(outage, _outage)
    app.add_exception_handler(DBAPIError, _not_kept)
    app.add_middleware(Edge)


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer."""
    is_api = request.url.path.startswith(("/api/", "/admin/api/"))
    return not is_api and "text/html" in request.headers.get("accept", "")


def problem(request: Request, status: int, slug: str, detail: str, **more: Any) -> Response:
    """An error answer (RFC 9457), or the same as a page."""
    if wants_page(request):
        return render(request, "error.html", http_status=status, slug=slug, detail=detail)
    body = {
        "type": f"/problems/{slug}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return JSONResponse(body | more, status_code=status, media_type="application/problem+json")


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, NotSignedIn) and wants_page(request):
        return RedirectResponse(f"/admin/sign-in?next={request.url.path}", status_code=303)
    if not isinstance(error, Refused):
        raise error
    return problem(request, error.status, error.slug, error.message)


async def _not_valid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    places = [
        {"where": ".".join(str(part) for part in item["loc"]), "what": item["type"]}
        for item in error.errors()
    ]
    return problem(request, 422, "not_valid", "Some fields are missing or not valid.", errors=places[:50])


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(request, 404, "not_found", "There is no such page.")
    return problem(request, error.status_code, "http", HTTPStatus(error.status_code).description)


async def _not_kept(request: Request, error: Exception) -> Response:
    # PostgreSQL keeps no NUL character in a text (22021) or in JSON (22P05).
    if getattr(getattr(error, "orig", None), "sqlstate", "") in ("22021", "22P05"):
        return problem(request, 422, "not_valid", "A text holds a character that cannot be kept (NUL).")
    # A connection that is lost in the middle has no class of its own, and may have done what was asked.
    return await (_outage if policy_for(error) is OUTAGE else _bug)(request, error)


async def _outage(request: Request, error: Exception) -> Response:
    log.warning("a request met an outage: %s", type(error).__name__)
    answer = problem(request, 503, "unavailable", "The service is resting for a moment. Try again soon.")
    answer.headers["Retry-After"] = "5"
    return answer


async def _bug(request: Request, error: Exception) -> Response:
    # The exception's text may hold what a person wrote; its type and place do not.
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("a request failed: %s\n%s", type(error).__name__, places)
    return problem(request, 500, "failed", "Something went wrong. Nothing was changed.")


class Edge:
    """Measures every request, refuses bodies that are too large and sets the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(ASKED_BY_MACHINES):
            await self._measured(scope, receive, send)
            return
        with tracing.span(scope["method"], "server", parent=_trusted_traceparent(scope)) as span:
            correlation_id.set(span.place.trace_id)
            try:
                status = await self._measured(scope, receive, send)
            finally:
                # The template of the route, never the address: that has keys and receipts in it.
                route = getattr(scope.get("route"), "path", "other")
                span.name = f"{scope['method']} {route}"
                span.attributes |= {"http.request.method": scope["method"], "http.route": route}
            span.attributes["http.response.status_code"] = status
            span.error = str(status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
            if _is_act_of_staff(scope):
                log.info("%s was answered with %s", span.name, status)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Answer and count; returns the status, 0 where the reader went away."""
        started = time.perf_counter()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *SECURITY_HEADERS]
            await send(message)

        try:
            await self._within_limits(scope, receive, send_on)
        except ClientDisconnect:
            log.info("a reader went away before the request was whole")
        except Exception as error:
            # Here and not in a handler of the framework's, which raises again: the server would log the
            # exception's text, and that may hold what a person wrote.
            if status:
                raise
            await (await _bug(Request(scope), error))(scope, receive, send_on)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            HTTP_SECONDS.labels(scope["method"], route, str(status)).observe(time.perf_counter() - started)
        return status

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        limit = LARGEST_UPLOAD if scope["path"].startswith("/admin/") else LARGEST_BODY
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit:
            await too_large(limit)(scope, receive, send)
            return
        body = _Body(receive, limit)
        try:
            if int(length) or b"transfer-encoding" in headers:
                # Before the application begins: who sends slowly shall not hold a connection to the database.
                await body.read(int(length) <= LARGEST_BODY)
        except TimeoutError:
            await _too_slow()(scope, receive, send)
        except HTTPException:
            await too_large(limit)(scope, receive, send)
        else:
            await self.app(scope, body.receive, send)


class _Body:
    """The body of a request, taken within limits of size and time."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._from_sender = receive
        self._limit = limit
        self._received = 0
        self._read: deque[Message] = deque()

    async def read(self, whole: bool) -> None:
        """Take a body that is small; a large one only when it is asked for.

        Raises:
            TimeoutError: it is not there in time.
            HTTPException: it is too large after all.
        """
        more = whole
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await self._next()
                more = message["type"] == "http.request" and message.get("more_body", False)
                self._read.append(message)

    async def receive(self) -> Message:
        """The next part, for the application."""
        return self._read.popleft() if self._read else await self._next()

    async def _next(self) -> Message:
        message = await self._from_sender()
        self._received += len(message.get("body", b""))
        if self._received > self._limit:
            raise HTTPException(413)
        return message


def _trusted_traceparent(scope: Scope) -> str | None:
    """The caller's place, where staff call.

    Strangers begin a trace of their own: the caller's would tie what somebody answered to the line of a
    proxy's log that has the address it came from.
    """
    if not scope["path"].startswith("/admin/"):
        return None
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)


def _is_act_of_staff(scope: Scope) -> bool:
    """Only these have a line: one for what a stranger sends would stand beside the line of a proxy."""
    return scope["path"].startswith("/admin/") and scope["method"] not in ("GET", "HEAD")


def _too_slow() -> Response:
    body = {
        "type": "/problems/too_slow",
        "title": "Request Timeout",
        "status": 408,
        "detail": "What was sent did not arrive in time. Nothing was changed. Send it again.",
    }
    # What still comes belongs to no request any more.
    headers = {"Connection": "close"}
    return JSONResponse(body, status_code=408, headers=headers, media_type="application/problem+json")


def too_large(limit: int) -> Response:
    """The answer to a body over the limit."""
    body = {
        "type": "/problems/too_large",
        "title": "Content Too Large",
        "status": 413,
        "detail": f"At most {limit // 1_000_000} MB can be sent at once.",
    }
    return JSONResponse(body, status_code=413, media_type="application/problem+json")


SECURITY_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
