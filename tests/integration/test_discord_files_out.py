"""Files of ours on their way to Discord, with the real discord.py."""

import pytest

from core.delivery import FileDraft, Gone, Lookup, MessageRef, Rejected, Retry, Sent
from core.events import Asked
from core.outgoing import OutFile, tag
from tests.emulators.discord import DiscordEmulator, Message
from tests.emulators.discord.recording import RunningBot, running

CREATE = r"^POST /channels/\d+/messages$"
KEY = "abcdefghijklmnopqrstuvwxy"
CHART = OutFile("chart.png", "image/png", b"\x89PNG" * 500, "Bars: Ada 3, Bob 5.")
MB = 2**20


async def mention(bot: RunningBot) -> Asked:
    discord = bot.discord
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} draw it")
    return await bot.asked()


def file(asked: Asked, content: OutFile = CHART, key: str = KEY) -> FileDraft:
    return FileDraft(asked.address, key, "t1", content, asked.message_id)


def said(bot: RunningBot, asked: Asked) -> list[Message]:
    return bot.discord.said_by_bot(bot.discord.world.channels[asked.address.channel])


async def test_a_file_is_a_message_of_its_own_with_words_for_who_does_not_see_it(bot: RunningBot) -> None:
    asked = await mention(bot)
    sent = await bot.adapter.post_file(file(asked))
    (message,) = said(bot, asked)
    assert sent == Sent(message.id)
    (shown,) = message.files
    assert (shown.name, shown.content, shown.alt) == (f"chart-{tag(KEY)}.png", CHART.content, CHART.alt)
    assert (message.text, message.nonce, message.pings) == ("", KEY, ())


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_the_same_file_twice_is_one_message(bot: RunningBot, status: int) -> None:
    """discord.py repeats a request by itself, and so may the core: both under the same nonce."""
    asked = await mention(bot)
    bot.discord.fault(CREATE, status=status, after_effect=True)
    first = await bot.adapter.post_file(file(asked))
    assert await bot.adapter.post_file(file(asked)) == first
    assert len(said(bot, asked)) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_repeat_sends_the_whole_file_again(bot: RunningBot, status: int) -> None:
    asked = await mention(bot)
    bot.discord.fault(CREATE, status=status)
    assert isinstance(await bot.adapter.post_file(file(asked)), Sent)
    assert [shown.content for message in said(bot, asked) for shown in message.files] == [CHART.content]


async def test_a_file_that_is_too_large_is_refused(bot: RunningBot) -> None:
    asked = await mention(bot)
    large = OutFile("large.bin", "application/octet-stream", bytes(10 * MB + 1))
    assert await bot.adapter.post_file(file(asked, large)) == Rejected("40005")
    whole = OutFile("large.bin", "application/octet-stream", bytes(bot.adapter.capabilities.max_file))
    assert isinstance(await bot.adapter.post_file(file(asked, whole)), Sent)


async def test_without_the_permission_a_file_is_refused_and_words_still_go(bot: RunningBot) -> None:
    asked = await mention(bot)
    bot.discord.deny(bot.discord.general, "ATTACH_FILES")
    assert await bot.adapter.post_file(file(asked)) == Rejected("50013")
    assert isinstance(await bot.adapter.post(bot.draft(asked, "I could not post it.")), Sent)


async def test_a_channel_that_is_gone_takes_no_file(bot: RunningBot) -> None:
    asked = await mention(bot)
    await bot.discord.delete_channel(bot.discord.general)
    assert isinstance(await bot.adapter.post_file(file(asked)), Gone)


async def test_a_file_is_found_by_another_process_and_taken_away(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    asked = await mention(bot)
    sent = await bot.adapter.post_file(file(asked))
    assert isinstance(sent, Sent)
    async with running(discord) as later:
        lookup = Lookup(asked.address, KEY, asked.message_id, frozenset(), is_file=True)
        assert await later.adapter.find(lookup) == sent.id
        assert await later.adapter.delete(MessageRef(asked.address, sent.id)) == sent
    assert said(bot, asked) == []


async def test_before_it_is_connected_nothing_is_sent(bot: RunningBot) -> None:
    asked = await mention(bot)
    bot.adapter._link.client, kept = None, bot.adapter._link.client
    assert isinstance(await bot.adapter.post_file(file(asked)), Retry)
    bot.adapter._link.client = kept
