"""What the model reads stays within its window, and as much of it as fits is there."""

from io import BytesIO

from PIL import Image

from core.llama.known import Facts
from core.message import Attachment, PastMessage
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import BEN, asked
from tests.scenario.conftest import Begin

SMALL = Facts(window=8_192, max_output=4_096, tools=True, vision=True)


def picture(colour: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def test_two_pictures_and_their_whole_question_fit_a_small_window(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform(files={name: picture(name) for name in ("red", "blue", "green", "black")})
    files = tuple(Attachment(name, f"{name}.png", "image/png", None, name) for name in ("red", "blue"))
    question = "Which of the two is nicer, and why? " * 20
    async with begin(model, platform, SMALL) as talk:
        await talk.ask(asked(question, attachments=files))
        await talk.settled()
    (call,) = model.journal
    content = str(call.ask.messages)
    assert content.count("data:image/") == 2
    assert question.strip() in content
    assert 1_024 <= call.ask.body["max_tokens"] <= 8_192 - 2 * 2_500


async def test_more_pictures_than_fit_are_named_the_newest_are_seen(
    begin: Begin, model: ModelEmulator
) -> None:
    names = ("red", "blue", "green", "black")
    platform = FakePlatform(files={name: picture(name) for name in names})
    files = tuple(Attachment(name, f"{name}.png", "image/png", None, name) for name in names)
    async with begin(model, platform, SMALL) as talk:
        await talk.ask(asked("Which?", attachments=files))
        await talk.settled()
    content = str(model.journal[0].ask.messages)
    assert content.count("data:image/") == 2
    assert "red.png" in content
    assert "blue.png" in content


async def test_the_newest_of_a_long_past_is_read(begin: Begin, model: ModelEmulator) -> None:
    past = tuple(
        PastMessage(BEN, f"remark {number} " + "word " * 400, f"p{number}", float(number))
        for number in range(40)
    )
    async with begin(model, FakePlatform(history=past), SMALL) as talk:
        await talk.ask(asked("What did Ben say?", joined_midway=True))
        await talk.settled()
    content = str(model.journal[0].ask.messages)
    assert "Ben: remark 39 " in content
    assert "remark 0 " not in content
    assert len(content) < 4_096 * 4
