"""Below which answers there are buttons to ask more of pictures: those for which one was really read."""

from dataclasses import replace

import pytest

from core.message import Attachment
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.files.make_pdf import scan_between
from tests.product_stage import png
from tests.questions import asked
from tests.scenario.conftest import Begin, FakeToolbox

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>'


def platform_with(content: bytes) -> FakePlatform:
    return FakePlatform(capabilities=replace(fast(), stop_button=True), files={"file": content})


@pytest.mark.parametrize(
    ("name", "mime", "content", "is_offered"),
    [
        ("cat.png", "image/png", png(), True),
        ("notes.txt", "text/plain", png(), True),
        ("a shared file", "application/octet-stream", png(), True),
        ("logo.svg", "image/svg+xml", SVG, False),
        ("cat.png", "image/png", b"\x89PNG\r\n\x1a\n...", False),
        ("cat.png", "image/png", b"just words", False),
    ],
    ids=["picture", "a-name-that-lies", "no-name", "drawing", "damaged", "text"],
)
async def test_what_was_read_decides_not_what_it_was_called(
    begin: Begin, model: ModelEmulator, name: str, mime: str, content: bytes, is_offered: bool
) -> None:
    platform = platform_with(content)
    async with begin(model, platform) as talk:
        await talk.ask(asked("what is it?", attachments=(Attachment("f1", name, mime, None, "file"),)))
        await talk.settled()
    assert (platform.messages["1"].offer is not None) is is_offered


async def test_a_picture_that_came_while_the_answer_was_made_counts(
    begin: Begin, model: ModelEmulator
) -> None:
    platform, toolbox = platform_with(png()), FakeToolbox(held={"look_up"})
    async with begin(model, platform, toolbox=toolbox) as talk:
        model.call_tool("look_up", {})
        await talk.ask(asked("what is it?"))
        await talk.until(lambda: bool(toolbox.calls))
        more = asked(
            "this one", number=2, attachments=(Attachment("f1", "a.png", "image/png", None, "file"),)
        )
        await talk.ask(more)
        toolbox.gate.set()
        await talk.settled()
    assert platform.messages["1"].offer is not None


async def test_pages_of_a_document_are_no_pictures(begin: Begin, model: ModelEmulator) -> None:
    platform = platform_with(scan_between("first", "EXIT", "last"))
    async with begin(model, platform) as talk:
        scan = Attachment("f1", "scan.pdf", "application/pdf", None, "file")
        await talk.ask(asked("what does it say?", attachments=(scan,)))
        await talk.settled()
    assert platform.messages["1"].offer is None
