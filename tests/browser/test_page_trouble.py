"""The page when its server is away, was restarted, or refuses."""

import socket

from playwright.async_api import expect

from core.errors import StoreError
from tests.browser.conftest import BROWSER, SCREENSHOTS, Window
from tests.browser.served import Served, served
from tests.browser.small_core import SmallCore
from tests.browser.test_page import ask

pytestmark = BROWSER


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_tab_from_before_a_restart_says_so_and_keeps_what_was_written(
    window: Window, core: SmallCore
) -> None:
    window.expected += ["Failed to load resource", "net::ERR"]
    port = free_port()
    async with served(core, port=port) as first:
        page = await window.open(first.url)
        await ask(page, "Before the restart")
        await expect(page.get_by_label("Copy the answer")).to_have_count(1)
        await page.get_by_label("Message", exact=True).fill("Half a thought")
    await expect(page.get_by_text("Tampu does not answer.")).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "away.png")
    async with served(core, port=port):
        await expect(page.get_by_text("Tampu was restarted. Reload this page.")).to_be_visible(timeout=15_000)
        await page.screenshot(path=SCREENSHOTS / "restarted.png")
        await page.get_by_role("button", name="Reload").click()
        await expect(page.locator(".bubble")).to_have_text("Before the restart")
        await expect(page.get_by_label("Message", exact=True)).to_have_value("Half a thought")


async def test_a_message_sent_while_nobody_answers_is_asked_once_when_it_can_be(
    window: Window, site: Served, core: SmallCore
) -> None:
    window.expected += ["Failed to load resource", "net::ERR"]
    page = await window.open(site.url)
    await ask(page, "Is anybody there?")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await page.context.set_offline(True)
    await ask(page, "Hello again")
    await expect(page.get_by_text("Waiting for Tampu to answer")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_label("Copy the answer")).to_have_count(2, timeout=15_000)
    await expect(page.locator(".fate")).to_have_count(0)
    assert [event.text for event in core.events] == ["Is anybody there?", "Hello again"]


async def test_a_message_that_cannot_be_stored_is_not_lost(
    window: Window, site: Served, core: SmallCore
) -> None:
    window.expected.append("Failed to load resource")
    core.outage = StoreError("disk full")
    page = await window.open(site.url)
    await ask(page, "Please keep this")
    await expect(page.get_by_text("could not be stored")).to_be_visible()
    await expect(page.locator(".dots")).to_have_count(0)
    await page.screenshot(path=SCREENSHOTS / "refused.png")
    core.outage = None
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await expect(page.get_by_text("could not be stored")).to_have_count(0)
    assert [event.text for event in core.events] == ["Please keep this"]


async def test_a_conversation_that_is_gone_begins_a_new_one(window: Window, site: Served) -> None:
    window.expected.append("Failed to load resource")
    page = await window.open(f"{site.url}#0190a000-0000-7000-8000-000000000000")
    await expect(page.get_by_text("That conversation is not here any more.")).to_be_visible()
    await expect(page.locator("#welcome")).to_be_visible()
