"""Errors at the edge: problem+json for programs, a page for people; never a traceback or the input."""

from __future__ import annotations

import logging
import time
import traceback
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from nats.errors import Error as NatsError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import tracing
from shared.auth import NotSignedIn
from shared.bodies import LARGEST_BODY, LARGEST_UPLOAD, Body, Taken
from shared.errors import Refused
from shared.observability import HTTP_SECONDS, correlation_id
from shared.requests import render
from shared.retries import CONTENTION, OUTAGE, policy_for

log = logging.getLogger(__name__)

# Requests of a process that wait for their answer: what is over it is sent away at once, and may come again.
MOST_REQUESTS = 100
# Whoever asks with other words shall not make a series of each.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
ASKED_BY_MACHINES = ("/health/", "/metrics", "/static/")


def install(app: FastAPI) -> None:
    """Give an application our error answers, a limit on bodies and the request metrics."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    for outage in (InterfaceError, OperationalError, PoolTimeout, OSError, NatsError):
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
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return busy(request)
    return problem(request, error.status_code, "http", HTTPStatus(error.status_code).description)


async def _not_kept(request: Request, error: Exception) -> Response:
    # PostgreSQL keeps no NUL character in a text (22021) or in JSON (22P05).
    if getattr(getattr(error, "orig", None), "sqlstate", "") in ("22021", "22P05"):
        return problem(request, 422, "not_valid", "A text holds a character that cannot be kept (NUL).")
    return await _outage(request, error)


async def _outage(request: Request, error: Exception) -> Response:
    # A connection that is lost in the middle has no class of its own, and may have done what was asked.
    if policy_for(error) not in (OUTAGE, CONTENTION):
        return await _bug(request, error)
    log.warning("a request met an outage: %s", type(error).__name__)
    return busy(request)


def busy(request: Request) -> Response:
    """The answer to what cannot be done now and may come again."""
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
        self.waiting = 0
        self.taken = Taken()

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
            method = scope["method"] if scope["method"] in METHODS else "other"
            HTTP_SECONDS.labels(method, route, str(status)).observe(time.perf_counter() - started)
        return status

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request waits until its answer begins: a stream that goes on for hours takes nobody's place."""
        if scope["path"].startswith(ASKED_BY_MACHINES):
            await self._with_body(scope, receive, send)
            return
        if self.waiting >= MOST_REQUESTS:
            await busy(Request(scope))(scope, receive, send)
            return
        waits = True
        self.waiting += 1

        async def send_on(message: Message) -> None:
            nonlocal waits
            self.waiting -= waits
            waits = False
            await send(message)

        try:
            await self._with_body(scope, receive, send_on)
        finally:
            self.waiting -= waits

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = LARGEST_UPLOAD if scope["path"].startswith("/admin/") else LARGEST_BODY
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit:
            await too_large(limit)(scope, receive, send)
            return
        body = Body(receive, limit, self.taken)
        try:
            # Before the application begins: who sends slowly shall not hold a connection to the database.
            early = b"transfer-encoding" in headers or 0 < int(length) <= LARGEST_BODY
            refusal = await _refused_body(body, limit, scope) if early else None
            await (refusal or self.app)(scope, body.receive, send)
        finally:
            body.give_back()


async def _refused_body(body: Body, limit: int, scope: Scope) -> Response | None:
    """Read a body; gives the answer to one that cannot be taken."""
    try:
        await body.read()
    except TimeoutError:
        return _too_slow()
    except HTTPException as error:
        large = error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return too_large(limit) if large else busy(Request(scope))
    return None


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
