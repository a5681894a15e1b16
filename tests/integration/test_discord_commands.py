"""Slash commands through real discord.py: kept before they are shown, shown before they are answered."""

import asyncio
from io import BytesIO

from PIL import Image

from core.address import Address
from core.delivery import Lookup, Sent
from core.events import Addressing
from tests.emulators.discord import DiscordEmulator, Invocation, MessageKind
from tests.emulators.discord.recording import RunningBot, running

Options = dict[str, str | tuple[str, bytes, str]]


def png() -> bytes:
    content = BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "PNG")
    return content.getvalue()


async def answered(discord: DiscordEmulator, invocation: Invocation) -> str:
    """The private answer's text."""
    await discord.wait_for(lambda: invocation.reply)
    assert invocation.reply is not None
    assert invocation.reply.ephemeral
    return invocation.reply.text


async def test_commands_are_registered_once(discord: DiscordEmulator) -> None:
    async with running(discord):
        assert sorted(discord.interactions.commands) == ["ask", "help", "image", "model", "new", "stop"]
    async with running(discord):
        assert discord.interactions.syncs == 1
    discord.interactions.commands["ask"]["description"] = "Something older"
    async with running(discord):
        assert discord.interactions.syncs == 2
    image = discord.interactions.commands["image"]
    assert [(option["name"], option["type"]) for option in image["options"]] == [
        ("picture", 11),
        ("preset", 3),
        ("question", 3),
        ("picture2", 11),
        ("picture3", 11),
        ("picture4", 11),
        ("schema", 3),
        ("private", 5),
    ]
    assert image["contexts"] == [0, 1]
    assert image["integration_types"] == [0]


async def test_registration_that_fails_does_not_stop_the_bot(discord: DiscordEmulator) -> None:
    discord.fault("PUT /applications", status=403, code=50001)
    async with running(discord) as bot:
        await discord.say(discord.ana, discord.direct(discord.ana), "hello")
        await bot.asked()


async def test_ask_is_shown_and_answered_under_it(discord: DiscordEmulator, bot: RunningBot) -> None:
    question = "why *is* @everyone here?"
    invocation = await discord.invoke(discord.ana, discord.general, "ask", {"question": question})
    asked = await bot.asked()
    assert asked.key == f"i:{invocation.id}"
    assert asked.address == Address(
        "discord", discord.world.guild_id, discord.general.id, f"i{invocation.id}"
    )
    assert (asked.addressing, asked.text, asked.opener) == (Addressing.COMMAND, question, None)
    sent = await bot.adapter.post(bot.draft(asked, "because"))
    shown, answer = discord.said_by_bot(discord.general)
    assert shown.text == f"**Ana asked:** {question}"
    assert shown.kind == MessageKind.COMMAND
    assert shown.pings == ()
    assert sent == Sent(answer.id)
    assert answer.reply_to == shown.id
    assert await bot.adapter.past(asked, 10) == ()


async def test_a_reply_to_the_shown_question_goes_on_in_its_thread(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    invocation = await discord.invoke(discord.ana, discord.general, "ask", {"question": "one"})
    asked = await bot.asked()
    await discord.wait_for(lambda: invocation.reply and bot.inbox.anchors.get(anchor_of(discord, invocation)))
    assert invocation.reply is not None
    await discord.say(discord.bob, discord.general, "two", reply_to=invocation.reply)
    follow_up = await bot.asked(2)
    assert follow_up.address == asked.address
    assert follow_up.addressing is Addressing.REPLY


def anchor_of(discord: DiscordEmulator, invocation: Invocation) -> tuple[str, str, str]:
    assert invocation.reply is not None
    return discord.world.guild_id, invocation.channel.id, invocation.reply.id


async def test_the_answer_waits_until_its_question_is_shown(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    discord.fault("POST /interactions", status=0, delay=0.4)
    await discord.invoke(discord.ana, discord.direct(discord.ana), "ask", {"question": "quick?"})
    asked = await bot.asked()
    await bot.adapter.post(bot.draft(asked, "quick!"))
    assert [message.text for message in discord.messages(discord.direct(discord.ana))] == [
        "**Ana asked:** quick?",
        "quick!",
    ]


async def test_a_question_that_cannot_be_shown_is_answered_all_the_same(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    discord.interactions.ack_seconds = 0.0
    await discord.invoke(discord.ana, discord.general, "ask", {"question": "hello?"})
    asked = await bot.asked()
    await bot.adapter.post(bot.draft(asked, "hello!"))
    assert [(message.text, message.reply_to) for message in discord.said_by_bot(discord.general)] == [
        ("hello!", None)
    ]


async def test_image_brings_the_picture(discord: DiscordEmulator, bot: RunningBot) -> None:
    options: Options = {
        "picture": ("red_*square*.png", png(), "image/png"),
        "question": "which colour? https://example.com",
    }
    invocation = await discord.invoke(discord.ana, discord.general, "image", options)
    asked = await bot.asked()
    (picture,) = asked.attachments
    assert (picture.name, picture.mime) == ("red_*square*.png", "image/png")
    assert await bot.adapter.read(picture, 10_000) == png()
    await discord.wait_for(lambda: invocation.reply)
    assert invocation.reply is not None
    assert "which colour? <https://example.com>" in invocation.reply.text
    assert "Picture: red\\_\\*square\\*.png" in invocation.reply.text
    assert invocation.reply.embeds[0]["image"]["url"] == picture.locator


async def test_a_file_that_is_no_picture_is_refused_in_private(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    options: Options = {"picture": ("notes.pdf", b"%PDF", "application/pdf"), "question": "what?"}
    invocation = await discord.invoke(discord.ana, discord.general, "image", options)
    assert "notes.pdf** is not a picture" in await answered(discord, invocation)
    assert bot.inbox.events == []
    assert discord.messages(discord.general) == []


async def test_a_question_that_could_not_be_kept_is_said_so(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    bot.inbox.failures = 1
    invocation = await discord.invoke(discord.ana, discord.general, "ask", {"question": "keep me"})
    assert "went wrong" in await answered(discord, invocation)
    assert discord.messages(discord.general) == []


async def test_commands_answered_at_once_are_private(discord: DiscordEmulator, bot: RunningBot) -> None:
    thread = discord.thread(discord.general, "talk")
    direct = discord.direct(discord.bob)
    bot.inbox.reply = "#### Yes"
    invocation = await discord.invoke(discord.ana, discord.general, "stop")
    assert await answered(discord, invocation) == "**Yes**"
    await answered(discord, await discord.invoke(discord.ana, thread, "new"))
    await answered(discord, await discord.invoke(discord.bob, direct, "model", {"text": "llama"}))
    guild = discord.world.guild_id
    assert [(name, address, argument) for name, address, _, argument in bot.inbox.commands] == [
        ("stop", Address("discord", guild, discord.general.id, ""), ""),
        ("new", Address("discord", guild, thread.id, thread.id), ""),
        ("model", Address("discord", "direct", direct.id, direct.id), "llama"),
    ]
    assert bot.inbox.commands[2][2].name == "Bob"


async def test_a_long_private_answer_comes_in_parts(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.reply = "\n".join(f"- line {number} of many" for number in range(200))
    invocation = await discord.invoke(discord.ana, discord.general, "help")
    await answered(discord, invocation)
    await discord.wait_for(lambda: invocation.followups)
    texts = [invocation.reply.text if invocation.reply else "", *(each.text for each in invocation.followups)]
    assert "\n".join(texts).count("of many") == 200
    assert all(each.ephemeral for each in invocation.followups)


async def test_a_slow_command_is_put_off(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.pauses = [2.3]
    invocation = await discord.invoke(discord.ana, discord.general, "model")
    await discord.wait_for(lambda: invocation.deferred)
    assert await answered(discord, invocation) == "Done."


async def test_a_failing_command_is_answered(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.failures = 1
    invocation = await discord.invoke(discord.ana, discord.general, "new")
    assert "went wrong" in await answered(discord, invocation)


async def test_a_command_that_is_no_more_is_answered(discord: DiscordEmulator, bot: RunningBot) -> None:
    discord.interactions.commands["old"] = {**discord.interactions.commands["help"], "name": "old"}
    invocation = await discord.invoke(discord.ana, discord.general, "old")
    assert "went wrong" in await answered(discord, invocation)


async def test_a_channel_that_may_not_be_written_in(discord: DiscordEmulator, bot: RunningBot) -> None:
    discord.deny(discord.general, "SEND_MESSAGES")
    invocation = await discord.invoke(discord.ana, discord.general, "ask", {"question": "hello"})
    assert "may not write" in await answered(discord, invocation)
    assert bot.inbox.events == []


async def test_after_a_restart_the_answer_is_found_under_the_shown_question(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        await discord.invoke(discord.ana, discord.general, "ask", {"question": "one"})
        asked = await bot.asked()
        assert isinstance(await bot.adapter.post(bot.draft(asked, "answer")), Sent)
    answer = discord.said_by_bot(discord.general)[1]
    async with running(discord) as later:
        lookup = Lookup(asked.address, "k", asked.message_id, frozenset())
        assert await later.adapter.find(lookup) == answer.id


async def test_twenty_people_ask_at_once(discord: DiscordEmulator, bot: RunningBot) -> None:
    people = [discord.person(f"P{number}") for number in range(20)]
    invocations = await asyncio.gather(
        *(discord.invoke(person, discord.general, "ask", {"question": person.name}) for person in people)
    )
    await discord.wait_for(lambda: all(invocation.reply for invocation in invocations))
    assert sorted(event.text for event in bot.inbox.events) == sorted(person.name for person in people)
