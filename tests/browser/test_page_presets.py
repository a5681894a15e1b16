"""What to do with pictures, chosen on the page: by mouse, by keyboard, on a phone, in the dark."""

from typing import Literal

import pytest
from playwright.async_api import Locator, Page, expect

from core.presets import ASK, COMPARE, JSON, PRESETS, READ, TABLE
from tests.browser.conftest import BROWSER, SCREENSHOTS, Window
from tests.browser.served import Served
from tests.browser.small_core import SmallCore
from tests.browser.test_page_files import give, picture
from tests.browser.test_page_looks import CONTRAST, overflow

pytestmark = BROWSER

SCHEMA = '{"type": "object", "properties": {"total": {"type": "number"}}}'


async def attached(window: Window, site: Served, count: int = 1) -> Page:
    """The page with pictures in the composer."""
    page = await window.open(site.url)
    for number in range(count):
        await give(page, "drop", f"picture-{number}.png", "image/png", picture())
    await expect(page.locator(".chip.picture")).to_have_count(count)
    return page


def preset(page: Page, label: str) -> Locator:
    return page.get_by_role("radio", name=label, exact=True)


async def test_presets_are_offered_while_there_are_pictures(window: Window, site: Served) -> None:
    page = await window.open(site.url)
    group = page.get_by_role("group", name="What to do with the pictures")
    await expect(group).to_be_hidden()
    await give(page, "drop", "notes.txt", "text/plain", b"hum")
    await expect(group).to_be_hidden()
    await give(page, "drop", "picture.png", "image/png", picture())
    await expect(group).to_be_visible()
    await expect(page.get_by_role("radio")).to_have_count(len(PRESETS))
    await expect(preset(page, ASK.label)).to_be_checked()
    await page.get_by_label("Remove picture.png").click()
    await expect(group).to_be_hidden()


async def test_a_preset_needs_no_words(window: Window, site: Served, core: SmallCore) -> None:
    page = await attached(window, site)
    await page.locator("#preset-list label", has_text=READ.label).click()
    await page.get_by_label("Send", exact=True).click()
    await expect(page.locator(".bubble")).to_have_text("Read the text")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    (event,) = core.events
    assert (event.text, event.preset, event.schema) == ("Read the text", READ.name, "")
    await page.reload()
    await expect(page.locator(".bubble")).to_have_text("Read the text")


async def test_ones_own_words_stay_ones_own(window: Window, site: Served, core: SmallCore) -> None:
    page = await attached(window, site)
    await page.get_by_label("Message", exact=True).fill("Whose hat is that?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    assert [(event.text, event.preset) for event in core.events] == [("Whose hat is that?", "")]


async def test_the_choice_is_made_by_keyboard_and_ends_with_the_message(
    window: Window, site: Served, core: SmallCore
) -> None:
    page = await attached(window, site)
    await preset(page, ASK.label).focus()
    for _ in range(2):
        await page.keyboard.press("ArrowRight")
    await expect(preset(page, READ.label)).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.type("only the sign")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble")).to_have_text("Read the text: only the sign")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await give(page, "drop", "picture.png", "image/png", picture())
    await expect(preset(page, ASK.label)).to_be_checked()
    assert core.events[0].text == "Read the text: only the sign"


async def test_comparing_needs_two(window: Window, site: Served, core: SmallCore) -> None:
    page = await attached(window, site)
    await expect(preset(page, COMPARE.label)).to_be_disabled()
    await give(page, "drop", "another.png", "image/png", picture())
    await expect(preset(page, COMPARE.label)).to_be_enabled()
    await page.locator("#preset-list label", has_text=COMPARE.label).click()
    await page.get_by_label("Remove another.png").click()
    await expect(preset(page, COMPARE.label)).to_be_disabled()
    await expect(preset(page, ASK.label)).to_be_checked()
    assert core.events == []


async def test_a_schema_is_asked_for_with_json_and_looked_at_before_it_is_sent(
    window: Window, site: Served, core: SmallCore
) -> None:
    page = await attached(window, site)
    schema = page.get_by_label("JSON Schema", exact=True)
    await expect(schema).to_be_hidden()
    await page.locator("#preset-list label", has_text=JSON.label).click()
    await schema.fill('{"type": ')
    await page.get_by_label("Send", exact=True).click()
    await expect(page.get_by_text("The schema is not valid JSON.")).to_be_visible()
    await expect(page.locator(".chip.picture")).to_have_count(1)
    assert core.events == []
    await schema.fill(SCHEMA)
    await page.screenshot(path=SCREENSHOTS / "presets-json.png")
    await page.get_by_label("Send", exact=True).click()
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    (event,) = core.events
    assert (event.text, event.preset, event.schema) == ("As JSON", JSON.name, SCHEMA.replace(" ", ""))


async def test_what_the_server_refuses_comes_back_as_it_was(
    window: Window, site: Served, core: SmallCore
) -> None:
    window.expected.append("400")
    page = await attached(window, site)
    await page.locator("#preset-list label", has_text=JSON.label).click()
    await page.get_by_label("JSON Schema", exact=True).fill('{"name": ""}')
    await page.get_by_label("Message", exact=True).fill("the names")
    await page.get_by_label("Send", exact=True).click()
    await expect(page.locator(".fate.bad")).to_contain_text("no JSON Schema")
    await page.get_by_role("button", name="Edit").click()
    await expect(page.get_by_label("Message", exact=True)).to_have_value("the names")
    await expect(preset(page, JSON.label)).to_be_checked()
    await expect(page.get_by_label("JSON Schema", exact=True)).to_have_value('{"name": ""}')
    assert core.events == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_all_of_it_is_there(
    window: Window, site: Served, scheme: Literal["light", "dark"]
) -> None:
    page = await window.open(site.url, width=360, height=740, scheme=scheme)
    await give(page, "drop", "a receipt from the market.jpg", "image/png", picture())
    await page.locator("#preset-list label", has_text=TABLE.label).click()
    await page.screenshot(path=SCREENSHOTS / f"presets-phone-{scheme}.png")
    assert await overflow(page) == 0
    for chosen in PRESETS:
        await expect(page.locator("#preset-list label", has_text=chosen.label).first).to_be_in_viewport()
    for selector in ("#preset-list span", "#preset-list input:checked + span"):
        assert await page.evaluate(CONTRAST, selector) >= 4.5
    await page.locator("#preset-list label", has_text=JSON.label).click()
    await page.get_by_label("JSON Schema", exact=True).fill(SCHEMA)
    await page.screenshot(path=SCREENSHOTS / f"presets-phone-json-{scheme}.png")
    assert await overflow(page) == 0
