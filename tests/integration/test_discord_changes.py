"""Real discord.py and the adapter against the emulator: edits, deletions, places that are gone."""

import pytest

from adapters.discord import order
from core.address import Address
from core.delivery import MessageRef, Sent
from core.events import Addressing, Asked, Closed, Revised, Withdrawn
from tests.emulators.discord import DiscordEmulator, Message
from tests.emulators.discord.recording import RunningBot, running

LAST_WORD = "the last word"


async def settled(bot: RunningBot) -> None:
    """Wait until the bot has begun with everything that was said and done so far."""
    direct = bot.discord.direct(bot.discord.person("Cleo"))
    last = await bot.discord.say(direct.recipients[0], direct, LAST_WORD)
    await bot.discord.wait_for(lambda: any(event.message_id == last.id for event in bot.inbox.events))


async def handed_in(bot: RunningBot, count: int) -> list[Asked | Revised | Withdrawn | Closed]:
    """Wait for ``count`` events, and see that there are no more."""
    await settled(bot)

    def events() -> list[Asked | Revised | Withdrawn | Closed]:
        return [event for event in bot.inbox.log if not isinstance(event, Asked) or event.text != LAST_WORD]

    await bot.discord.wait_for(lambda: len(events()) >= count)
    assert len(events()) == count
    return events()


async def ask(bot: RunningBot, text: str = "hello") -> Message:
    count = len(bot.inbox.events) + 1
    message = await bot.discord.say(bot.discord.ana, bot.discord.general, f"{bot.discord.bot.mention} {text}")
    await bot.asked(count)
    return message


def withdrawn(bot: RunningBot, message: Message) -> Withdrawn:
    channel = bot.discord.world.channels[message.channel_id]
    return Withdrawn(
        platform="discord",
        account=channel.guild_id or "direct",
        channel=channel.id,
        message_id=message.id,
        key=f"{channel.id}:{message.id}",
        sent_at=pytest.approx(message.sent_at, abs=0.01),  # type: ignore[arg-type]  # compares like a float
    )


async def test_an_edit_is_the_whole_message_anew(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = await ask(bot, "what is 2+2?")
    fresh = await discord.edit(said, f"{discord.bot.mention} what is 2+3, {discord.bob.mention}?")
    (asked, revised) = await handed_in(bot, 2)
    assert isinstance(asked, Asked)
    assert isinstance(revised, Revised)
    assert revised.asked.text == "what is 2+3, @Bob?"
    assert (revised.asked.key, revised.asked.address) == (asked.key, asked.address)
    assert (revised.asked.addressing, revised.asked.sent_at) == (asked.addressing, asked.sent_at)
    assert revised.asked.joined_midway == asked.joined_midway
    assert fresh.edited_at is not None
    assert revised.revision == pytest.approx(fresh.edited_at, abs=0.001)
    assert revised.revision > asked.sent_at


async def test_a_preview_is_no_edit(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = await ask(bot, "https://example.com")
    await discord.unfurl(said)
    edited = await discord.edit(said, f"{discord.bot.mention} https://example.org")
    await discord.unfurl(edited)
    await discord.unfurl(edited)
    assert [type(event) for event in await handed_in(bot, 2)] == [Asked, Revised]


async def test_edits_of_ours_and_of_bots_are_left_alone(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = await ask(bot)
    answer = await bot.adapter.post(bot.draft(bot.inbox.events[0], "one"))
    assert isinstance(answer, Sent)
    await bot.adapter.edit(MessageRef(bot.inbox.events[0].address, answer.id), f"one {discord.bot.mention}")
    rival = discord.person("Rival", is_bot=True)
    theirs = await discord.say(rival, discord.general, "I", reply_to=said)
    await discord.edit(theirs, f"I say {discord.bot.mention}")
    assert [type(event) for event in await handed_in(bot, 1)] == [Asked]


async def test_an_edit_that_adds_our_name_turns_to_us(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = await discord.say(discord.ana, discord.general, "who knows?")
    await settled(bot)
    await discord.edit(said, f"{discord.bot.mention} who knows?")
    (revised,) = await handed_in(bot, 1)
    assert isinstance(revised, Revised)
    assert (revised.asked.addressing, revised.asked.text) == (Addressing.MENTION, "who knows?")
    assert revised.asked.address.thread == said.id


async def test_an_edit_that_is_not_for_us_is_left_alone(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = await discord.say(discord.ana, discord.general, "good morning")
    await discord.edit(said, "good evening")
    assert await handed_in(bot, 0) == []


async def test_a_question_that_no_longer_turns_to_us_is_still_edited(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    said = await ask(bot, "what is up?")
    await discord.edit(said, "never mind")
    (asked, revised) = await handed_in(bot, 2)
    assert isinstance(asked, Asked)
    assert isinstance(revised, Revised)
    assert (revised.asked.text, revised.asked.address) == ("never mind", asked.address)
    assert revised.asked.addressing is Addressing.ELSEWHERE


async def test_an_edited_reply_keeps_its_thread_and_its_picture(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    picture = await discord.say(discord.bob, discord.general, "look", files=[("a.png", b"P", "image/png")])
    text = f"{discord.bot.mention} what is it?"
    said = await discord.say(discord.ana, discord.general, text, reply_to=picture)
    await bot.asked()
    await discord.edit(said, text + "!")
    (asked, revised) = await handed_in(bot, 2)
    assert isinstance(asked, Asked)
    assert isinstance(revised, Revised)
    assert revised.asked.address == asked.address
    assert [file.id for file in revised.asked.attachments] == [file.id for file in asked.attachments]
    assert len(asked.attachments) == 1


@pytest.mark.parametrize("where", ["direct", "thread"])
async def test_edits_in_private_and_in_threads(discord: DiscordEmulator, bot: RunningBot, where: str) -> None:
    channel = discord.direct(discord.ana) if where == "direct" else discord.thread(discord.general, "talk")
    said = await discord.say(discord.ana, channel, "one")
    await bot.asked()
    await discord.edit(said, "two")
    (asked, revised) = await handed_in(bot, 2)
    assert isinstance(asked, Asked)
    assert isinstance(revised, Revised)
    assert (revised.asked.address, revised.asked.text) == (asked.address, "two")
    assert revised.asked.addressing is asked.addressing


async def test_edits_and_deletions_keep_to_the_order(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.pauses = [0.1, 0.05, 0.02, 0.0]
    direct = discord.direct(discord.ana)
    said = await discord.say(discord.ana, direct, "one")
    await discord.edit(said, "two")
    await discord.edit(said, "three")
    await discord.delete(said)
    events = await handed_in(bot, 4)
    assert [type(event) for event in events] == [Asked, Revised, Revised, Withdrawn]
    assert [event.asked.text for event in events if isinstance(event, Revised)] == ["two", "three"]
    revisions = [event.revision for event in events if isinstance(event, Revised)]
    assert revisions == sorted(revisions)


async def test_a_store_that_fails_is_tried_again(
    discord: DiscordEmulator, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "STORE_PAUSES_S", (0.01, 0.01))
    said = await ask(bot)
    bot.inbox.failures = 2
    await discord.edit(said, "two")
    await discord.wait_for(lambda: bot.inbox.revised)
    bot.inbox.failures = 2
    await discord.delete(said)
    await discord.wait_for(lambda: bot.inbox.withdrawn)
    bot.inbox.failures = 2
    await discord.delete_channel(discord.general)
    await discord.wait_for(lambda: bot.inbox.closed)


async def test_an_edit_that_cannot_be_kept_is_not_met_with_silence(
    discord: DiscordEmulator, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "STORE_PAUSES_S", ())
    said = await discord.say(discord.ana, discord.general, "who knows?")
    bot.inbox.failures = 1
    await discord.edit(said, f"{discord.bot.mention} who knows?")
    (sorry,) = await discord.wait_for(lambda: discord.said_by_bot(discord.general))
    assert "try again" in sorry.text


async def test_deletions_are_told_but_for_our_own_and_bots(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = await ask(bot)
    overheard = await discord.say(discord.bob, discord.general, "chatter")
    private = await discord.say(discord.ana, discord.direct(discord.ana), "psst")
    asked = await bot.asked(2)
    answer = await bot.adapter.post(bot.draft(asked, "yes"))
    assert isinstance(answer, Sent)
    rivals = await discord.say(discord.person("Rival", is_bot=True), discord.general, "no")
    for message in (said, overheard, private, rivals):
        await discord.delete(message)
    await bot.adapter.delete(MessageRef(asked.address, answer.id))
    await handed_in(bot, 5)
    assert sorted(bot.inbox.withdrawn, key=lambda event: event.message_id) == [
        withdrawn(bot, each) for each in (said, overheard, private)
    ]


async def test_a_bulk_deletion_is_told_one_by_one(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = [await ask(bot, f"{number}") for number in range(3)]
    answer = await bot.adapter.post(bot.draft(bot.inbox.events[0], "yes"))
    assert isinstance(answer, Sent)
    await discord.delete_many([*said, *discord.said_by_bot(discord.general)])
    await handed_in(bot, 6)
    assert bot.inbox.withdrawn == [withdrawn(bot, each) for each in said]


async def test_what_an_earlier_process_saw_is_told_as_well(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        said = await ask(bot)
        other = await ask(bot, "two")
    async with running(discord) as later:
        later.inbox.anchors = bot.inbox.anchors
        await discord.edit(other, "two and a half")
        await discord.delete(said)
        revised, gone = await handed_in(later, 2)
        assert isinstance(revised, Revised)
        assert revised.asked.text == "two and a half"
        assert gone == withdrawn(later, said)


async def test_threads_and_channels_that_are_deleted(discord: DiscordEmulator) -> None:
    other = discord.channel("other")
    async with running(discord) as bot:
        guild = discord.world.guild_id
        thread, within = discord.thread(discord.general, "one"), discord.thread(other, "two")
        await discord.delete_channel(thread)
        await discord.wait_for(lambda: bot.inbox.closed)
        await discord.delete_channel(other)
        await handed_in(bot, 3)
        assert bot.inbox.closed[0] == Closed("discord", guild, thread.id)
        assert set(bot.inbox.closed[1:]) == {Closed("discord", guild, each.id) for each in (other, within)}


async def test_only_a_private_thread_closes_when_we_are_put_out(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    public = discord.thread(discord.general, "public")
    private = discord.thread(discord.general, "private", private=True)
    kept = discord.thread(discord.general, "private, but ours to read", private=True)
    await discord.put_out_of(public)
    await discord.put_out_of(kept, may_see=True)
    await discord.put_out_of(private)
    await discord.wait_for(lambda: bot.inbox.closed)
    assert bot.inbox.closed == [Closed("discord", discord.world.guild_id, private.id)]


async def test_a_server_that_throws_us_out_is_closed(discord: DiscordEmulator, bot: RunningBot) -> None:
    await discord.remove_bot()
    await discord.wait_for(lambda: bot.inbox.closed)
    assert bot.inbox.closed == [Closed("discord", discord.world.guild_id)]


async def test_an_outage_closes_nothing(discord: DiscordEmulator, bot: RunningBot) -> None:
    await discord.outage()
    await discord.outage_over()
    await ask(bot)
    assert [type(event) for event in await handed_in(bot, 1)] == [Asked]


async def test_an_archived_thread_is_still_edited_and_withdrawn(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    thread = discord.thread(discord.general, "old")
    said = await discord.say(discord.ana, thread, "one")
    await bot.asked()
    await discord.archive(thread)
    await discord.edit(said, "two")
    await discord.delete(said)
    events = await handed_in(bot, 3)
    address = Address("discord", discord.world.guild_id, thread.id, thread.id)
    assert [event.asked.address for event in events if isinstance(event, Revised)] == [address]
    assert events[-1] == withdrawn(bot, said)
