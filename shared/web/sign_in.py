"""Signing in and out; one sign-in serves all four services."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from shared import auth
from shared.auth import staff
from shared.db import Database
from shared.errors import Refused
from shared.requests import render

router = APIRouter(include_in_schema=False)


@router.get("/admin/sign-in")
async def show_sign_in(request: Request, next: str = "/admin") -> Response:  # noqa: A002 - the address's word
    """The form."""
    return render(request, "sign_in.html", next=within_here(next), failed="")


@router.post("/admin/sign-in")
async def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=200)],
    next: Annotated[str, Form(max_length=500)] = "/admin",  # noqa: A002
) -> Response:
    """Start a session; a wrong password shows the form again and says no more than that."""
    staff_database: Database = request.app.state.staff_database
    failed = "The name or the password is wrong."
    token = None
    try:
        async with staff_database.transaction() as tx:
            token = await auth.sign_in(tx, name, password)
    except Refused as refused:
        failed = refused.message
    if token is None:
        return render(request, "sign_in.html", http_status=401, next=within_here(next), failed=failed)
    answer = RedirectResponse(within_here(next), status_code=303)
    secure = request.app.state.settings.secure_cookies
    answer.set_cookie(
        auth.COOKIE, token, httponly=True, samesite="lax", secure=secure, max_age=auth.SESSION_HOURS * 3600
    )
    return answer


@router.post("/admin/sign-out", dependencies=[staff()])
async def sign_out(request: Request) -> Response:
    """End the session."""
    staff_database: Database = request.app.state.staff_database
    async with staff_database.transaction() as tx:
        await auth.sign_out(tx, request.cookies.get(auth.COOKIE, ""))
    answer = RedirectResponse("/admin/sign-in", status_code=303)
    answer.delete_cookie(auth.COOKIE)
    return answer


def within_here(place: str) -> str:
    """Only ever lead to a page of this site."""
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/admin"
