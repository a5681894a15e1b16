"""The stop button through real discord.py: it grows with the answer, and a click stops it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.discord.buttons import StopId
from core import phrases
from core.address import Address
from core.delivery import MessageRef, Sent
from core.events import Asked
from tests.emulators.discord import DiscordEmulator, Invocation, Message
from tests.emulators.discord.recording import RunningBot, running

DEFERRED_UPDATE = 6


@pytest.fixture
async def bot(discord: DiscordEmulator) -> AsyncIterator[RunningBot]:
    async with running(discord) as running_bot:
        running_bot.inbox.reply = phrases.STOPPING
        yield running_bot


async def growing(bot: RunningBot) -> tuple[Asked, Message]:
    """An answer that is being written in the channel."""
    discord, count = bot.discord, len(bot.inbox.events) + 1
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} tell me")
    asked = await bot.asked(count)
    assert isinstance(await bot.adapter.post(replace(bot.draft(asked, "Well"), live=True)), Sent)
    return asked, discord.said_by_bot(discord.general)[-1]


def ids(message: Message) -> list[str]:
    return [button["custom_id"] for row in message.components for button in row["components"]]


async def acknowledged(bot: RunningBot, click: Invocation) -> None:
    await bot.discord.wait_for(lambda: click.answered)
    assert click.callback == DEFERRED_UPDATE
    assert not click.failed


async def test_a_growing_answer_has_a_button_and_a_whole_one_has_none(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    asked, message = await growing(bot)
    ref = MessageRef(asked.address, message.id)
    keyed = f"stop:{asked.address.key}:k1aaaaaaaaaaaaaaaaaaaaaaa"
    assert ids(message) == [keyed]
    assert await bot.adapter.edit(ref, "Well, now", live=True) == Sent(message.id)
    assert ids(discord.now(message)) == [keyed]
    assert await bot.adapter.edit(ref, "Well, now.") == Sent(message.id)
    assert discord.now(message).components == ()
    assert discord.now(message).text == "Well, now."
    assert await bot.adapter.edit(ref, "Anew", live=True) == Sent(message.id)
    assert ids(discord.now(message)) == [f"stop:{asked.address.key}"]
    await bot.adapter.post(bot.draft(asked, "a short one"))
    assert discord.said_by_bot(discord.general)[-1].components == ()


async def test_a_click_stops_the_answer_of_its_thread(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked, message = await growing(bot)
    click = await discord.click(discord.bob, message)
    await acknowledged(bot, click)
    await discord.wait_for(lambda: bot.inbox.commands)
    ((name, address, author, argument),) = bot.inbox.commands
    assert (name, address, argument) == ("stop", asked.address, "")
    assert (author.id, author.name) == (discord.bob.id, "Bob")
    assert (click.reply, click.followups) == (None, [])


async def test_a_click_on_an_edited_answer_stops_it_too(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked, message = await growing(bot)
    ref = MessageRef(asked.address, message.id)
    for live in (True, False, True, True):
        await bot.adapter.edit(ref, f"Well, {live}", live=live)
    assert ids(discord.now(message)) == [f"stop:{asked.address.key}"]
    await acknowledged(bot, await discord.click(discord.ana, message))
    await discord.wait_for(lambda: bot.inbox.commands)
    assert bot.inbox.commands[0][1] == asked.address


async def test_a_click_in_private_and_in_a_thread(discord: DiscordEmulator, bot: RunningBot) -> None:
    thread, direct = discord.thread(discord.general, "talk"), discord.direct(discord.ana)
    for number, channel in enumerate((thread, direct), start=1):
        await discord.say(discord.ana, channel, f"{discord.bot.mention} tell me")
        asked = await bot.asked(number)
        await bot.adapter.post(replace(bot.draft(asked, "Well"), live=True))
        await acknowledged(bot, await discord.click(discord.ana, discord.said_by_bot(channel)[-1]))
        await discord.wait_for(lambda: len(bot.inbox.commands) == number)  # noqa: B023  # waited for at once
        assert bot.inbox.commands[-1][1] == asked.address


async def test_nothing_to_stop_is_said_in_private(discord: DiscordEmulator, bot: RunningBot) -> None:
    _, message = await growing(bot)
    bot.inbox.reply = phrases.NOTHING_TO_STOP
    click = await discord.click(discord.ana, message)
    reply = await discord.wait_for(lambda: click.reply)
    assert reply is not None
    assert (reply.text, reply.ephemeral) == (phrases.NOTHING_TO_STOP, True)


async def test_a_button_after_a_restart_works(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        asked, message = await growing(bot)
    async with running(discord) as later:
        await discord.click(discord.ana, message)
        await discord.wait_for(lambda: later.inbox.commands)
        assert later.inbox.commands[0][1] == asked.address


async def test_an_adopted_answer_has_its_button(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        asked, message = await growing(bot)
    async with running(discord) as later:
        ref = MessageRef(asked.address, message.id)
        for text in ("Well, now", "Well, now, then"):
            assert await later.adapter.edit(ref, text, live=True) == Sent(message.id)
            assert ids(discord.now(message)) == [f"stop:{asked.address.key}"]


async def test_an_old_message_stops_nothing_newer(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked, message = await growing(bot)
    await bot.adapter.edit(MessageRef(asked.address, message.id), "Well, that was it.")
    with pytest.raises(LookupError):
        await discord.click(discord.ana, message)
    click = await discord.click_as(discord.ana, message, *ids(message))
    reply = await discord.wait_for(lambda: click.reply)
    assert reply is not None
    assert reply.text == phrases.NOTHING_TO_STOP
    assert bot.inbox.commands == []


async def test_forged_clicks_are_harmless(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked, message = await growing(bot)
    guild, channel = asked.address.account, asked.address.channel
    theirs = await discord.say(discord.bob, discord.general, "no button here")
    forged = [
        "",
        "stop",
        "go",
        "stop:" + ":".join("%" * 9),
        f"stop:{Address('discord', '1', channel, '1').key}",
        f"stop:{Address('discord', guild, '1', '1').key}",
        f"stop:{Address('slack', guild, channel, '1').key}",
        f"stop:{Address('discord', guild, channel, '').key}",
        f"stop:{Address('discord', 'direct', channel, channel).key}",
        "x" * 5000,
    ]
    clicks = [await discord.click_as(discord.bob, message, custom_id) for custom_id in forged]
    clicks.append(await discord.click_as(discord.bob, theirs, str(StopId(asked.address))))
    for click in clicks:
        reply = await discord.wait_for(lambda: click.reply)  # noqa: B023  # waited for at once
        assert reply is not None
        assert (reply.text, reply.ephemeral) == (phrases.NOTHING_TO_STOP, True)
    assert bot.inbox.commands == []


async def test_a_click_that_cannot_be_acknowledged_stops_all_the_same(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    asked, message = await growing(bot)
    discord.fault("POST /interactions", status=404, code=10062)
    await discord.click(discord.ana, message)
    await discord.wait_for(lambda: bot.inbox.commands)
    assert bot.inbox.commands[0][1] == asked.address


async def test_a_stop_that_fails_is_told(discord: DiscordEmulator, bot: RunningBot) -> None:
    _, message = await growing(bot)
    bot.inbox.failures = 1
    click = await discord.click(discord.ana, message)
    reply = await discord.wait_for(lambda: click.reply)
    assert reply is not None
    assert "went wrong" in reply.text


async def test_a_hundred_answers_leave_nothing_behind(discord: DiscordEmulator, bot: RunningBot) -> None:
    discord.limits.table = {}
    asked, message = await growing(bot)
    for number in range(50):
        await bot.adapter.edit(MessageRef(asked.address, message.id), f"{number}", live=True)
    client = bot.adapter._link.connected()
    assert client.persistent_views == []
    assert client._connection._view_store._views == {}
    assert client._connection._view_store._synced_message_views == {}
