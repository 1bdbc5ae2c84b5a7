"""A person at a real browser, whose every page is looked at for faults of accessibility."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Page

from deploy.embedded import Stack

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
WCAG_22_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
NARROW = 320
WIDE = 1100
HEIGHT = 800
FAULTS = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(found =>
    found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ').slice(0, 400)}`))"""
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Person:
    """Somebody with a browser of their own: cookies hold for all services, which share an address."""

    page: Page
    stack: Stack
    axe: str
    width: int

    async def visit(self, service: str, path: str) -> None:
        """Open a page and look at it."""
        await self.open(service, path)
        await self.look()

    async def open(self, service: str, path: str) -> None:
        """Open a page that is looked at elsewhere."""
        answer = await self.page.goto(self.stack.urls[service] + path)
        assert answer is not None
        assert answer.status == 200, f"{path} of {service} answered {answer.status}"

    async def click(self, link_or_button: str) -> None:
        """Click the first such element of the main part, and look at the page that comes."""
        async with self.page.expect_navigation():
            await self.page.locator(f"main {link_or_button}").first.click()
        await self.look()

    async def sign_in(self, service: str) -> None:
        """Sign in by the form of a service, to which its staff page leads those who are not."""
        await self.open(service, "/admin")
        await self.page.fill("#name", str(self.stack.sign_in["name"]))
        await self.page.fill("#password", str(self.stack.sign_in["password"]))
        await self.click("form button")
        assert self.page.url == f"{self.stack.urls[service]}/admin"

    async def look(self) -> None:
        """No fault of WCAG 2.2 AA that a machine can find, no scrolling sideways, in Finnish.

        Raises:
            AssertionError: the page has such a fault; says which, and the elements.
        """
        where = self.page.url
        await self.page.evaluate(self.axe)
        assert await self.page.evaluate(FAULTS, list(WCAG_22_AA)) == [], where
        assert await self.page.get_attribute("html", "lang") == "fi", where
        await self.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
        assert await self.page.evaluate(BEYOND) == 0, f"{where} is wider than {NARROW} pixels"
        await self.page.set_viewport_size({"width": self.width, "height": HEIGHT})


@asynccontextmanager
async def person(browser: Browser, stack: Stack, axe: str, width: int = WIDE) -> AsyncIterator[Person]:
    """A Finnish reader whom nobody knows yet."""
    context = await browser.new_context(locale="fi-FI", viewport={"width": width, "height": HEIGHT})
    context.set_default_timeout(15_000)
    yield Person(await context.new_page(), stack, axe, width)
    await context.close()
