"""Files that people had posted in a thread before the assistant was asked there."""

from dataclasses import replace

import pytest

from core.events import Asked
from core.llama.known import Facts
from core.message import Attachment, PastMessage
from core.phrases import EMPTY_QUESTION
from core.presets import DESCRIBE
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.files.make_pdf import text_pdf
from tests.pictures import of_a_url
from tests.product_stage import png
from tests.questions import BEN, asked
from tests.scenario.conftest import Begin

RED = Attachment("f1", "red.png", "image/png", None, "red")
BLUE = Attachment("f2", "blue.png", "image/png", None, "blue")
REPORT = Attachment("f3", "report.pdf", "application/pdf", None, "report")
SONG = Attachment("f4", "song.mp3", "audio/mpeg", None, "song")
GONE = Attachment("f5", "gone.png", "image/png", None, "gone")
COLOURS = {"red": (255, 0, 0), "blue": (0, 0, 255)}


def thread(*files: Attachment) -> FakePlatform:
    """A platform with a thread in which Ben has posted each file in a message of its own."""
    past = tuple(
        PastMessage(BEN, f"[file: {file.name}]", f"p{number}", 1_699_999_000.0 + number, (file,))
        for number, file in enumerate(files)
    )
    contents = {"red": png("red"), "blue": png("blue"), "report": text_pdf("The cellar is locked.")}
    return FakePlatform(history=past, files=contents | {"song": b"ID3\x03\x00" + bytes(300)})


def colours(model: ModelEmulator) -> list[object]:
    """Of each picture that the model saw in its first call, a point of it."""
    images = [image for said in model.journal[0].ask.messages for image in said.images]
    return [of_a_url(image).getpixel((3, 3)) for image in images]


def pictures(model: ModelEmulator, call: int = -1) -> int:
    return sum(len(said.images) for said in model.journal[call].ask.messages)


async def test_what_a_thread_is_about_is_seen_and_read_once(begin: Begin, model: ModelEmulator) -> None:
    platform = thread(RED, REPORT)
    async with begin(model, platform) as talk:
        await talk.ask(asked("what is this?", joined_midway=True))
        await talk.settled()
        assert pictures(model) == 1
        assert "The cellar is locked." in model.journal[0].ask.last_user_text
        platform.files.clear()
        await talk.ask(asked("and now?", number=2, joined_midway=True))
        await talk.settled(2)
        # It is remembered with the question that it came with.
        assert pictures(model) == 1
        assert len(talk.platform.texts()) == 2
        assert not any("could not be opened" in text for text in talk.platform.texts())


async def test_an_edited_question_is_about_them_still(begin: Begin, model: ModelEmulator) -> None:
    question = asked("what is this?", joined_midway=True)
    async with begin(model, thread(RED)) as talk:
        await talk.ask(question)
        await talk.settled()
        await talk.edit(question, "what colour is this?")
        await talk.settled(2)
        assert "what colour is this?" in model.journal[1].ask.last_user_text
        assert pictures(model) == 1


async def test_to_be_called_is_enough(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, thread(RED)) as talk:
        await talk.ask(asked("", joined_midway=True))
        await talk.settled()
        assert pictures(model) == 1
    async with begin(model, thread()) as talk:
        await talk.ask(asked("", number=2, thread="t2", joined_midway=True))
        await talk.settled()
        assert talk.platform.texts("t2") == [EMPTY_QUESTION]
        assert len(model.journal) == 1


async def test_the_newest_are_taken_and_their_order_kept(begin: Begin, model: ModelEmulator) -> None:
    large = Facts(window=32_000, vision=True)
    async with begin(model, thread(RED, RED, BLUE, RED, RED, BLUE), facts=large) as talk:
        await talk.ask(asked("what is this?", joined_midway=True))
        await talk.settled()
    assert colours(model) == [COLOURS[name] for name in ("blue", "red", "red", "blue")]


async def test_what_cannot_be_read_of_them_is_told_to_the_model_alone(
    begin: Begin, model: ModelEmulator
) -> None:
    model.say("Paris.")
    async with begin(model, thread(SONG, GONE)) as talk:
        await talk.ask(asked("what is the capital of France?", joined_midway=True))
        await talk.shows("Paris.")
    read = model.journal[0].ask.last_user_text
    assert "song.mp3: I can't listen to sound (MP3)." in read
    assert "gone.png could not be opened." in read


async def test_a_text_only_model_answers_the_words_and_says_what_it_did_not_see(
    begin: Begin, model: ModelEmulator
) -> None:
    model.say("Paris.")
    async with begin(model, thread(RED), facts=Facts(vision=False)) as talk:
        await talk.ask(asked("what is the capital of France?", joined_midway=True))
        await talk.settled()
        (text,) = talk.platform.texts()
    assert "so I did not look at red.png" in text
    assert text.endswith("Paris.")
    assert pictures(model) == 0


@pytest.mark.parametrize(
    "question",
    [
        asked("what is this?", attachments=(BLUE,), joined_midway=True),
        replace(asked("Describe", attachments=(BLUE,), joined_midway=True), preset=DESCRIBE.name),
    ],
    ids=["words", "preset"],
)
async def test_a_question_with_files_of_its_own_is_about_those(
    begin: Begin, model: ModelEmulator, question: Asked
) -> None:
    async with begin(model, thread(RED)) as talk:
        await talk.ask(question)
        await talk.settled()
    assert colours(model) == [COLOURS["blue"]]


async def test_after_a_fresh_start_they_are_gone(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, thread(RED)) as talk:
        await talk.ask(asked("/new", joined_midway=True))
        await talk.settled()
        await talk.ask(asked("what is this?", number=2, joined_midway=True))
        await talk.settled(2)
    assert pictures(model) == 0


async def test_a_thread_that_cannot_be_read_costs_no_answer(begin: Begin, model: ModelEmulator) -> None:
    model.say("I see nothing.")
    platform = thread(RED)
    platform.is_unreadable = True
    async with begin(model, platform) as talk:
        await talk.ask(asked("what is this?", joined_midway=True))
        await talk.shows("I see nothing.")
    assert pictures(model) == 0
