"""The product's own page in a real Chromium, with an emulated model behind it."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import pytest_asyncio
from PIL import Image
from playwright.async_api import Locator, Page, expect

from bots.commands import TYPED
from tests.browser.conftest import BROWSER, SCREENSHOTS, Window
from tests.browser.test_page import ask
from tests.browser.test_page_files import give
from tests.browser.test_page_trouble import free_port
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.product import Product, environment, model_settings, running, slack_settings
from tests.product_stage import assert_discreet, kept

pytestmark = BROWSER

# How far the view is from its end, in CSS pixels.
FROM_THE_END = """() => {
  const view = document.querySelector("#scroller");
  return view.scrollHeight - view.scrollTop - view.clientHeight;
}"""
PLAN = """A first week with two llamas, day by day:

1. **Fence and shelter.** Walk the fence once. They lean on it, so it wants posts every three metres.
2. **Water and hay.** Fresh water twice a day; hay at will, grain hardly ever.
3. **Let them look at you.** Sit in the field for half an hour. They come when they are ready.

How much hay you need for a number of days:

```python
def hay_kg(llamas: int, days: int) -> float:
    \"\"\"About 1.8 % of 130 kg of body weight a day.\"\"\"
    return round(llamas * days * 130 * 0.018, 1)
```

For two llamas and seven days that is **32.8 kg**."""


@pytest_asyncio.fixture(loop_scope="module")
async def model() -> AsyncIterator[ModelEmulator]:
    async with ModelEmulator() as emulator:
        yield emulator


@asynccontextmanager
async def product(
    folder: Path,
    model: ModelEmulator,
    window: Window,
    port: int = 0,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Product]:
    """Run the product with its page; its windows close before it does."""
    env = environment(folder / "data", **model_settings(model), **settings, TAMPU_WEB=f"127.0.0.1:{port}")
    async with running(env) as started:
        try:
            yield started
        finally:
            await window.leave()
    assert_discreet(started, model, [])


async def answered(page: Page, count: int = 1) -> None:
    await expect(page.get_by_label("Copy the answer")).to_have_count(count)
    await expect(page.get_by_label("Stop the answer")).to_be_hidden()


async def at_the_end(page: Page, last: Locator) -> None:
    """The last words are in view, and nothing is below them; scrolling may take a moment."""
    await expect(last).to_be_in_viewport()
    for _ in range(100):
        if await page.evaluate(FROM_THE_END) <= 1:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{await page.evaluate(FROM_THE_END)} px are below")


async def test_an_answer_streams_and_is_found_again_later(
    window: Window, model: ModelEmulator, tmp_path: Path
) -> None:
    port = free_port()
    async with product(tmp_path, model, window, port) as started:
        page = await window.open(started.page, width=1200, height=800)
        await expect(page.get_by_text("emulated-llama")).to_be_visible()
        gate = model.say_held(PLAN[:300], PLAN[300:])
        await ask(page, "I get two llamas on Saturday. What do I do in the first week?")
        await expect(page.locator(".assistant .words li")).to_have_count(3)
        await expect(page.get_by_label("Stop the answer")).to_be_visible()
        await page.reload()
        await expect(page.locator(".assistant .words li")).to_have_count(3)
        await expect(page.get_by_label("Stop the answer")).to_be_visible()
        gate.set()
        await answered(page)
        await expect(page.locator(".code-head span")).to_have_text("python")
        await page.screenshot(path=SCREENSHOTS / "product.png")
    async with product(tmp_path, model, window, port) as started:
        page = await window.open(started.page)
        await page.get_by_role("link", name="I get two llamas on Saturday.").click()
        await expect(page.locator(".code-head span")).to_have_text("python")
        await expect(page.locator(".message")).to_have_count(2)
        model.say("Yes: of the same age.")
        await ask(page, "Is two enough?")
        await answered(page, 2)
    assert [said.role for said in model.journal[1].ask.messages] == ["system", "user", "assistant", "user"]
    assert model.journal[1].ask.messages[2].text == PLAN


async def test_what_is_forgotten_in_one_window_leaves_the_other(
    window: Window, model: ModelEmulator, tmp_path: Path
) -> None:
    window.expected.append("404")
    async with product(tmp_path, model, window) as started:
        page = await window.open(started.page)
        model.say("Your code is 4711.")
        await ask(page, "My code is 4711. What is it?")
        await answered(page)
        other = await window.open(started.page)
        await ask(other, "/forget everything yes")
        await answered(other)
        await expect(page.get_by_text("4711")).to_have_count(0)
        await expect(page.get_by_text("That conversation is not here any more.")).to_be_visible()
        await expect(page.get_by_role("link", name="/forget everything yes")).to_be_visible()


async def test_the_stop_button_ends_the_models_work(
    window: Window, model: ModelEmulator, tmp_path: Path
) -> None:
    async with product(tmp_path, model, window) as started:
        model.say("word " * 300, delay_s=0.05)
        page = await window.open(started.page)
        await ask(page, "Count to a million")
        await expect(page.locator(".assistant .words")).to_contain_text("word word")
        await page.get_by_label("Stop the answer").click()
        await expect(page.locator(".tag")).to_have_text("Stopped")
        (call,) = await model.ended()
        assert call.disconnected
        await answered(page)
        await page.reload()
        await expect(page.locator(".tag")).to_have_text("Stopped")
        await ask(page, "Shorter, please")
        await answered(page, 2)


async def test_a_tab_from_before_a_restart_says_so_and_finds_everything_again(
    window: Window, model: ModelEmulator, tmp_path: Path
) -> None:
    window.expected += ["Failed to load resource", "net::ERR"]
    port = free_port()
    env = environment(tmp_path / "data", **model_settings(model), TAMPU_WEB=f"127.0.0.1:{port}")
    model.stall("Half of an ")
    async with running(env) as started:
        page = await window.open(started.page)
        await ask(page, "Tell me the whole of it")
        await expect(page.locator(".assistant .words")).to_contain_text("Half of an")
        await started.kill()
    await expect(page.get_by_text("Tampu does not answer.")).to_be_visible()
    model.say("The whole answer.")
    async with running(env):
        await expect(page.get_by_text("Tampu was restarted. Reload this page.")).to_be_visible(timeout=15_000)
        await page.screenshot(path=SCREENSHOTS / "product-restarted.png")
        await page.get_by_role("button", name="Reload").click()
        await expect(page.locator(".bubble")).to_have_text("Tell me the whole of it")
        await expect(page.locator(".assistant .words")).to_have_text("The whole answer.")
        await expect(page.locator(".message")).to_have_count(2)
        await window.leave()
    assert len(model.journal) == 2


async def test_a_picture_by_button_reaches_the_model(
    window: Window, model: ModelEmulator, tmp_path: Path
) -> None:
    content = io.BytesIO()
    Image.linear_gradient("L").resize((320, 200)).save(content, "PNG")
    path = tmp_path / "gradient.png"
    path.write_bytes(content.getvalue())
    async with product(tmp_path, model, window) as started:
        page = await window.open(started.page)
        async with page.expect_file_chooser() as chooser:
            await page.get_by_label("Attach files", exact=True).click()
        await (await chooser.value).set_files(path)
        await page.get_by_label("Message", exact=True).fill("What do you see?")
        await page.keyboard.press("Enter")
        await answered(page)
        await expect(page.locator(".sent-files img")).to_be_visible()
    (call,) = model.journal
    (shown,) = call.ask.messages[1].images
    assert shown.startswith("data:image/")


async def test_a_word_about_a_file_stays_above_the_whole_answer(
    window: Window, model: ModelEmulator, tmp_path: Path
) -> None:
    async with product(tmp_path, model, window) as started:
        page = await window.open(started.page)
        model.say("I answer without it.")
        await give(page, "drop", "cat.png", "image/png", b"\x89PNG\r\n\x1a\n...")
        await ask(page, "what is it?")
        await answered(page)
        note = page.locator(".assistant blockquote")
        await expect(note).to_have_text("cat.png is damaged or incomplete: I can't open it.")
        await expect(page.locator(".assistant .words")).to_contain_text("I answer without it.")
        await page.reload()
        await expect(note).to_have_count(1)


async def test_help_new_and_model_are_typed(window: Window, model: ModelEmulator, tmp_path: Path) -> None:
    async with product(tmp_path, model, window) as started:
        page = await window.open(started.page)
        await page.get_by_label("Message", exact=True).press_sequentially("/")
        await expect(page.get_by_role("option")).to_have_count(len(TYPED))
        await ask(page, "/help")
        await expect(page.locator(".notice li")).to_have_count(len(TYPED))
        await expect(page.get_by_label("Stop the answer")).to_be_hidden()
        await ask(page, "/model")
        await expect(page.locator(".notice").last).to_contain_text("I run on emulated-llama")
        await page.screenshot(path=SCREENSHOTS / "product-help.png")
        await ask(page, "/new")
        await expect(page.locator("#welcome")).to_be_visible()
        assert model.journal == ()


async def test_slacks_threads_are_never_shown(window: Window, model: ModelEmulator, tmp_path: Path) -> None:
    async with SlackEmulator() as slack:
        async with product(tmp_path, model, window, settings=slack_settings(slack)) as started:
            question = await slack.say("U1", "C1", f"<@{BOT_USER}> canary-in-slack")
            await slack.wait_for(lambda: slack.answers("C1", question), 10)
            page = await window.open(started.page)
            await ask(page, "Hello from the page")
            await answered(page)
            await expect(page.locator("#conversations li")).to_have_count(1)
            assert "canary" not in await page.content()
            listed = await page.evaluate("fetch('/api/conversations').then((each) => each.text())")
            assert "Hello from the page" in listed
            assert "canary" not in listed
        assert kept(tmp_path / "data", "canary-in-slack")
        assert len(slack.answers("C1")) == 1


async def test_after_long_answers_and_help_the_view_is_at_its_end(
    window: Window, model: ModelEmulator, tmp_path: Path
) -> None:
    async with product(tmp_path, model, window) as started:
        page = await window.open(started.page, width=1200, height=800)
        for number in range(1, 4):
            model.say(f"{PLAN}\n\n" * 3 + f"The end of answer {number}.", chunk=40, delay_s=0.005)
            await ask(page, f"Tell me more, part {number}")
            await answered(page, number)
            await at_the_end(page, page.get_by_text(f"The end of answer {number}."))
        await ask(page, "/help")
        await at_the_end(page, page.locator(".notice li").last)
        await page.screenshot(path=SCREENSHOTS / "product-end.png")
        await page.reload()
        await at_the_end(page, page.locator(".notice li").last)
        model.say("Once more it is.")
        await ask(page, "And once more")
        await answered(page, 5)
        await at_the_end(page, page.get_by_text("Once more it is."))
