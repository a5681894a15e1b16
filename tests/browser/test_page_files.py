"""Files on the page: by button, by drop, by paste."""

import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from core.outgoing import OutFile
from tests.browser.conftest import BROWSER, SCREENSHOTS, Window
from tests.browser.served import Served
from tests.browser.small_core import Script, SmallCore

pytestmark = BROWSER

# Hands the page real File objects through the event that a person's gesture would cause.
GIVE = """([kind, target, name, mime, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type: mime }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { ...options, clipboardData: transfer })
    : new DragEvent(kind, { ...options, dataTransfer: transfer });
  document.querySelector(target).dispatchEvent(event);
}"""


def picture() -> bytes:
    image = Image.linear_gradient("L").resize((320, 200))
    stream = io.BytesIO()
    Image.merge("RGB", (image, image.transpose(Image.Transpose.ROTATE_180), image)).save(stream, "PNG")
    return stream.getvalue()


async def give(page: Page, kind: str, name: str, mime: str, content: bytes) -> None:
    await page.evaluate(GIVE, [kind, "#draft", name, mime, list(content)])


async def test_a_picture_by_button(window: Window, site: Served, core: SmallCore, tmp_path: Path) -> None:
    path = tmp_path / "gradient.png"
    path.write_bytes(picture())
    page = await window.open(site.url)
    async with page.expect_file_chooser() as chooser:
        await page.get_by_label("Attach files", exact=True).click()
    await (await chooser.value).set_files(path)
    await expect(page.locator(".chip.picture img")).to_be_visible()
    await page.get_by_label("Message", exact=True).fill("What do you see?")
    await page.screenshot(path=SCREENSHOTS / "attached.png")
    await page.keyboard.press("Enter")
    await expect(page.locator(".sent-files img")).to_be_visible()
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    await page.screenshot(path=SCREENSHOTS / "picture.png")
    attachment = core.events[0].attachments[0]
    assert (attachment.name, attachment.mime) == ("gradient.png", "image/png")
    assert core.uploads[attachment.id] == picture()
    await page.reload()
    await expect(page.locator(".sent-files .file")).to_have_text("gradient.png")


async def test_files_by_drop(window: Window, site: Served, core: SmallCore) -> None:
    page = await window.open(site.url)
    await give(page, "dragenter", "notes.txt", "text/plain", b"hum")
    await expect(page.get_by_text("Drop files to attach them")).to_be_visible()
    await give(page, "drop", "notes.txt", "text/plain", b"hum")
    await give(page, "drop", "gradient.png", "image/png", picture())
    await expect(page.get_by_text("Drop files to attach them")).to_be_hidden()
    await expect(page.locator(".chip")).to_have_count(2)
    await page.get_by_label("Remove gradient.png").click()
    await expect(page.locator(".chip")).to_have_count(1)
    await page.get_by_label("Send", exact=True).click()
    await expect(page.locator(".sent-files .file")).to_have_text("notes.txt")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    assert [core.uploads[each.id] for each in core.events[0].attachments] == [b"hum"]


async def test_a_picture_by_paste(window: Window, site: Served, core: SmallCore) -> None:
    page = await window.open(site.url)
    await give(page, "paste", "image.png", "image/png", picture())
    await expect(page.locator(".chip.picture")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    assert core.uploads[core.events[0].attachments[0].id] == picture()


async def test_too_many_files_are_refused_with_a_sentence(window: Window, site: Served) -> None:
    page = await window.open(site.url)
    for number in range(9):
        await give(page, "drop", f"{number}.txt", "text/plain", b"x")
    await expect(page.locator(".chip")).to_have_count(8)
    await expect(page.get_by_role("alert").get_by_text("At most 8 files")).to_be_visible()


async def test_a_name_that_is_markup_is_text(window: Window, site: Served, core: SmallCore) -> None:
    name = "<img src=x onerror=alert(1)>.txt"
    page = await window.open(site.url)
    await give(page, "drop", name, "text/plain", b"x")
    await expect(page.locator(".chip .name")).to_contain_text(name)
    await page.keyboard.press("Enter")
    await expect(page.locator(".sent-files .file")).to_have_text(name)
    await expect(page.get_by_label("Copy the answer")).to_have_count(1)
    assert [each.name for each in core.events[0].attachments] == [name]


async def test_files_of_an_answer(window: Window, site: Served, core: SmallCore) -> None:
    script = Script.of("Here is the chart, and what it was made of.")
    script.files = (
        OutFile("chart.png", "image/png", picture(), "A gradient from dark to light."),
        OutFile("table.csv", "text/csv", b"name,number\nAda,3\n"),
    )
    core.scripts.append(script)
    page = await window.open(site.url)
    await page.get_by_label("Message", exact=True).fill("Draw it")
    await page.keyboard.press("Enter")
    chart = page.get_by_role("img", name="A gradient from dark to light.")
    await expect(chart).to_be_visible()
    assert await chart.evaluate("image => image.complete && image.naturalWidth") == 320
    async with page.expect_download() as download:
        await page.get_by_role("link", name="table.csv").click()
    assert (await download.value).suggested_filename == "table.csv"
    await page.screenshot(path=SCREENSHOTS / "enclosed.png")
    await page.reload()
    await expect(chart).to_be_visible()
