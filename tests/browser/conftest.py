"""A real Chromium for tests: every page is watched for errors and for requests to other hosts."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.served import Served, served
from tests.browser.small_core import SmallCore

SCREENSHOTS = Path(__file__).parent / "screenshots"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# One browser for a file; each page that is opened has cookies and a store of its own.
BROWSER = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})


@dataclass(slots=True)
class Window:
    """What opens the pages of a test. ``expected`` are parts of console errors that a test causes."""

    browser: Browser
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    async def open(
        self, url: str, width: int = 1280, height: int = 860, scheme: Literal["light", "dark"] = "light"
    ) -> Page:
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
        )
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        self.watch(page)
        await page.goto(url)
        return page

    async def beside(self, page: Page) -> Page:
        """Another tab of the same browser at the same address."""
        other = await page.context.new_page()
        self.watch(other)
        await other.goto(page.url)
        return other

    async def leave(self) -> None:
        """Close every page, before its server goes away and that becomes an error on it."""
        for context in self.browser.contexts:
            await context.close()

    def watch(self, page: Page) -> None:
        page.set_default_timeout(10_000)
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._went_to(request.url))

    def _went_to(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname not in OWN_HOSTS:
            self.foreign.append(url)

    def verdict(self) -> list[str]:
        unexpected = [error for error in self.errors if not any(part in error for part in self.expected)]
        return unexpected + [f"request to {url}" for url in self.foreign]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium: run `make browser`")
    SCREENSHOTS.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser) -> AsyncIterator[Window]:
    opened = Window(browser)
    try:
        yield opened
    finally:
        await opened.leave()
    assert opened.verdict() == []


@pytest.fixture
def core() -> SmallCore:
    return SmallCore()


@pytest_asyncio.fixture(loop_scope="module")
async def site(core: SmallCore, window: Window) -> AsyncIterator[Served]:
    async with served(core) as running:
        yield running
        await window.leave()
