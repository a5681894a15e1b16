"""Pictures on Discord in full: presets, several pictures, buttons below answers, answers in private."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.discord.asking import NO_HISTORY
from core.picture_phrases import (
    ASKED_ALREADY,
    IN_PRIVATE,
    NO_PAST_PICTURES,
    SHARE_LABEL,
    SHARED,
    SHARED_ALREADY,
)
from core.presets import ALT, BELOW_ANSWERS, COMPARE, JSON, READ, instruction
from tests.emulators.discord import Invocation, Message
from tests.emulators.discord.interactions import OptionValue
from tests.emulators.discord.world import ORDINARY
from tests.emulators.model import ModelEmulator
from tests.pictures import of_a_url
from tests.product import discord_settings, environment, model_settings, running
from tests.product_stage import DiscordStage, on_discord, png, quiet, rows, until

Options = dict[str, OptionValue]

RED = ("red.png", png("red"), "image/png")
BLUE = ("blue.png", png("blue"), "image/png")
LABELS = [preset.label for preset in BELOW_ANSWERS]
READ_MESSAGE_HISTORY = 1 << 16
SCHEMA = '{"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}'


@pytest.fixture
async def stage(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[DiscordStage]:
    async with on_discord(tmp_path, model) as running:
        yield running


async def image(stage: DiscordStage, **options: OptionValue) -> Invocation:
    """Ana uses ``/image`` in the channel."""
    discord = stage.discord
    return await discord.invoke(discord.ana, discord.general, "image", {"picture": RED, **options})


def labels(stage: DiscordStage, message: Message) -> list[str]:
    return [button["label"] for row in stage.discord.now(message).components for button in row["components"]]


async def looked_at(stage: DiscordStage) -> Message:
    """Ask about a picture; the answer, with its buttons."""
    stage.model.say("A sign.")
    await stage.ask("what is it?", files=(RED,))
    await stage.shows("A sign.")
    answer = stage.said()[0]
    await stage.discord.wait_for(lambda: labels(stage, answer) == LABELS)
    return answer


async def told(stage: DiscordStage, invocation: Invocation, words: str) -> None:
    """Wait until something is said to the person alone."""

    def seen() -> list[Message]:
        return [*([invocation.reply] if invocation.reply else []), *invocation.followups]

    await stage.discord.wait_for(lambda: any(words in message.text for message in seen()))
    assert all(message.ephemeral for message in seen())


async def test_a_preset_is_asked_with_several_pictures(stage: DiscordStage) -> None:
    stage.model.say("One is red, the other blue.")
    await image(stage, picture2=BLUE, preset=COMPARE.name, question="the colours")
    opener = "**Ana asked:** Compare: the colours\n-# Pictures: red.png, blue.png"
    await stage.shows(opener, "One is red, the other blue.")
    (call,) = stage.model.journal
    assert len(call.ask.messages[-1].images) == 2
    assert instruction(COMPARE) in call.ask.last_user_text


async def test_the_picture_alone_is_enough(stage: DiscordStage) -> None:
    stage.model.say("A red rectangle.")
    await image(stage)
    await stage.shows("**Ana asked:** What is in this picture?\n-# Picture: red.png", "A red rectangle.")


async def test_json_follows_the_schema_that_was_given(stage: DiscordStage) -> None:
    stage.model.say('{"total": 3}')
    await image(stage, schema=SCHEMA)
    await stage.shows("**Ana asked:** As JSON\n-# Picture: red.png", '```json\n{"total": 3}\n```')


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"preset": COMPARE.name}, "To compare I need 2 pictures"),
        ({"preset": JSON.name, "schema": "name, price"}, "not valid JSON"),
        ({"preset": READ.name, "schema": SCHEMA}, "“As JSON” only"),
        ({"picture3": ("plan.pdf", b"%PDF", "application/pdf")}, "plan.pdf"),
    ],
)
async def test_what_cannot_be_done_is_said_at_once_and_in_private(
    stage: DiscordStage, options: Options, words: str
) -> None:
    await told(stage, await image(stage, **options), words)
    await quiet(stage.model, 0)
    assert stage.said() == []


async def test_a_button_asks_of_the_same_pictures_as_the_one_who_pressed_it(stage: DiscordStage) -> None:
    discord = stage.discord
    stage.model.say("A sign.")
    stage.model.say("EXIT")
    await image(stage, question="what is it?")
    opener = "**Ana asked:** what is it?\n-# Picture: red.png"
    await stage.shows(opener, "A sign.")
    answer = stage.said()[1]
    await discord.wait_for(lambda: labels(stage, answer) == LABELS)
    discord.cdn.files.clear()
    click = await discord.click(discord.bob, answer, READ.label)
    await stage.shows(opener, "A sign.", "**Bob asked:** Read the text", "EXIT")
    assert not click.failed
    shown, more = stage.said()[2:]
    assert more.reply_to == shown.id
    asked = stage.model.journal[1].ask
    assert sum(len(said.images) for said in asked.messages) == 1
    assert instruction(READ) in asked.last_user_text
    await discord.wait_for(lambda: labels(stage, more) == LABELS)


async def test_a_button_is_about_the_pictures_of_its_answer_not_about_newer_ones(stage: DiscordStage) -> None:
    discord = stage.discord
    for text in ("A sign.", "A lake.", "EXIT"):
        stage.model.say(text)
    await stage.ask("what is it?", files=(RED,))
    await stage.shows("A sign.")
    answer = stage.said()[0]
    await discord.say(discord.ana, discord.general, "and this?", reply_to=answer, files=(BLUE,))
    await stage.shows("A sign.", "A lake.")
    await discord.wait_for(lambda: labels(stage, answer) == LABELS)
    await discord.click(discord.bob, answer, READ.label)
    await stage.shows("A sign.", "A lake.", "**Bob asked:** Read the text", "EXIT")
    (shown,) = [image for said in stage.model.journal[2].ask.messages for image in said.images]
    assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)


async def test_a_double_click_asks_once_and_another_person_may_ask_too(stage: DiscordStage) -> None:
    discord = stage.discord
    answer = await looked_at(stage)
    stage.model.say("A red sign.")
    await discord.click(discord.bob, answer, ALT.label)
    second = await discord.click(discord.bob, answer, ALT.label)
    await told(stage, second, ASKED_ALREADY)
    await discord.wait_for(lambda: len(stage.said()) == 3)
    stage.model.say("A sign in red.")
    await discord.click(discord.ana, answer, ALT.label)
    await discord.wait_for(lambda: len(stage.said()) == 5)
    assert len(stage.model.journal) == 3


async def test_a_button_may_be_pressed_again_where_the_model_failed(stage: DiscordStage) -> None:
    discord = stage.discord
    answer = await looked_at(stage)
    stage.model.fail(400)
    await discord.click(discord.bob, answer, READ.label)
    await discord.wait_for(lambda: len(stage.said()) == 3)
    await until(lambda: rows(stage.data, "SELECT count(*) FROM turn WHERE state = 'failed'"), [(1,)])
    stage.model.say("EXIT")
    await discord.click(discord.bob, answer, READ.label)
    await discord.wait_for(lambda: stage.said()[-1].text == "EXIT")
    await told(stage, await discord.click(discord.bob, answer, READ.label), ASKED_ALREADY)


async def test_a_button_that_was_forged_asks_nothing(stage: DiscordStage) -> None:
    discord = stage.discord
    answer = await looked_at(stage)
    elsewhere = f"more:read:discord:{discord.world.guild_id}:99:99"
    click = await discord.click_as(discord.bob, answer, elsewhere)
    await told(stage, click, "no longer works")
    share = f"share:{'0' * 32}:discord:{discord.world.guild_id}:{discord.general.id}:"
    await told(stage, await discord.click_as(discord.bob, answer, share), "cannot be posted from here")
    await quiet(stage.model, 1)


async def asked_in_private(stage: DiscordStage) -> Message:
    """An answer that Ana got in private; its message."""
    discord = stage.discord
    direct = discord.direct(discord.ana)
    stage.model.say("It is red.")
    invocation = await image(stage, question="which colour?", private=True)
    await told(stage, invocation, IN_PRIVATE)
    await stage.shows("**Ana asked:** which colour?\n-# Picture: red.png", "It is red.", channel=direct)
    answer = stage.said(direct)[1]
    await discord.wait_for(lambda: labels(stage, answer) == [*LABELS, SHARE_LABEL])
    assert stage.said() == []
    return answer


async def test_an_answer_in_private_is_posted_to_the_channel_once(stage: DiscordStage) -> None:
    discord = stage.discord
    answer = await asked_in_private(stage)
    first = await discord.click(discord.ana, answer, SHARE_LABEL)
    second = await discord.click(discord.ana, answer, SHARE_LABEL)
    await told(stage, first, SHARED)
    await told(stage, second, SHARED_ALREADY)
    head = "**Ana** asked me in private (about red.png):\n> which colour?\n\n**Tampu's answer:**\n\n"
    await stage.shows(f"{head}It is red.")
    await quiet(stage.model, 1)
    stage.model.say("As red as can be.")
    await discord.say(discord.bob, discord.general, "how red?", reply_to=stage.said()[0])
    await stage.shows(f"{head}It is red.", "As red as can be.")
    assert "It is red." in "\n".join(said.text for said in stage.model.journal[1].ask.messages)


async def test_buttons_work_after_a_restart(stage: DiscordStage) -> None:
    discord = stage.discord
    answer = await asked_in_private(stage)
    await told(stage, await discord.click(discord.ana, answer, SHARE_LABEL), SHARED)
    await discord.wait_for(lambda: len(stage.said()) == 1)
    await stage.product.stop()
    settings = {**discord_settings(discord), **model_settings(stage.model)}
    async with running(environment(stage.data, **settings)):
        await told(stage, await discord.click(discord.ana, answer, SHARE_LABEL), SHARED_ALREADY)
        stage.model.say("EXIT")
        await discord.click(discord.ana, answer, READ.label)
        direct = discord.direct(discord.ana)
        await discord.wait_for(lambda: stage.said(direct)[-1].text == "EXIT")
    assert len(stage.said()) == 1


async def test_alt_texts_for_the_pictures_of_a_channel(stage: DiscordStage) -> None:
    discord = stage.discord
    first = await discord.say(discord.bob, discord.general, "look", files=(RED,))
    second = await discord.say(discord.ana, discord.general, "and this", files=(BLUE,))
    stage.model.say("A blue rectangle.")
    stage.model.say("A red rectangle.")
    await discord.invoke(discord.ana, discord.general, "alt", {"words": "auf Deutsch"})
    where = f"https://discord.com/channels/{discord.world.guild_id}/{discord.general.id}"
    lines = (
        f"- **blue.png** ([message]({where}/{second.id})): A blue rectangle.\n"
        f"- **red.png** ([message]({where}/{first.id})): A red rectangle."
    )
    opener = "**Ana asked:** Alt text for the newest pictures here: auf Deutsch"
    await stage.shows(opener, lines)
    assert all(instruction(ALT) in call.ask.last_user_text for call in stage.model.journal)


async def test_who_may_not_read_what_was_said_before_gets_no_alt_texts_of_it(stage: DiscordStage) -> None:
    discord = stage.discord
    await discord.say(discord.bob, discord.general, "look", files=(RED,))
    discord.allow(discord.world.guild_id, ORDINARY & ~READ_MESSAGE_HISTORY)
    await told(stage, await discord.invoke(discord.ana, discord.general, "alt"), NO_HISTORY)
    await quiet(stage.model, 0)
    assert stage.said() == []
    stage.model.say("A red rectangle.")
    await discord.invoke(discord.world.owner, discord.general, "alt")
    await discord.wait_for(lambda: len(stage.said()) == 2)


async def test_alt_texts_where_there_is_no_picture(stage: DiscordStage) -> None:
    discord = stage.discord
    await discord.invoke(discord.ana, discord.general, "alt")
    await stage.shows("**Ana asked:** Alt text for the newest pictures here", NO_PAST_PICTURES)
    await quiet(stage.model, 0)
