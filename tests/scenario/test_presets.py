"""What is done with pictures by a preset: what the model is told, and what is remembered of it."""

import asyncio
import json
import time
from dataclasses import replace

import pytest

from core.address import Address
from core.audit import Action, AuditSearch
from core.delivery import Retry
from core.events import Asked, Shared, Verdict
from core.llama.known import Facts
from core.message import Attachment, PastPicture
from core.picture_phrases import NO_PAST_PICTURES, PAST_UNREADABLE
from core.presets import ALT, BELOW_ANSWERS, COMPARE, DESCRIBE, JSON, PRESETS, READ, instruction, question
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask
from tests.fakes.platform import FakePlatform, fast
from tests.pictures import of_a_url
from tests.product_stage import png
from tests.questions import asked
from tests.scenario.conftest import DEADLINE_S, Begin, Talk

RED = Attachment("f1", "red.png", "image/png", None, "red")
BLUE = Attachment("f2", "blue.png", "image/png", None, "blue")
COLOURS = {"red": (255, 0, 0), "blue": (0, 0, 255)}
SCHEMA = '{"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}'


@pytest.fixture
def platform() -> FakePlatform:
    """One with buttons: its last edit is never left out."""
    buttons = replace(fast(), stop_button=True)
    return FakePlatform(capabilities=buttons, files={"red": png("red"), "blue": png("blue")})


def of(preset: str, words: str = "", *files: Attachment, number: int = 1, schema: str = "") -> Asked:
    """A question by a preset, as an adapter makes it."""
    chosen = next(each for each in PRESETS if each.name == preset)
    event = asked(question(chosen, words), number=number, attachments=files)
    return replace(event, preset=preset, schema=schema)


async def test_the_model_is_told_how_and_people_see_what(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        model.say("EXIT")
        await talk.ask(of(READ.name, "only the sign", RED))
        await talk.settled()
        told = model.journal[0].ask
        assert "Read the text: only the sign" in told.last_user_text
        assert instruction(READ) in told.last_user_text
        assert len(told.messages[-1].images) == 1
        rows = await talk.conversations.store.messages(asked("").address)
        assert [row.text for row in rows] == ["Read the text: only the sign", "EXIT"]
        model.say("It is a sign.")
        await talk.ask(asked("what is that for?", number=2))
        await talk.shows("EXIT", "It is a sign.")
        # What makes one answer is not part of the talk.
        assert instruction(READ) not in talk.read()


async def test_buttons_stand_below_an_answer_about_pictures_and_below_no_other(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        await talk.ask(asked("hello"))
        await talk.settled()
        await talk.ask(asked("and this?", number=2, attachments=(RED,)))
        await talk.settled(2)
    plain, about = (offers_of(platform, number) for number in ("1", "2"))
    assert plain is None
    assert about is not None
    assert about == tuple(preset.name for preset in BELOW_ANSWERS)


def offers_of(platform: FakePlatform, number: str) -> tuple[str, ...] | None:
    offer = platform.messages[number].offer
    return None if offer is None else offer.presets


async def test_a_button_asks_of_the_pictures_that_are_remembered(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        await talk.ask(asked("what is it?", attachments=(RED,)))
        await talk.settled()
        platform.files.clear()
        await talk.ask(of(ALT.name, number=2))
        await talk.settled(2)
        assert sum(len(said.images) for said in model.journal[1].ask.messages) == 1
        assert instruction(ALT) in model.journal[1].ask.last_user_text
    assert offers_of(platform, "2") == tuple(preset.name for preset in BELOW_ANSWERS)


async def test_a_button_is_about_the_pictures_of_its_answer(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        await talk.ask(asked("what is it?", attachments=(RED,)))
        await talk.settled()
        await talk.ask(asked("and this?", number=2, attachments=(BLUE,)))
        await talk.settled(2)
        await talk.ask(replace(of(READ.name, number=3), about="1"))
        await talk.settled(3)
        await talk.ask(replace(of(ALT.name, number=4), about="3"))
        await talk.settled(4)
        for asked_again in model.journal[2:]:
            assert colours(asked_again.ask) == ["red"]
        await talk.ask(replace(of(DESCRIBE.name, number=5), about="gone"))
        await talk.settled(5)
    assert len(model.journal) == 4


async def test_a_preset_with_a_picture_is_about_that_one(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        await talk.ask(of(READ.name, "", RED))
        await talk.settled()
        await talk.ask(of(READ.name, "", BLUE, number=2))
        await talk.settled(2)
        assert [colours(call.ask) for call in model.journal] == [["red"], ["blue"]]
        await talk.ask(asked("which is lighter?", number=3))
        await talk.settled(3)
    assert colours(model.journal[-1].ask) == ["red", "blue"]


def colours(ask: Ask) -> list[str]:
    """The pictures that the model was shown, by their colour."""
    seen = (of_a_url(image).getpixel((3, 3)) for said in ask.messages for image in said.images)
    return [name for pixel in seen for name, colour in COLOURS.items() if pixel == colour]


async def test_without_a_picture_nothing_is_asked_of_the_model(talk: Talk, model: ModelEmulator) -> None:
    await talk.ask(of(DESCRIBE.name))
    await talk.shows("There is no picture here that I could look at. Please send me one, and ask again.")
    assert model.journal == ()
    assert offers_of(talk.platform, "1") is None


async def test_one_picture_is_not_compared(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        refused = "To compare I need 2 pictures or more, and there is only 1."
        await talk.ask(of(COMPARE.name, "", RED))
        await talk.shows(refused)
        assert model.journal == ()
        model.say("One is red, one is blue.")
        await talk.ask(of(COMPARE.name, "", RED, BLUE, number=2))
        await talk.shows(refused, "One is red, one is blue.")


async def test_a_text_only_model_says_so_whatever_the_preset(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform, facts=Facts(vision=False)) as talk:
        await talk.ask(of(DESCRIBE.name, "", RED))
        await talk.settled()
        await talk.ask(of(DESCRIBE.name, number=2))
        await talk.settled(2)
    first, second = platform.texts()
    assert "reads text only" in first
    assert "reads text only" in second
    assert model.journal == ()


async def test_json_by_a_schema_is_enforced_checked_and_shown_as_code(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        model.say('{"total": 12.50}')
        await talk.ask(of(JSON.name, "", RED, schema=SCHEMA))
        await talk.shows('```json\n{"total": 12.50}\n```')
    (call,) = model.journal
    assert SCHEMA in call.ask.last_user_text
    assert call.ask.body["response_format"]["json_schema"]["schema"] == json.loads(SCHEMA)
    assert "tools" not in call.ask.body


async def test_json_that_does_not_fit_is_asked_for_once_more_with_the_reason(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        model.say('{"sum": 12}')
        model.say('```json\n{"total": 12}\n```')
        await talk.ask(of(JSON.name, "", RED, schema=SCHEMA))
        await talk.shows('```json\n{"total": 12}\n```')
    assert [len(call.ask.messages) for call in model.journal] == [2, 4]
    assert '"total" is missing' in model.journal[1].ask.last_user_text


async def test_json_that_never_fits_is_shown_and_said_to_be_none(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        model.say("I see a receipt.")
        model.say("It is a receipt!")
        await talk.ask(of(JSON.name, "", RED))
        await talk.settled()
    (text,) = platform.texts()
    assert text.startswith("```json\nIt is a receipt!\n```\n\n*(This does not fit what you asked for: ")
    assert len(model.journal) == 2


async def test_a_schema_that_the_server_refuses_is_followed_by_its_words(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        model.fail(400, "schema: unsupported keyword")
        model.say('{"total": 1}')
        await talk.ask(of(JSON.name, "", RED, schema=SCHEMA))
        await talk.shows('```json\n{"total": 1}\n```')
    assert "response_format" not in model.journal[-1].ask.body


async def test_an_answer_in_private_is_posted_once_with_who_asked_and_what(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    channel = Address("test", "a1", "c2", "")
    async with begin(model, platform) as talk:
        model.say("It is red.")
        private = replace(asked("which colour?", attachments=(RED,)), asked_in=channel)
        await talk.ask(private)
        await talk.settled()
        offer = platform.messages["1"].offer
        assert offer is not None
        assert offer.share == channel
        event = replace(
            asked("show it", number=2),
            key=f"share:{offer.turn}",
            address=Address("test", "a1", "c2", "s1"),
            shared=Shared(private.address, offer.turn),
        )
        assert await talk.ask(event) is Verdict.STORED
        assert await talk.ask(replace(event, message_id="q3")) is Verdict.DUPLICATE
        await talk.settled(2)
        (noted,) = await talk.conversations.store.entries(AuditSearch())
        assert (noted.name, noted.action, noted.place) == ("Ada", Action.POSTED, event.address.key)
        assert noted.detail == {"from": "test:a1:c1"}
    assert len(model.journal) == 1
    shown = (
        "**Ada** asked me in private (about red.png):\n> which colour?\n\n**Tampu's answer:**\n\nIt is red."
    )
    assert platform.texts("s1") == [shown]


async def test_after_a_restart_it_is_still_posted_once(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        model.say("It is red.")
        private = replace(
            asked("which colour?", attachments=(RED,)), asked_in=Address("test", "a1", "c2", "")
        )
        await talk.ask(private)
        await talk.settled()
        offer = platform.messages["1"].offer
    assert offer is not None
    event = replace(
        asked("show it", number=2),
        key=f"share:{offer.turn}",
        address=Address("test", "a1", "c2", "s1"),
        shared=Shared(private.address, offer.turn),
    )
    async with begin(model, platform) as talk:
        assert await talk.ask(event) is Verdict.STORED
        await talk.quiet()
    async with begin(model, platform) as talk:
        assert await talk.ask(event) is Verdict.DUPLICATE
        await talk.quiet()
    assert len(platform.texts("s1")) == 1


async def test_an_answer_that_is_forgotten_is_not_posted(talk: Talk, model: ModelEmulator) -> None:
    event = replace(asked("show it"), shared=Shared(asked("").address, "0" * 32))
    await talk.ask(event)
    await talk.shows("I no longer have the answer that was to be posted here, so there is nothing to show.")
    assert model.journal == ()


def looking_back(number: int = 1) -> Asked:
    return replace(asked("Alt text for the newest pictures here", number=number), looks_back=8)


async def test_each_picture_of_a_channel_gets_its_own_text(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    clip = Attachment("f3", "broken_*.png", "image/png", None, "broken")
    platform.files["broken"] = png()[:40]
    link = "https://chat.test/m/1"
    platform.gallery = (PastPicture(BLUE, link), PastPicture(clip), PastPicture(RED, link))
    async with begin(model, platform) as talk:
        model.say("A blue\nrectangle.")
        model.say("A red rectangle.")
        await talk.ask(looking_back())
        await talk.settled()
    (text,) = platform.texts()
    assert text.splitlines() == [
        f"- **blue.png** ([message]({link})): A blue rectangle.",
        "- **broken.png**: broken_*.png is damaged or incomplete: I can't open it.",
        f"- **red.png** ([message]({link})): A red rectangle.",
    ]
    assert [len(call.ask.messages[-1].images) for call in model.journal] == [1, 1]
    assert all(instruction(ALT) in call.ask.last_user_text for call in model.journal)


async def test_alt_texts_of_nothing_are_not_asked_for(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    async with begin(model, platform) as talk:
        await talk.ask(looking_back())
        await talk.settled()
        platform.blind = True
        await talk.ask(looking_back(2))
        await talk.settled(2)
    assert platform.texts() == [NO_PAST_PICTURES, PAST_UNREADABLE]
    assert model.journal == ()


async def test_a_text_only_model_looks_for_nothing(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    platform.gallery = (PastPicture(RED),)
    async with begin(model, platform, facts=Facts(vision=False)) as talk:
        await talk.ask(looking_back())
        await talk.settled()
    assert "reads text only" in platform.texts()[0]
    assert "pictures" not in platform.requests
    assert model.journal == ()


async def test_buttons_stand_there_also_when_a_restart_came_before_the_last_edit(
    begin: Begin, model: ModelEmulator, platform: FakePlatform
) -> None:
    question = replace(asked("what is it?", attachments=(RED,)), asked_in=Address("test", "a1", "c2", ""))
    async with begin(model, platform) as talk:
        platform.edit_faults.extend([Retry(60.0)] * 50)
        model.say("A rectangle.")
        await talk.ask(question)
        await answered(talk)
        assert platform.messages["1"].offer is None
    platform.edit_faults.clear()
    async with begin(model, platform) as talk:
        await talk.quiet()
    offer = platform.messages["1"].offer
    assert offer is not None
    assert (offer.share, offers_of(platform, "1")) == (
        question.asked_in,
        tuple(preset.name for preset in BELOW_ANSWERS),
    )
    assert len(model.journal) == 1


async def answered(talk: Talk) -> None:
    """Wait until the answer is committed."""
    deadline = time.monotonic() + DEADLINE_S
    while len(await talk.conversations.store.messages(asked("").address)) < 2:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_refusal_has_no_buttons(begin: Begin, model: ModelEmulator, platform: FakePlatform) -> None:
    async with begin(model, platform) as talk:
        model.fail(500, "broken")
        await talk.ask(asked("what is it?", attachments=(RED,)))
        await talk.settled()
    assert [shown.offer for shown in platform.messages.values()] == [None]
