"""Pictures and files in a conversation."""

from io import BytesIO

from PIL import Image

from core.llama.known import Facts
from core.message import Attachment
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import asked
from tests.scenario.conftest import Begin, Talk


def picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    return buffer.getvalue()


async def test_a_picture_reaches_the_model_now_and_later(talk: Talk) -> None:
    talk.platform.files["x"] = picture()
    question = asked("What is this?", attachments=(Attachment("f1", "red.png", "image/png", None, "x"),))
    await talk.ask(question)
    await talk.settled()
    await talk.ask(asked("Which colour?", number=2))
    await talk.settled(2)
    for call in talk.model.journal:
        assert "data:image/" in str(call.ask.messages)


async def test_a_picture_for_a_model_that_reads_text_only(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(files={"x": picture()})
    async with begin(model, platform, facts=Facts(vision=False)) as talk:
        await talk.ask(asked("?", attachments=(Attachment("f1", "red.png", "image/png", None, "x"),)))
        await talk.settled()
    assert model.journal == ()
    assert "reads text only" in platform.texts()[0]
    assert "red.png" in platform.texts()[0]


async def test_bad_files_are_named_and_the_question_is_answered(talk: Talk) -> None:
    talk.platform.files.update({"empty": b"", "notes": b"the plan is blue"})
    files = (
        Attachment("f1", "empty.txt", "text/plain", 0, "empty"),
        Attachment("f2", "notes.txt", "text/plain", 16, "notes"),
        Attachment("f3", "gone.txt", "text/plain", 5, "nowhere"),
    )
    talk.model.say("Blue.")
    await talk.ask(asked("What is the plan?", attachments=files))
    await talk.settled()
    (text,) = talk.platform.texts()
    assert "empty.txt" in text
    assert "gone.txt" in text
    assert text.endswith("Blue.")
    assert "the plan is blue" in str(talk.model.journal[0].ask.messages)


async def test_only_an_empty_file_is_answered_honestly(talk: Talk) -> None:
    talk.platform.files["empty"] = b""
    await talk.ask(asked("", attachments=(Attachment("f1", "empty.txt", "text/plain", 0, "empty"),)))
    await talk.settled()
    assert "empty" in talk.platform.texts()[0]
    assert talk.model.journal == ()
