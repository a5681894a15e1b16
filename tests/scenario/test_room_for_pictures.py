"""What people are told where a model has no room for pictures or cannot see; none is made up."""

from dataclasses import replace

import pytest

from core.llama.known import Facts
from core.message import Attachment, PastPicture
from core.presets import ALT, COMPARE, DESCRIBE, READ, Preset
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.product_stage import png
from tests.questions import asked
from tests.scenario.conftest import Begin

RED = Attachment("f1", "red.png", "image/png", None, "red")
BLUE = Attachment("f2", "blue.png", "image/png", None, "blue")
SMALL = Facts(window=8192, max_output=2048, tools=True, vision=True)


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(capabilities=fast(), files={"red": png("red"), "blue": png("blue")})


async def test_pictures_for_which_there_is_no_room_are_named(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    files = tuple(replace(RED, id=f"f{at}", name=f"{at}.png") for at in range(4))
    async with begin(model, platform, facts=SMALL) as talk:
        model.say("All red.")
        await talk.ask(asked("what are these?", attachments=files))
        first = "I look at 2 of these 4 pictures: the model takes no more at once. Left out: 0.png, 1.png."
        await talk.shows(f"> {first}\n\nAll red.")
        model.say("All red.")
        await talk.ask(replace(asked("Compare", number=2, attachments=files), preset=COMPARE.name))
        await talk.shows(*[f"> {first}\n\nAll red."] * 2)
    assert [sum(len(said.images) for said in call.ask.messages) for call in model.journal] == [2, 2]


async def test_too_few_pictures_to_compare_have_room(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform, facts=replace(SMALL, window=4096)) as talk:
        await talk.ask(replace(asked("Compare", attachments=(RED, BLUE)), preset=COMPARE.name))
        await talk.settled()
    (text,) = platform.texts()
    assert text.startswith("I cannot compare these pictures, for I can look at only 1 of them: ")
    assert model.journal == ()


@pytest.mark.parametrize("preset", [DESCRIBE, ALT])
async def test_nothing_is_made_up_of_a_picture_that_has_no_room(
    begin: Begin, model: ModelEmulator, platform: FakePlatform, preset: Preset
) -> None:
    platform.gallery = (PastPicture(RED),)
    question = replace(asked("Describe", attachments=(RED,)), preset=DESCRIBE.name)
    if preset is ALT:
        question = replace(asked("Alt text"), looks_back=8)
    async with begin(model, platform, facts=replace(SMALL, window=2048)) as talk:
        await talk.ask(question)
        await talk.settled()
    (text,) = platform.texts()
    assert "no more room in what the model can read" in text
    assert model.journal == ()


async def test_a_server_with_a_smaller_window_is_not_asked_without_the_picture(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        model.fail(400, {"error": {"message": "too long", "code": "context_length_exceeded"}})
        await talk.ask(replace(asked("Read the text", attachments=(RED,)), preset=READ.name))
        await talk.settled()
    assert platform.texts()[0].startswith("I could not look at it: there is no more room")
    assert len(model.journal) == 1


async def test_a_text_only_model_answers_a_reply_to_a_message_with_a_picture(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform, facts=Facts(vision=False)) as talk:
        model.say("They agree.")
        await talk.ask(replace(asked("who is right?", attachments=(RED,)), carried=1))
        said = "I run on emulated-llama, which reads text only, so I did not look at red.png."
        await talk.shows(f"> {said}\n\nThey agree.")
        await talk.ask(replace(asked("", number=2, attachments=(BLUE,)), carried=1))
        await talk.until(lambda: len(platform.texts()) > 1 and "Ask me without" in platform.texts()[-1])
    assert [sum(len(said.images) for said in call.ask.messages) for call in model.journal] == [0]
