"""What keeps an answer in private private, through real discord.py."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.discord.asking import NO_DIRECT
from adapters.discord.sharing import MAY_NOT, NO_SUCH_PLACE
from core.address import Address
from core.delivery import Offer, Sent
from core.picture_phrases import IN_PRIVATE, SHARE_LABEL
from core.presets import BELOW_ANSWERS
from tests.emulators.discord import DiscordEmulator, Invocation, Message
from tests.emulators.discord.interactions import OptionValue
from tests.emulators.discord.recording import RunningBot, running
from tests.product_stage import png

RED = ("red.png", png("red"), "image/png")
PRIVATE: dict[str, OptionValue] = {"picture": RED, "private": True}
TURN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def bot(discord: DiscordEmulator) -> AsyncIterator[RunningBot]:
    async with running(discord) as running_bot:
        yield running_bot


async def told(discord: DiscordEmulator, invocation: Invocation, words: str) -> None:
    def seen() -> list[Message]:
        return [*([invocation.reply] if invocation.reply else []), *invocation.followups]

    await discord.wait_for(lambda: any(words in message.text for message in seen()))
    assert all(message.ephemeral for message in seen())


async def answered(bot: RunningBot) -> Message:
    """An answer in Ana's direct messages that she may post to the channel."""
    discord = bot.discord
    await discord.invoke(discord.ana, discord.general, "image", PRIVATE)
    asked = await bot.asked()
    offer = Offer(TURN, share=asked.asked_in)
    assert isinstance(await bot.adapter.post(replace(bot.draft(asked, "Red."), offer=offer)), Sent)
    return discord.said_by_bot(discord.direct(discord.ana))[-1]


async def test_it_is_asked_in_direct_messages_and_remembers_where(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    invocation = await discord.invoke(discord.ana, discord.general, "image", PRIVATE)
    asked = await bot.asked()
    direct = discord.direct(discord.ana)
    assert asked.address == Address("discord", "direct", direct.id, direct.id)
    assert asked.asked_in == Address("discord", discord.world.guild_id, discord.general.id, "")
    assert (asked.parent, asked.place, asked.joined_midway) == ("", "a direct message", False)
    await told(discord, invocation, IN_PRIVATE)
    assert discord.said_by_bot(discord.general) == []


async def test_from_a_thread_it_can_be_posted_to_that_thread(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    thread = discord.thread(discord.general, "talk")
    await discord.invoke(discord.ana, thread, "image", PRIVATE)
    asked = await bot.asked()
    offer = Offer(TURN, tuple(preset.name for preset in BELOW_ANSWERS), asked.asked_in)
    await bot.adapter.post(replace(bot.draft(asked, "Red."), offer=offer))
    answer = discord.said_by_bot(discord.direct(discord.ana))[-1]
    await discord.click(discord.ana, answer, SHARE_LABEL)
    event = await bot.asked(2)
    assert event.address == Address("discord", discord.world.guild_id, thread.id, thread.id)
    assert (event.parent, event.joined_midway) == (discord.general.id, True)


async def test_direct_messages_that_are_closed_are_said_to_be(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    discord.fault("POST /channels", status=403, code=50007)
    invocation = await discord.invoke(discord.ana, discord.general, "image", PRIVATE)
    await told(discord, invocation, NO_DIRECT)
    assert bot.inbox.events == []


async def test_in_direct_messages_everything_is_private_already(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    direct = discord.direct(discord.ana)
    await discord.invoke(discord.ana, direct, "image", PRIVATE)
    assert (await bot.asked()).asked_in is None


async def test_it_is_posted_as_an_event_of_its_own(discord: DiscordEmulator, bot: RunningBot) -> None:
    answer = await answered(bot)
    click = await discord.click(discord.ana, answer, SHARE_LABEL)
    event = await bot.asked(2)
    assert event.key == f"share:{TURN}"
    assert event.shared is not None
    direct = discord.direct(discord.ana)
    assert (event.shared.turn, event.shared.address.channel) == (TURN, direct.id)
    assert event.address == Address("discord", discord.world.guild_id, discord.general.id, f"i{click.id}")
    assert event.author.id == discord.ana.id


async def test_nobody_posts_where_they_may_not_write(discord: DiscordEmulator, bot: RunningBot) -> None:
    answer = await answered(bot)
    discord.leave(discord.ana)
    await told(discord, await discord.click(discord.ana, answer, SHARE_LABEL), MAY_NOT)
    assert len(bot.inbox.events) == 1


async def test_what_is_not_there_any_more_is_not_posted_to(discord: DiscordEmulator, bot: RunningBot) -> None:
    answer = await answered(bot)
    for target in (f"discord:{discord.world.guild_id}:99:", "discord:99:99:", "slack:T1:C1:"):
        click = await discord.click_as(discord.ana, answer, f"share:{TURN}:{target}")
        await told(discord, click, NO_SUCH_PLACE)
    assert len(bot.inbox.events) == 1
