"""Real discord.py and the adapter against the emulator: what we post, and what becomes of it."""

import asyncio
import time
from dataclasses import replace

import pytest

from core.address import Address
from core.delivery import Gone, Lookup, MessageRef, Rejected, Retry, Sent
from core.errors import PlatformError
from core.events import Asked
from tests.emulators.discord import DiscordEmulator, Flag, Limit, Message
from tests.emulators.discord.recording import RunningBot, running

POST = "/channels/{channel}/messages"
EDIT = "/channels/{channel}/messages/{message}"


async def mention(bot: RunningBot) -> Asked:
    discord = bot.discord
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} hello")
    return await bot.asked()


async def whisper(bot: RunningBot) -> Asked:
    discord = bot.discord
    await discord.say(discord.ana, discord.direct(discord.ana), "hello")
    return await bot.asked()


def said(bot: RunningBot, asked: Asked) -> list[Message]:
    return bot.discord.said_by_bot(bot.discord.world.channels[asked.address.channel])


def lookup(asked: Asked, key: str, *claimed: str) -> Lookup:
    return Lookup(asked.address, key, asked.message_id, frozenset(claimed))


async def test_an_answer_refers_to_its_question_once_and_pings_nobody(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    asked = await mention(bot)
    text = f"hi @everyone {discord.bob.mention} <@&{discord.world.bot_role}> https://example.com"
    assert await bot.adapter.post(bot.draft(asked, text)) == Sent(said(bot, asked)[0].id)
    await bot.adapter.post(bot.draft(asked, "more", first=False))
    first, second = said(bot, asked)
    assert (first.reply_to, second.reply_to) == (asked.message_id, None)
    assert first.pings == ()
    assert "@\u200beveryone" in first.text
    assert first.flags & Flag.SUPPRESS_EMBEDS
    assert first.nonce is not None
    assert len(first.nonce) == 25


async def test_private_answers_and_threads_carry_no_reference(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    asked = await whisper(bot)
    thread = discord.thread(discord.general, "talk")
    in_thread = replace(asked, address=Address("discord", discord.world.guild_id, thread.id, thread.id))
    await bot.adapter.post(bot.draft(asked, "one"))
    await bot.adapter.post(bot.draft(in_thread, "two"))
    assert [message.reply_to for message in said(bot, asked)] == [None]
    assert [message.reply_to for message in discord.said_by_bot(thread)] == [None]


async def test_an_edit_changes_the_text_and_nothing_else(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await mention(bot)
    sent = await bot.adapter.post(bot.draft(asked, "draft"))
    assert isinstance(sent, Sent)
    ref = MessageRef(asked.address, sent.id)
    assert await bot.adapter.edit(ref, f"done {discord.bob.mention}\n\n#### End") == sent
    (message,) = said(bot, asked)
    assert message.text == f"done {discord.bob.mention}\n\n**End**"
    assert [edition.text for edition in message.editions] == ["draft", message.text]
    assert message.flags & Flag.SUPPRESS_EMBEDS
    (request,) = discord.requests("PATCH", EDIT)
    assert "flags" not in request.body
    assert request.body["allowed_mentions"] == {"parse": []}
    assert await bot.adapter.delete(ref) == sent
    assert said(bot, asked) == []
    assert await bot.adapter.delete(ref) == Gone("10008")
    assert await bot.adapter.edit(ref, "again") == Gone("10008")


async def test_the_longest_message_fits_and_one_more_does_not(bot: RunningBot) -> None:
    asked = await whisper(bot)
    assert bot.adapter.capabilities.measure("👍" * 2000) == 2000
    assert isinstance(await bot.adapter.post(bot.draft(asked, "👍" * 2000)), Sent)
    assert await bot.adapter.post(bot.draft(asked, "x" * 2001)) == Rejected("50035")
    assert await bot.adapter.post(bot.draft(asked, "  ")) == Rejected("50006")


@pytest.mark.parametrize("after_effect", [True, False])
async def test_a_502_is_one_message(discord: DiscordEmulator, bot: RunningBot, after_effect: bool) -> None:
    asked = await whisper(bot)
    fault = discord.fault("POST /channels/.*/messages", status=502, after_effect=after_effect)
    outcome = await bot.adapter.post(bot.draft(asked, "once"))
    (message,) = said(bot, asked)
    assert outcome == Sent(message.id)
    assert fault.met == 1
    nonces = {entry.body["nonce"] for entry in discord.requests("POST", POST)}
    assert len(discord.requests("POST", POST)) == 2
    assert len(nonces) == 1


@pytest.mark.parametrize(
    ("permission", "outcome"),
    [("SEND_MESSAGES", Gone("50013", place=True)), ("VIEW_CHANNEL", Gone("50001", place=True))],
)
async def test_a_permission_taken_away(
    discord: DiscordEmulator, bot: RunningBot, permission: str, outcome: Gone
) -> None:
    asked = await mention(bot)
    discord.deny(discord.general, permission)
    assert await bot.adapter.post(bot.draft(asked, "hello")) == outcome


async def test_what_is_gone(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await whisper(bot)
    discord.close_direct(discord.ana)
    assert await bot.adapter.post(bot.draft(asked, "hello")) == Gone("50007", place=True)
    thread = discord.thread(discord.general, "short-lived")
    address = Address("discord", discord.world.guild_id, thread.id, thread.id)
    await discord.delete_channel(thread)
    assert await bot.adapter.post(bot.draft(replace(asked, address=address), "hello")) == Gone(
        "10003", place=True
    )


async def test_a_reference_that_is_refused_is_left_out(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await mention(bot)
    await discord.delete(discord.messages(discord.general)[0])
    assert isinstance(await bot.adapter.post(bot.draft(asked, "to a deleted question")), Sent)
    discord.deny(discord.general, "READ_MESSAGE_HISTORY")
    assert isinstance(await bot.adapter.post(bot.draft(asked, "without history")), Sent)
    assert [message.reply_to for message in discord.world.timeline[discord.general.id]] == [None, None]


async def test_a_server_error_on_an_edit_is_tried_again(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await whisper(bot)
    sent = await bot.adapter.post(bot.draft(asked, "one"))
    assert isinstance(sent, Sent)
    discord.fault("PATCH ", status=503)
    assert await bot.adapter.edit(MessageRef(asked.address, sent.id), "two") == Retry(1.0)
    discord.fault("PATCH ", reset=True, status=0, after_effect=True)
    assert await bot.adapter.edit(MessageRef(asked.address, sent.id), "two") == Retry(1.0)


async def test_short_limits_are_waited_out_and_long_ones_told(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    asked = await whisper(bot)
    discord.fault("POST /channels/.*/messages", status=429, retry_after=0.3)
    before = time.monotonic()
    assert isinstance(await bot.adapter.post(bot.draft(asked, "patience")), Sent)
    assert time.monotonic() - before >= 0.3
    discord.fault("POST /channels/.*/messages", status=429, retry_after=44.0)
    assert await bot.adapter.post(bot.draft(asked, "too long")) == Retry(44.0)


async def test_the_buckets_are_kept_without_a_429(discord: DiscordEmulator, bot: RunningBot) -> None:
    discord.limits.table["POST /channels/{channel}/messages"] = Limit(5, 0.5)
    asked = await whisper(bot)
    outcomes = await asyncio.gather(*(bot.adapter.post(bot.draft(asked, f"{n}")) for n in range(12)))
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert sorted(int(message.text) for message in said(bot, asked)) == list(range(12))
    assert discord.limits.refused == 0


async def test_the_typing_sign_is_shown_sparingly(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await whisper(bot)
    for _ in range(3):
        await bot.adapter.show_working(asked.address)
    assert len(discord.typing) == 1
    await bot.adapter.show_idle(asked.address)
    await bot.adapter.show_working(asked.address)
    assert [channel for _, channel in discord.typing] == [asked.address.channel] * 2
    discord.fault("typing", status=403, code=50013)
    await bot.adapter.show_idle(asked.address)
    await bot.adapter.show_working(asked.address)
    assert len(discord.typing) == 2


async def test_before_and_after_the_connection_nothing_is_sent(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        asked = await whisper(bot)
    assert isinstance(await bot.adapter.post(bot.draft(asked, "late")), Retry)
    assert isinstance(await bot.adapter.edit(MessageRef(asked.address, "1"), "late"), Retry)
    with pytest.raises(PlatformError):
        await bot.adapter.find(lookup(asked, "k"))
    await bot.adapter.show_working(asked.address)
    assert said(bot, asked) == []
