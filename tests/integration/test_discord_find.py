"""Did a post arrive? Asked of the emulated Discord, whose history shows it up to five seconds late."""

import asyncio
import time
from dataclasses import replace

import pytest

from adapters.discord import attempts, posts
from core.address import Address
from core.delivery import Draft, Lookup, MessageRef, Sent, Unknown
from core.errors import PlatformError, StoreError
from core.events import Asked
from tests.emulators.discord import DiscordEmulator, Message
from tests.emulators.discord.recording import RunningBot, running

POST = "POST /channels/.*/messages"
HISTORY = r"GET /channels/\d+/messages"
SOON_S = 0.3


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that shows everything at once, so that a no takes no time."""
    monkeypatch.setattr(attempts, "VISIBLE_AFTER_S", 0.05)


async def mention(bot: RunningBot, text: str = "hello") -> Asked:
    discord, count = bot.discord, len(bot.inbox.events) + 1
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} {text}")
    return await bot.asked(count)


async def whisper(bot: RunningBot) -> Asked:
    discord, count = bot.discord, len(bot.inbox.events) + 1
    await discord.say(discord.ana, discord.direct(discord.ana), "hello")
    return await bot.asked(count)


def said(bot: RunningBot, asked: Asked) -> list[Message]:
    return bot.discord.said_by_bot(bot.discord.world.channels[asked.address.channel])


def lookup(asked: Asked, key: str, *claimed: str) -> Lookup:
    return Lookup(asked.address, key, asked.message_id, frozenset(claimed))


async def lose(bot: RunningBot, draft: Draft) -> Message:
    """Post, and lose the answer; the message that arrived."""
    bot.discord.fault(POST, reset=True, status=0, after_effect=True)
    assert isinstance(await bot.adapter.post(draft), Unknown)
    return bot.discord.said_by_bot(bot.discord.world.channels[draft.address.channel])[-1]


async def sent(bot: RunningBot, draft: Draft) -> str:
    outcome = await bot.adapter.post(draft)
    assert isinstance(outcome, Sent)
    return outcome.id


async def test_a_lost_answer_is_found(discord: DiscordEmulator, bot: RunningBot, quick: None) -> None:
    asked = await mention(bot)
    draft = bot.draft(asked, "is it there?")
    message = await lose(bot, draft)
    assert await bot.adapter.find(lookup(asked, draft.key)) == message.id
    assert await bot.adapter.find(lookup(asked, draft.key, message.id)) is None


@pytest.mark.parametrize("live", [True, False])
async def test_a_late_history_is_waited_for(discord: DiscordEmulator, bot: RunningBot, live: bool) -> None:
    asked = await whisper(bot)
    discord.lag_history(4.0, 5.0, seed=7)
    draft = replace(bot.draft(asked, "half"), live=live)
    message = await lose(bot, draft)
    before = time.monotonic()
    assert await bot.adapter.find(lookup(asked, draft.key)) == message.id
    assert 2.0 < time.monotonic() - before < 7.0
    assert len(discord.requests("GET", "/channels/{channel}/messages")) > 3


async def test_what_is_visible_soon_is_found_soon(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await whisper(bot)
    discord.world.history_lag = 0.4
    draft = bot.draft(asked, "half")
    message = await lose(bot, draft)
    before = time.monotonic()
    assert await bot.adapter.find(lookup(asked, draft.key)) == message.id
    assert time.monotonic() - before < 1.5


async def test_no_is_said_late_and_only_once_at_length(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await mention(bot)
    discord.fault(POST, reset=True, status=0)
    draft = bot.draft(asked, "lost")
    before = time.monotonic()
    assert isinstance(await bot.adapter.post(draft), Unknown)
    await discord.say(discord.bob, discord.general, "lost")
    assert await bot.adapter.find(lookup(asked, draft.key)) is None
    assert time.monotonic() - before >= 5.0
    before = time.monotonic()
    assert await bot.adapter.find(lookup(asked, draft.key)) is None
    assert time.monotonic() - before < SOON_S


async def test_after_a_restart_a_late_history_is_waited_for(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        asked = await mention(bot)
        discord.lag_history(3.0, 3.0)
        message = await lose(bot, bot.draft(asked, "half"))
    async with running(discord) as later:
        assert await later.adapter.find(lookup(asked, "k1")) == message.id


async def test_a_repeat_is_the_same_message_with_the_new_text(
    discord: DiscordEmulator, bot: RunningBot, quick: None
) -> None:
    asked = await whisper(bot)
    discord.world.history_lag = 5.0
    draft = replace(bot.draft(asked, "half"), live=True)
    await lose(bot, draft)
    assert await bot.adapter.find(lookup(asked, draft.key)) is None
    assert isinstance(await bot.adapter.post(replace(draft, text="half and half", live=False)), Sent)
    (message,) = said(bot, asked)
    assert message.text == "half and half"
    assert message.components == ()


async def test_an_earlier_text_under_the_same_key_is_recognised(
    discord: DiscordEmulator, bot: RunningBot, quick: None
) -> None:
    asked = await whisper(bot)
    draft = bot.draft(asked, "half")
    message = await lose(bot, draft)
    discord.fault(POST, reset=True, status=0)
    assert isinstance(await bot.adapter.post(replace(draft, text="half and half")), Unknown)
    assert await bot.adapter.find(lookup(asked, draft.key)) == message.id


async def test_a_text_that_discord_has_tidied_is_recognised(
    discord: DiscordEmulator, bot: RunningBot, quick: None
) -> None:
    asked = await whisper(bot)
    draft = bot.draft(asked, "one\u200b two\u2060  three\n\n\nfour")
    message = await lose(bot, draft)
    discord.world.change(message, text="one two three\n\nfour")
    assert await bot.adapter.find(lookup(asked, draft.key)) == message.id


async def test_after_a_restart_references_and_order_decide(discord: DiscordEmulator, quick: None) -> None:
    async with running(discord) as bot:
        asked = await mention(bot)
        await discord.say(discord.bob, discord.general, f"{discord.bot.mention} me too")
        other = await bot.asked(2)
        await bot.adapter.post(bot.draft(other, "for Bob"))
        await bot.adapter.post(bot.draft(other, "more for Bob", first=False))
        await bot.adapter.post(bot.draft(asked, "for Ana"))
        await bot.adapter.post(bot.draft(asked, "more for Ana", first=False))
    bobs, more_bobs, anas, more_anas = discord.said_by_bot(discord.general)
    async with running(discord) as later:
        find = later.adapter.find
        assert await find(lookup(asked, "k1")) == anas.id
        assert await find(lookup(asked, "k2", anas.id)) == more_anas.id
        assert await find(lookup(asked, "k3", anas.id, more_anas.id)) is None
        assert await find(lookup(other, "k4", bobs.id)) == more_bobs.id


async def test_after_a_restart_live_posts_tell_their_keys(discord: DiscordEmulator, quick: None) -> None:
    """Two answers in one channel, in the same words, with both of their second messages in doubt."""
    async with running(discord) as bot:
        asked, other = await mention(bot), await mention(bot, "me too")
        firsts = [await sent(bot, bot.draft(each, "first")) for each in (asked, other)]
        drafts = [replace(bot.draft(each, "more", first=False), live=True) for each in (asked, other)]
        lost = [await lose(bot, draft) for draft in drafts]
    async with running(discord) as later:
        for question, first, draft, message in zip((asked, other), firsts, drafts, lost, strict=True):
            assert await later.adapter.find(lookup(question, draft.key, first)) == message.id
        assert await later.adapter.find(lookup(asked, "k9".ljust(25, "a"), firsts[0])) is None


async def test_after_a_restart_what_may_be_either_is_nobodys(discord: DiscordEmulator, quick: None) -> None:
    async with running(discord) as bot:
        asked, other = await mention(bot), await mention(bot, "me too")
        first, others = [await sent(bot, bot.draft(each, "first")) for each in (asked, other)]
        for each in (asked, other):
            await lose(bot, bot.draft(each, "more", first=False))
    async with running(discord) as later:
        assert await later.adapter.find(lookup(other, "k4", others)) is None
        assert await later.adapter.find(lookup(asked, "k3", first)) is None


@pytest.mark.parametrize("live", [True, False])
async def test_a_question_that_is_deleted_meanwhile_still_has_its_answer(
    discord: DiscordEmulator, quick: None, live: bool
) -> None:
    async with running(discord) as bot:
        asked = await mention(bot)
        draft = replace(bot.draft(asked, "for Ana"), live=live)
        message = await lose(bot, draft)
        await discord.delete(discord.messages(discord.general)[0])
        assert await bot.adapter.find(lookup(asked, draft.key)) == message.id
    async with running(discord) as later:
        assert await later.adapter.find(lookup(asked, draft.key)) == message.id


@pytest.mark.parametrize("live", [True, False])
async def test_an_answer_to_a_deleted_question_is_found(
    discord: DiscordEmulator, bot: RunningBot, quick: None, live: bool
) -> None:
    asked = await mention(bot)
    await discord.delete(discord.messages(discord.general)[0])
    draft = replace(bot.draft(asked, "for Ana"), live=live)
    message = await lose(bot, draft)
    assert message.reply_to is None
    assert await bot.adapter.find(lookup(asked, draft.key)) == message.id


async def test_in_a_thread_only_our_answers_are_looked_at(discord: DiscordEmulator, quick: None) -> None:
    """An apology, a command's answer and the message of another turn stand below the question as well."""
    async with running(discord) as bot:
        asked = await whisper(bot)
        direct = discord.direct(discord.ana)
        await discord.invoke(discord.ana, direct, "ask", {"question": "and this?"})
        await bot.asked(2)
        older = await lose(bot, replace(bot.draft(asked, "older"), live=True))
        other = await sent(bot, bot.draft(asked, "another answer's"))
        channel = bot.adapter._link.channel(direct.id)
        await channel.send(StoreError.told, nonce="sorry1")
    async with running(discord) as later:
        later.inbox.anchors["direct", direct.id, other] = asked.address
        assert await later.adapter.find(lookup(asked, "k9".ljust(25, "a"))) is None
        assert await later.adapter.find(lookup(asked, "k1".ljust(25, "a"))) == older.id


async def test_a_history_that_may_not_be_read_says_nothing(discord: DiscordEmulator, quick: None) -> None:
    async with running(discord) as bot:
        asked = await mention(bot)
        discord.deny(discord.general, "READ_MESSAGE_HISTORY")
        draft = bot.draft(asked, "hidden", first=False)
        message = await lose(bot, draft)
        # Its nonce is known to Discord still: to post again is no second message.
        assert await bot.adapter.find(lookup(asked, draft.key)) is None
        assert await bot.adapter.post(draft) == Sent(message.id)
    async with running(discord) as later:
        with pytest.raises(PlatformError):
            await later.adapter.find(lookup(asked, draft.key))


async def test_a_place_that_is_deleted_holds_nothing(
    discord: DiscordEmulator, bot: RunningBot, quick: None
) -> None:
    asked = await mention(bot)
    draft = bot.draft(asked, "gone")
    await lose(bot, draft)
    await discord.delete_channel(discord.general)
    assert await bot.adapter.find(lookup(asked, draft.key)) is None


async def test_a_refusal_says_when_to_ask_again(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await mention(bot)
    discord.fault(HISTORY, status=429, retry_after=44.0)
    with pytest.raises(PlatformError) as limited:
        await bot.adapter.find(lookup(asked, "k"))
    assert limited.value.retry_after == 44.0
    discord.fault(HISTORY, status=403, code=50001)
    with pytest.raises(PlatformError) as refused:
        await bot.adapter.find(lookup(asked, "k"))
    assert refused.value.retry_after is None


async def test_a_busy_channel_is_read_to_its_end(
    discord: DiscordEmulator, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(discord) as bot:
        asked = await mention(bot)
        for number in range(250):
            await discord.say(discord.bob, discord.general, f"chatter {number}")
        message = await lose(bot, bot.draft(asked, "late"))
    async with running(discord) as later:
        assert await later.adapter.find(lookup(asked, "k1")) == message.id
        monkeypatch.setattr(posts, "SEARCHED_MAX", 200)
        with pytest.raises(PlatformError, match="too much"):
            await later.adapter.find(lookup(asked, "k1"))


async def test_a_post_that_was_given_up_may_still_arrive(discord: DiscordEmulator, bot: RunningBot) -> None:
    asked = await whisper(bot)
    discord.fault(POST, status=0, delay=1.0)
    draft = bot.draft(asked, "slow")
    task = asyncio.create_task(bot.adapter.post(draft))
    await asyncio.sleep(SOON_S)
    task.cancel()
    await asyncio.wait([task])
    found = await bot.adapter.find(lookup(asked, draft.key))
    assert [message.id for message in said(bot, asked)] == [found]


async def test_an_edit_keeps_no_key_and_a_claimed_message_is_not_found_again(
    discord: DiscordEmulator, bot: RunningBot, quick: None
) -> None:
    asked = await whisper(bot)
    draft = replace(bot.draft(asked, "one"), live=True)
    message = await lose(bot, draft)
    ref = MessageRef(asked.address, message.id)
    assert await bot.adapter.edit(ref, "one two", live=True) == Sent(message.id)
    assert await bot.adapter.find(lookup(asked, draft.key, message.id)) is None
    elsewhere = Address("discord", "direct", asked.address.channel, "0")
    assert await bot.adapter.find(replace(lookup(asked, "other"), address=elsewhere)) is None
