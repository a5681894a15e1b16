"""Files that come while an answer is being made."""

import textwrap

from core.llama.known import Facts
from core.message import Attachment
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.files.make_pdf import text_pdf
from tests.product_stage import png
from tests.questions import asked
from tests.scenario.conftest import Begin, Talk

SMALL = Facts(window=8_000, max_output=500, tools=True, vision=False)
NAMES = {"long": "report.pdf", "song": "song.mp3", "red": "red.png"}


def files() -> dict[str, bytes]:
    pages = [f"Page {at}. " + "Nothing of note stands here. " * 60 for at in range(1, 121)]
    pages[99] = f"The password of the cellar is marzipan. {pages[99]}"
    report = text_pdf(*("\n".join(textwrap.wrap(page, 90)) for page in pages))
    return {"long": report, "song": b"ID3\x03\x00" + bytes(300), "red": png("red")}


async def joined_by(talk: Talk, *keys: str) -> None:
    """Ask, and send files while a tool is at work for it."""
    talk.toolbox.held.add("look_up")
    talk.model.call_tool("look_up", {"word": "tampu"})
    await talk.ask("What is a tampu?")
    await talk.until(lambda: talk.toolbox.calls != [])
    attached = tuple(Attachment(key, NAMES[key], "", None, key) for key in keys)
    await talk.ask(asked("And what is the password of the cellar?", number=2, attachments=attached))
    talk.model.say("It is marzipan.")
    talk.toolbox.gate.set()
    await talk.quiet()


async def test_of_a_document_that_joins_the_pages_that_matter_are_read(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, FakePlatform(files=files()), facts=SMALL) as talk:
        await joined_by(talk, "long")
        (shown,) = talk.platform.texts()
        assert shown.startswith("> Read of report.pdf: pages 1 and 99 to 101 of 120.")
        assert shown.endswith(" of 120.\n\nIt is marzipan.")
        read = model.journal[-1].ask.last_user_text
        assert "The password of the cellar is marzipan." in read
        assert "Only this of it is here: pages " in read


async def test_of_files_that_join_and_cannot_be_read_people_and_the_model_hear(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, FakePlatform(files=files()), facts=SMALL) as talk:
        await joined_by(talk, "song", "red")
        (shown,) = talk.platform.texts()
        assert "> song.mp3: I can't listen to sound (MP3)." in shown
        assert "reads text only, so I did not look at red.png" in shown
        assert shown.endswith("\n\nIt is marzipan.")
        read = model.journal[-1].ask.last_user_text
        assert "song.mp3: I can't listen" in read
        assert "red.png: a picture, 64x48 pixels, not shown here" in read
