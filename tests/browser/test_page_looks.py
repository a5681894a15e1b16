"""The page on a phone, in the dark, by keyboard: looked at, and measured where it can be."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import BROWSER, SCREENSHOTS, Window
from tests.browser.served import Served
from tests.browser.small_core import Script, SmallCore
from tests.browser.test_page import RICH, ask

pytestmark = BROWSER

# Pairs of what is written and what it is written on, as WCAG's ratio of relative luminance.
CONTRAST = """(selector) => {
  const channels = (css) => css.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const rgba = channels(getComputedStyle(at).backgroundColor);
      if (rgba.length < 4 || rgba[3] > 0.99) return rgba;
    }
    return [255, 255, 255];
  };
  const node = document.querySelector(selector);
  const pair = [light(channels(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""
FOCUSED = """() => {
  const at = document.activeElement;
  if (at === document.body) return ["the browser itself", ""];
  return [(at.ariaLabel ?? at.textContent).trim(), getComputedStyle(at).outlineStyle];
}"""
WRITTEN = (".bubble", ".words p", ".words a", ".code-head span", ".list time", "#title", ".hint", "#model")


async def overflow(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found


async def test_on_a_phone_nothing_is_cut_off(window: Window, site: Served, core: SmallCore) -> None:
    core.scripts.append(Script.of(*RICH, "\n\n" + "unbreakable" * 30))
    page = await window.open(site.url, width=360, height=740)
    await page.screenshot(path=SCREENSHOTS / "phone-welcome.png")
    assert await overflow(page) == 0
    await ask(page, "What is a llama?")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    assert await overflow(page) == 0
    await page.locator("#scroller").evaluate("each => (each.scrollTop = 0)")
    await page.screenshot(path=SCREENSHOTS / "phone.png")
    await page.get_by_label("Show conversations").click()
    await expect(page.get_by_role("link", name="What is a llama?")).to_be_in_viewport()
    await page.wait_for_timeout(300)
    await page.screenshot(path=SCREENSHOTS / "phone-list.png")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="What is a llama?")).to_be_hidden()
    await page.get_by_label("New conversation").last.click()
    await expect(page.locator("#welcome")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_read(window: Window, site: Served, core: SmallCore, scheme: str) -> None:
    core.scripts.append(Script.of(*RICH))
    page = await window.open(site.url, scheme="dark" if scheme == "dark" else "light")
    await ask(page, "What is a llama?")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await page.screenshot(path=SCREENSHOTS / f"{scheme}.png")
    faint = {each: await page.evaluate(CONTRAST, each) for each in WRITTEN}
    assert {each: ratio for each, ratio in faint.items() if ratio < 4.5} == {}


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(window: Window, site: Served) -> None:
    page = await window.open(site.url)
    names: list[str] = []
    for _ in range(12):
        await page.keyboard.press("Tab")
        name, ring = await page.evaluate(FOCUSED)
        names.append(name)
        # The message field shows it on the box around it.
        if name not in {"Message", "the browser itself"}:
            assert ring != "none", name
    assert {"New conversation", "What is a llama?", "Attach files", "Message"} <= set(names)


async def test_a_screen_reader_hears_that_an_answer_is_made_and_done(
    window: Window, site: Served, core: SmallCore
) -> None:
    script = Script.gated("Some", " words.")
    core.scripts.append(script)
    page = await window.open(site.url)
    await ask(page, "Speak")
    await expect(page.locator("#status")).to_have_text("Tampu is answering.")
    await expect(page.locator(".assistant.message")).to_have_attribute("aria-busy", "true")
    script.gate.set()
    await expect(page.locator("#status")).to_have_text("The answer is complete.")
    await expect(page.locator(".assistant.message[aria-busy]")).to_have_count(0)
    await expect(page.get_by_role("log")).to_contain_text("Some words.")
