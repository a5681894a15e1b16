"""Files and pictures on Discord: with a message, on the message that is replied to, and by ``/image``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulators.model import ModelEmulator
from tests.pictures import SEVERAL, assert_several, of_a_url
from tests.product_stage import DiscordStage, on_discord, png

TEXT_ONLY = "llama-3.1-8b"
RED = ("red.png", png("red"), "image/png")


@pytest.fixture
async def stage(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[DiscordStage]:
    async with on_discord(tmp_path, model) as running:
        yield running


@pytest.fixture
async def roomy(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[DiscordStage]:
    """The same with a window that has room for several pictures."""
    async with on_discord(tmp_path, model, LLAMA_CONTEXT="32768") as running:
        yield running


@pytest.fixture
async def blind(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[DiscordStage]:
    """The same with a model that reads text only."""
    model.models = (TEXT_ONLY,)
    async with on_discord(tmp_path, model, LLAMA_MODEL=TEXT_ONLY) as running:
        yield running


async def test_a_picture_reaches_the_model_and_is_remembered(stage: DiscordStage) -> None:
    discord = stage.discord
    stage.model.say("It is red.")
    await stage.ask("which colour is this?", files=(RED,))
    await stage.shows("It is red.")
    stage.model.say("Still red.")
    # The file's address is gone by now: what is remembered is the picture, not where it was.
    discord.cdn.files.clear()
    await discord.say(discord.ana, discord.general, "are you sure?", reply_to=stage.said()[0])
    await stage.shows("It is red.", "Still red.")
    for call in stage.model.journal:
        (shown,) = call.ask.messages[1].images
        assert of_a_url(shown).size == (64, 48)
        assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)


async def test_several_pictures_arrive_whole_in_order_and_by_their_names(roomy: DiscordStage) -> None:
    roomy.model.say("Four of them.")
    await roomy.ask("compare these", files=SEVERAL)
    await roomy.shows("Four of them.")
    (call,) = roomy.model.journal
    assert_several(call.ask.messages[1].images, call.ask.messages[1].text)


async def test_a_fifth_picture_becomes_a_word_about_it(roomy: DiscordStage) -> None:
    roomy.model.say("Four of five.")
    await roomy.ask("compare these", files=(RED, *SEVERAL))
    left_out = "I look at 4 of these 5 pictures: the model takes no more at once. Left out: red.png."
    await roomy.shows(f"> {left_out}\n\nFour of five.")
    (call,) = roomy.model.journal
    assert_several(call.ask.messages[1].images, call.ask.messages[1].text)
    assert "red.png" in call.ask.messages[1].text
    assert "not shown here" in call.ask.messages[1].text


async def test_a_text_file_is_read(stage: DiscordStage) -> None:
    notes = ("notes.csv", "name,legs\nllama,4\nñandú,2\n".encode(), "text/csv; charset=utf-8")
    stage.model.say("Six legs.")
    await stage.ask("how many legs in all?", files=(notes,))
    await stage.shows("Six legs.")
    asked = stage.model.journal[0].ask.last_user_text
    for part in ("how many legs in all?", "notes.csv", "llama", "ñandú"):
        assert part in asked


@pytest.mark.parametrize(
    ("file", "note"),
    [
        (("empty.txt", b"", "text/plain"), "empty.txt is empty (0 bytes)."),
        (("broken.png", RED[1][:60], "image/png"), "broken.png is damaged or incomplete: I can't open it."),
        (("clip.mp4", b"\0\0\0\x18ftypmp42" + bytes(64), "video/mp4"), "clip.mp4: I can't watch video"),
    ],
)
async def test_a_file_that_cannot_be_read_is_named_to_the_person_and_to_the_model(
    stage: DiscordStage, file: tuple[str, bytes, str], note: str
) -> None:
    stage.model.say("I answer without it.")
    await stage.ask("what does it say?", files=(file,))
    await stage.discord.wait_for(lambda: stage.said() and "without it." in stage.said()[0].text)
    assert stage.said()[0].text.startswith(f"> {note}")
    assert note in stage.model.journal[0].ask.last_user_text


async def test_a_question_about_another_persons_picture_brings_that_picture(stage: DiscordStage) -> None:
    discord = stage.discord
    picture = await discord.say(discord.bob, discord.general, "my new car", files=(RED,))
    mention = f"{discord.bot.mention} what is this?"
    await discord.say(discord.ana, discord.general, mention, reply_to=picture)
    (call,) = await stage.model.ended()
    (shown,) = [image for said in call.ask.messages for image in said.images]
    assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)
    assert "Bob: my new car" in "\n".join(said.text for said in call.ask.messages)


async def test_a_thread_on_a_picture_is_about_that_picture(stage: DiscordStage) -> None:
    discord = stage.discord
    stage.model.say("A car.")
    stage.model.say("Red.")
    picture = await discord.say(discord.bob, discord.general, "my new car", files=(RED,))
    thread = discord.thread(discord.general, "cars", picture)
    await discord.say(discord.bob, thread, "not bad, is it?")
    await stage.ask("what is this?", channel=thread)
    await stage.shows("A car.", channel=thread)
    await stage.ask("which colour?", channel=thread)
    await stage.shows("A car.", "Red.", channel=thread)
    for call in stage.model.journal:
        (shown,) = [image for said in call.ask.messages for image in said.images]
        assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)


async def test_a_reply_to_a_reply_is_about_the_picture_above_both(stage: DiscordStage) -> None:
    discord = stage.discord
    stage.model.say("A car.")
    picture = await discord.say(discord.bob, discord.general, "my new car", files=(RED,))
    comment = await discord.say(discord.bob, discord.general, "not bad, is it?", reply_to=picture)
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} what is this?", reply_to=comment)
    await stage.shows("A car.")
    (shown,) = [image for said in stage.model.journal[0].ask.messages for image in said.images]
    assert of_a_url(shown).getpixel((3, 3)) == (255, 0, 0)


async def test_images_answer_hangs_under_its_opener_and_the_picture_is_remembered(
    stage: DiscordStage,
) -> None:
    discord = stage.discord
    stage.model.say("A red rectangle.")
    stage.model.say("Sixty-four by forty-eight.")
    options: dict[str, str | tuple[str, bytes, str]] = {"picture": RED, "question": "what is it?"}
    await discord.invoke(discord.ana, discord.general, "image", options)
    opener = "**Ana asked:** what is it?\n-# Picture: red.png"
    await stage.shows(opener, "A red rectangle.")
    shown, answer = stage.said()
    assert answer.reply_to == shown.id
    await discord.say(discord.bob, discord.general, "how large?", reply_to=answer)
    await stage.shows(opener, "A red rectangle.", "Sixty-four by forty-eight.")
    assert [len(call.ask.messages[1].images) for call in stage.model.journal] == [1, 1]


async def test_a_text_only_model_says_that_it_did_not_look(blind: DiscordStage) -> None:
    discord = blind.discord
    options: dict[str, str | tuple[str, bytes, str]] = {"picture": RED, "question": "what is it?"}
    await discord.invoke(discord.ana, discord.general, "image", options)
    await discord.wait_for(lambda: len(blind.said()) == 2)
    honest = f"I run on {TEXT_ONLY}, which reads text only, so I did not look at red.png."
    assert blind.said()[1].text.startswith(honest)
    assert blind.said()[1].reply_to == blind.said()[0].id
    assert blind.model.journal == ()


async def test_a_picture_that_is_none_is_refused_in_private(stage: DiscordStage) -> None:
    discord = stage.discord
    options: dict[str, str | tuple[str, bytes, str]] = {
        "picture": ("plan.pdf", b"%PDF", "application/pdf"),
        "question": "what is it?",
    }
    invocation = await discord.invoke(discord.ana, discord.general, "image", options)
    await discord.wait_for(lambda: invocation.reply)
    assert invocation.reply is not None
    assert invocation.reply.ephemeral
    assert "plan.pdf" in invocation.reply.text
    assert (stage.said(), stage.model.journal) == ([], ())
