"""The page in a real Chromium, with a small core behind it."""

import asyncio

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import BROWSER, SCREENSHOTS, Window
from tests.browser.hostile import HOSTILE
from tests.browser.served import NOTE, Served
from tests.browser.small_core import Script, SmallCore

pytestmark = BROWSER

RICH = (
    "## Llamas in short\n\n",
    "A **llama** is a *domesticated* South American camelid. It [hums](https://example.org/hum) when it is",
    " content, and it can carry about a quarter of its weight.\n\n",
    "1. It eats grass and hay.\n2. It lives in herds:\n   - mothers\n   - their young\n\n",
    "| Animal | Weight | Wool |\n|:--|--:|:-:|\n| Llama | 130 kg | coarse |\n| Alpaca | 65 kg | fine |\n\n",
    "```python\ndef hum(times: int) -> str:\n    return ' '.join(['mmm'] * times)\n```\n\n",
    "> It spits when it is cross.\n\n`llama` is a word of Quechua.",
)


# Elements that load or run something, and attributes that do.
ALIVE = """(words) => [...words.querySelectorAll("*")].flatMap((each) => [
  each.tagName,
  ...[...each.attributes].map((attribute) => attribute.name),
]).filter((name) =>
  /^(script|img|svg|iframe|object|embed|style|link|meta|base|form|input|on.*|src.*|data)$/i.test(name))"""


async def ask(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def test_first_visit_shows_which_model_answers_and_what_to_try(window: Window, site: Served) -> None:
    page = await window.open(site.url)
    await expect(page.get_by_text(NOTE)).to_be_visible()
    await expect(page.get_by_text("SmolLM2-135M-Instruct")).to_be_visible()
    await expect(page.locator("#examples button")).to_have_count(3)
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()
    await page.screenshot(path=SCREENSHOTS / "welcome.png")


async def test_an_answer_streams_and_is_drawn(window: Window, site: Served, core: SmallCore) -> None:
    script = Script.gated(*RICH, pause=0.05)
    core.scripts.append(script)
    page = await window.open(site.url)
    await ask(page, "What is a llama?")
    await expect(page.locator(".assistant .words h4")).to_have_text("Llamas in short")
    await expect(page.locator(".code-head span")).to_have_text("python")
    await expect(page.get_by_label("Stop the answer")).to_be_visible()
    await page.screenshot(path=SCREENSHOTS / "streaming.png")
    script.gate.set()
    await expect(page.locator("blockquote")).to_have_text("It spits when it is cross.")
    await expect(page.get_by_label("Stop the answer")).to_be_hidden()
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await expect(page.locator(".table td.right").first).to_have_text("130 kg")
    assert await page.locator(".message").count() == 2
    await page.screenshot(path=SCREENSHOTS / "answered.png")


async def test_dots_stand_until_the_first_words(window: Window, site: Served, core: SmallCore) -> None:
    script = Script.gated("Words.")
    core.scripts.append(script)
    page = await window.open(site.url)
    await ask(page, "Think first")
    await expect(page.locator(".dots")).to_be_visible()
    script.gate.set()
    await expect(page.locator(".assistant .words")).to_have_text("Words.")
    await expect(page.locator(".dots")).to_have_count(0)


async def test_stop_keeps_what_was_said_and_marks_it(window: Window, site: Served, core: SmallCore) -> None:
    core.scripts.append(Script.gated("As far as this", " and never this"))
    page = await window.open(site.url)
    await ask(page, "Count to a million")
    await expect(page.locator(".assistant .words")).to_have_text("As far as this")
    await page.get_by_label("Stop the answer").click()
    await expect(page.locator(".tag")).to_have_text("Stopped")
    await expect(page.locator(".assistant .words")).to_have_text("As far as this")
    await expect(page.get_by_label("Send", exact=True)).to_be_visible()
    assert [name for name, _, _ in core.commands] == ["stop"]


async def test_reload_finds_the_conversation_and_the_answer_that_still_grows(
    window: Window, site: Served, core: SmallCore
) -> None:
    script = Script.gated("One, two", ", three.")
    core.scripts.append(script)
    page = await window.open(site.url)
    await ask(page, "Count")
    await expect(page.locator(".assistant .words")).to_have_text("One, two")
    await page.reload()
    await expect(page.locator(".bubble")).to_have_text("Count")
    await expect(page.locator(".assistant .words")).to_have_text("One, two")
    await expect(page.get_by_label("Stop the answer")).to_be_visible()
    script.gate.set()
    await expect(page.locator(".assistant .words")).to_have_text("One, two, three.")
    await expect(page.get_by_label("Stop the answer")).to_be_hidden()
    await expect(page.locator(".message")).to_have_count(2)


async def test_conversations_are_kept_apart_and_found_again(window: Window, site: Served) -> None:
    page = await window.open(site.url)
    await ask(page, "The first matter")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await page.get_by_role("button", name="New conversation").click()
    await expect(page.locator("#welcome")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(0)
    await ask(page, "The second matter")
    await expect(page.locator("#conversations li")).to_have_count(2)
    await page.get_by_role("link", name="The first matter").click()
    await expect(page.locator(".bubble")).to_have_text("The first matter")
    await expect(page.locator("#title")).to_have_text("The first matter")
    await page.go_back()
    await expect(page.locator(".bubble")).to_have_text("The second matter")
    await page.screenshot(path=SCREENSHOTS / "conversations.png")


async def test_a_new_conversation_is_not_asked_for_while_another_is_being_read(
    window: Window, site: Served
) -> None:
    page = await window.open(site.url)
    await ask(page, "The first matter")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    asked_for, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        asked_for.set()
        await go_on.wait()
        await route.continue_()

    await page.route("**/api/conversations/*", slowly)
    await page.reload()
    await asyncio.wait_for(asked_for.wait(), 10)
    await page.get_by_role("button", name="New conversation").click()
    go_on.set()
    await ask(page, "The second matter")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await expect(page.locator(".bubble")).to_have_text("The second matter")


async def test_new_typed_begins_a_conversation_and_other_commands_are_asked(
    window: Window, site: Served, core: SmallCore
) -> None:
    page = await window.open(site.url)
    await page.get_by_label("Message", exact=True).press_sequentially("/he")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice .words")).to_have_text("This is what /help says.")
    await expect(page.get_by_label("Stop the answer")).to_be_hidden()
    await page.get_by_label("Message", exact=True).press_sequentially("/")
    await expect(page.get_by_role("option")).to_have_count(4)
    await page.screenshot(path=SCREENSHOTS / "commands.png")
    await page.get_by_label("Message", exact=True).fill("")
    await ask(page, "/new")
    await expect(page.locator("#welcome")).to_be_visible()
    assert [event.text for event in core.events] == ["/help"]


async def test_an_example_is_asked_with_a_click(window: Window, site: Served, core: SmallCore) -> None:
    page = await window.open(site.url)
    await page.get_by_role("button", name="What is a llama?").click()
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    assert [event.text for event in core.events] == ["What is a llama?"]


async def test_shift_enter_makes_a_line_and_the_field_grows(
    window: Window, site: Served, core: SmallCore
) -> None:
    page = await window.open(site.url)
    field = page.get_by_label("Message", exact=True)
    before = await field.bounding_box()
    await field.press_sequentially("one")
    for line in ("two", "three", "four"):
        await page.keyboard.press("Shift+Enter")
        await field.press_sequentially(line)
    after = await field.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"] + 40
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble")).to_have_text("one\ntwo\nthree\nfour")
    # The page shows it before it is taken.
    await expect(field).to_have_value("")
    for _ in range(500):
        if core.events:
            break
        await asyncio.sleep(0.02)
    assert [event.text for event in core.events] == ["one\ntwo\nthree\nfour"]


async def test_what_people_write_is_never_markup(window: Window, site: Served, core: SmallCore) -> None:
    core.scripts.append(Script.of("<img src=x onerror=alert(1)> ![x](https://tracker.example/p.png)"))
    page = await window.open(site.url)
    hostile = "<script>alert(1)</script> **not bold** <img src=https://tracker.example/q.png>"
    await ask(page, hostile)
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await expect(page.locator(".bubble")).to_have_text(hostile)
    await expect(page.locator(".words img")).to_have_count(0)
    await expect(page.locator(".words a")).to_have_attribute("href", "https://tracker.example/p.png")


async def test_hostile_answers_do_nothing_in_a_real_browser(
    window: Window, site: Served, core: SmallCore
) -> None:
    core.scripts.append(Script.of(*(f"{each}\n\n" for each in HOSTILE), "The end."))
    page = await window.open(site.url)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await ask(page, "Do your worst")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await page.mouse.move(640, 400)
    alive = await page.locator(".words").evaluate(ALIVE)
    assert (alive, dialogs) == ([], [])
    assert await page.locator(".words .block").count() > len(HOSTILE) // 2


async def test_it_follows_the_newest_words_only_from_the_bottom(
    window: Window, site: Served, core: SmallCore
) -> None:
    script = Script.gated(*(f"Line {number}.\n\n" for number in range(60)), "The end.")
    core.scripts.append(script)
    page = await window.open(site.url)
    await ask(page, "Write a lot")
    await expect(page.get_by_text("Line 59.")).to_be_in_viewport()
    await page.locator("#scroller").hover()
    await page.mouse.wheel(0, -900)
    await expect(page.get_by_label("Go to the newest message")).to_be_visible()
    place = await page.locator("#scroller").evaluate("each => each.scrollTop")
    script.gate.set()
    await expect(page.get_by_text("The end.")).to_have_count(1)
    assert await page.locator("#scroller").evaluate("each => each.scrollTop") == place
    await page.get_by_label("Go to the newest message").click()
    await expect(page.get_by_text("The end.")).to_be_in_viewport()


async def test_code_is_copied_as_it_is(window: Window, site: Served, core: SmallCore) -> None:
    core.scripts.append(Script.of("```c\nif (a < b && c)\n\treturn;\n```"))
    page = await window.open(site.url)
    await ask(page, "Show me")
    await page.locator(".code-head .copy").click()
    await expect(page.locator(".code-head .copy")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "if (a < b && c)\n\treturn;\n"


async def test_two_tabs_show_the_same_conversation(window: Window, site: Served, core: SmallCore) -> None:
    script = Script.gated("Shared", " words.")
    core.scripts.append(script)
    page = await window.open(site.url)
    await ask(page, "Hello from the first tab")
    await expect(page.locator(".assistant .words")).to_have_text("Shared")
    other = await window.beside(page)
    await expect(other.locator(".assistant .words")).to_have_text("Shared")
    script.gate.set()
    for tab in (page, other):
        await expect(tab.locator(".assistant .words")).to_have_text("Shared words.")
        await expect(tab.locator(".message")).to_have_count(2)
    await ask(other, "And from the second")
    for tab in (page, other):
        await expect(tab.locator(".bubble").last).to_have_text("And from the second")
        await expect(tab.locator(".message")).to_have_count(4)
