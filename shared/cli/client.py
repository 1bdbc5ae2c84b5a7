"""How the command line speaks to the services: over their JSON APIs, as an operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.embedded import Stack, default_home, running_stack
from shared.cli.elsewhere import stack_elsewhere, token_elsewhere
from shared.errors import Refused

TIMEOUT_SECONDS = 120.0


class Services:
    """The services of a running stack."""

    def __init__(self, stack: Stack, token: str) -> None:
        self.stack = stack
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.http = httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS)

    def get(self, service: str, path: str, **params: Any) -> Any:
        """What a service answers to a question.

        Raises:
            Refused: it says no, or does not answer; with its own sentence.
        """
        given = {name: value for name, value in params.items() if value not in (None, "")}
        return self._answer("GET", service, path, params=given)

    def find(self, service: str, path: str, **params: Any) -> Any | None:
        """What a service answers, or None where it does not know the thing."""
        try:
            return self.get(service, path, **params)
        except Refused as refused:
            if refused.slug == "not_found":
                return None
            raise

    def post(self, service: str, path: str, **more: Any) -> Any:
        """What a service answers to an order.

        Raises:
            Refused: it says no, or does not answer; with its own sentence.
        """
        return self._answer("POST", service, path, **more)

    def _answer(self, method: str, service: str, path: str, **more: Any) -> Any:
        try:
            answer = self.http.request(method, self.stack.urls[service] + path, **more)
        except httpx.HTTPError as error:
            raise Refused(
                "no_answer", f"The {service} service does not answer ({type(error).__name__})."
            ) from error
        if answer.is_success:
            return answer.json() if answer.content else None
        raise _refusal(service, answer)


def _refusal(service: str, answer: httpx.Response) -> Refused:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    slug = "not_found" if answer.status_code == httpx.codes.NOT_FOUND else str(body.get("type", ""))
    places = "; ".join(f"{item['where']}: {item['what']}" for item in body.get("errors", []))
    sentence = body.get("detail") or f"The {service} service answered {answer.status_code}."
    return Refused(slug, f"{sentence} {places}".strip())


@contextmanager
def services(say: Any) -> Iterator[Services]:
    """The services of the running stack, or of one started for this command only, which is said.

    Those that LATU_SERVICES names come first: then nothing is ever started.
    """
    found = services_elsewhere()
    if found:
        yield found
        return
    home = default_home()
    with running_stack(home, say) as stack:
        yield of_stack(stack, home)


def services_elsewhere() -> Services | None:
    """The services that LATU_SERVICES names, or None where it is not set."""
    stack = stack_elsewhere()
    return Services(stack, token_elsewhere()) if stack else None


def of_stack(stack: Stack, home: Path) -> Services:
    """The services of a stack, with the token that its data folder keeps."""
    return Services(stack, (home / "secrets" / "cli-token").read_text(encoding="utf-8").strip())
