"""What people wrote while nobody listened, through real discord.py and the emulator's history."""

import asyncio
import time

import pytest

from adapters.discord import adapter, catchup, continuity
from core.address import Address
from core.errors import StoreError
from core.events import Absence, Addressing, Asked
from tests.emulators.discord import Channel, DiscordEmulator
from tests.emulators.discord.recording import RunningBot, running

HISTORY = ("GET", "/channels/{channel}/messages")


def address_of(discord: DiscordEmulator, channel: Channel, thread: str = "") -> Address:
    return Address("discord", channel.guild_id or "direct", channel.id, thread or channel.id)


def texts(bot: RunningBot) -> list[str]:
    return [event.text for event in bot.inbox.events]


async def ask(discord: DiscordEmulator, channel: Channel, text: str) -> None:
    await discord.say(discord.ana, channel, f"{discord.bot.mention} {text}")


async def test_what_was_missed_is_handed_in_once_and_in_order(discord: DiscordEmulator) -> None:
    direct, thread = discord.direct(discord.bob), discord.thread(discord.general, "talk")
    since = time.time()
    for number in range(3):
        await ask(discord, discord.general, f"channel {number}")
        await discord.say(discord.bob, direct, f"direct {number}")
        await discord.say(discord.ana, thread, f"thread {number}")
    await discord.say(discord.bob, discord.general, "chatter")
    await discord.say(discord.person("Rival", is_bot=True), discord.general, f"{discord.bot.mention} I")
    absence = Absence(since, (address_of(discord, direct), address_of(discord, thread)))
    async with running(discord) as bot:
        await bot.adapter.catch_up(absence)
        assert sorted(texts(bot)) == sorted(
            f"{where} {n}" for where in ("channel", "direct", "thread") for n in range(3)
        )
        for where in ("channel", "direct", "thread"):
            mine = [text for text in texts(bot) if text.startswith(where)]
            assert mine == sorted(mine)
        await bot.adapter.catch_up(absence)
        assert len(bot.inbox.events) == 9
        assert len(bot.inbox.repeated) == 9


async def test_a_message_is_the_same_caught_up_or_live(discord: DiscordEmulator) -> None:
    thread = discord.thread(discord.general, "talk", await discord.say(discord.bob, discord.general, "root"))
    direct = discord.direct(discord.ana)

    async def talk() -> None:
        picture = await discord.say(
            discord.bob, discord.general, "look", files=[("a.png", b"P", "image/png")]
        )
        await discord.say(discord.ana, discord.general, f"{discord.bot.mention} it?", reply_to=picture)
        await ask(discord, discord.general, f"and {discord.bob.mention}?")
        await discord.say(discord.ana, thread, "overheard")
        await discord.say(discord.bob, direct, "psst")

    async with running(discord) as bot:
        since = time.time()
        await talk()
        await bot.asked(4)
    async with running(discord) as later:
        threads = (address_of(discord, direct), address_of(discord, thread))
        await later.adapter.catch_up(Absence(since, threads))
        caught, live = later.inbox.events, bot.inbox.events
        assert len(caught) == 4
        for event in live:
            (twin,) = [each for each in caught if each.key == event.key]
            assert comparable(twin) == comparable(event)


def comparable(event: Asked) -> tuple[object, ...]:
    files = [file.id for file in event.attachments]
    return (
        event.address,
        event.author,
        event.text,
        event.sent_at,
        event.addressing,
        files,
        event.place,
        event.joined_midway,
    )


async def test_only_places_with_news_are_asked(discord: DiscordEmulator) -> None:
    quiet = [discord.channel(f"quiet-{number}") for number in range(20)]
    for channel in quiet[:10]:
        await discord.say(discord.bob, channel, "long ago")
    discord.deny(quiet[0], "VIEW_CHANNEL")
    since = time.time() + 100.0
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, tuple(address_of(discord, each) for each in quiet)))
        assert bot.inbox.events == []
        assert discord.requests(*HISTORY) == []
        await bot.adapter.catch_up(Absence(since, (address_of(discord, discord.direct(discord.bob)),)))
        assert len(discord.requests(*HISTORY)) == 1
        assert discord.requests("GET", "/channels/{channel}") == []


async def test_threads_that_were_put_away_meanwhile(discord: DiscordEmulator) -> None:
    thread = discord.thread(discord.general, "old")
    since = time.time()
    await ask(discord, thread, "are you there?")
    await discord.archive(thread)
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, (address_of(discord, thread),)))
        (event,) = bot.inbox.events
        assert (event.text, event.address) == ("are you there?", address_of(discord, thread))
        assert "the thread “old” in #general" in event.place


async def test_a_new_thread_and_a_forum_post_that_nobody_told_of(discord: DiscordEmulator) -> None:
    forum = discord.forum("help")
    since = time.time()
    post = await discord.forum_post(forum, discord.ana, "My llama", f"{discord.bot.mention} it spits")
    thread = discord.thread(discord.general, "new")
    await ask(discord, thread, "hello")
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, ()))
        assert {event.address for event in bot.inbox.events} == {
            address_of(discord, post),
            address_of(discord, thread),
        }


async def test_a_place_that_fails_hides_no_other(discord: DiscordEmulator) -> None:
    gone, hidden = discord.thread(discord.general, "gone"), discord.channel("hidden")
    broken = discord.channel("broken")
    since = time.time()
    for channel in (gone, hidden, broken, discord.general):
        await ask(discord, channel, channel.name)
    await discord.delete_channel(gone)
    discord.deny(hidden, "VIEW_CHANNEL")
    discord.fault(f"GET /channels/{broken.id}/messages", status=503)
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, (address_of(discord, gone),)))
        assert texts(bot) == ["general"]


async def test_a_message_that_breaks_us_takes_nothing_with_it(discord: DiscordEmulator) -> None:
    direct = discord.direct(discord.ana)
    since = time.time()
    for number in range(3):
        await discord.say(discord.ana, direct, f"{number}")
    async with running(discord) as bot:
        bot.inbox.bugs = 1
        await bot.adapter.catch_up(Absence(since, (address_of(discord, direct),)))
        assert texts(bot) == ["1", "2"]


async def test_no_more_than_the_caps(discord: DiscordEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catchup, "READ_MAX", 20)
    monkeypatch.setattr(catchup, "TAKEN_MAX", 50)
    monkeypatch.setattr(catchup, "CHANNELS_AT_ONCE", 1)
    channels = [discord.channel(f"busy-{number}") for number in range(4)]
    since = time.time()
    for channel in channels:
        for number in range(25):
            await ask(discord, channel, f"{number}")
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, ()))
        assert len(bot.inbox.events) == 50
        newest = [event for event in bot.inbox.events if event.address.channel == channels[-1].id]
        assert [event.text for event in newest] == [f"{number}" for number in range(20)]


async def test_chatter_uses_up_no_questions(
    discord: DiscordEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catchup, "TAKEN_MAX", 5)
    since = time.time()
    for number in range(150):
        await discord.say(discord.bob, discord.general, f"chatter {number}")
    await ask(discord, discord.general, "anybody?")
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, ()))
        assert texts(bot) == ["anybody?"]


async def test_a_day_is_the_longest(discord: DiscordEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    await ask(discord, discord.general, "a second ago")
    await asyncio.sleep(0.3)
    monkeypatch.setattr(catchup, "LONGEST_ABSENCE_S", 0.2)
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(0.0, ()))
        assert bot.inbox.events == []


async def test_a_channel_that_is_asked_about_too_often_is_waited_for(discord: DiscordEmulator) -> None:
    since = time.time()
    await ask(discord, discord.general, "patience")
    discord.fault("GET /channels/.*/messages", status=429, retry_after=0.5)
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, ()))
        assert texts(bot) == ["patience"]


async def test_live_messages_do_not_wait_for_the_past(discord: DiscordEmulator) -> None:
    direct = discord.direct(discord.ana)
    since = time.time()
    await discord.say(discord.ana, direct, "missed")
    async with running(discord) as bot:
        discord.fault(f"GET /channels/{direct.id}", status=0, delay=1.0)
        async with asyncio.TaskGroup() as group:
            group.create_task(bot.adapter.catch_up(Absence(since, (address_of(discord, direct),))))
            await discord.say(discord.ana, direct, "live")
            async with asyncio.timeout(0.8):
                assert (await bot.asked()).text == "live"
        assert texts(bot) == ["live", "missed"]


async def test_a_catch_up_that_is_cancelled_leaves_the_bot_usable(discord: DiscordEmulator) -> None:
    direct = discord.direct(discord.ana)
    since = time.time()
    for number in range(5):
        await discord.say(discord.ana, direct, f"{number}")
    async with running(discord) as bot:
        bot.inbox.pauses = [0.05] * 5
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.12):
                await bot.adapter.catch_up(Absence(since, (address_of(discord, direct),)))
        assert len(bot.inbox.events) < 5
        await discord.say(discord.ana, direct, "live")
        await discord.wait_for(lambda: "live" in texts(bot))


async def test_what_was_edited_meanwhile_is_an_edit(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        since = time.time()
        said = await discord.say(discord.ana, discord.general, f"{discord.bot.mention} 2+2?")
        await bot.asked()
    fresh = await discord.edit(said, f"{discord.bot.mention} 2+3?")
    async with running(discord) as later:
        later.inbox.events = [*bot.inbox.events]
        later.inbox.anchors = bot.inbox.anchors
        await later.adapter.catch_up(Absence(since, ()))
        (revised,) = later.inbox.revised
        assert revised.asked.text == "2+3?"
        assert revised.revision == pytest.approx(fresh.edited_at, abs=0.001)
        assert len(later.inbox.events) == 1


@pytest.mark.parametrize("way", ["op 9", "a resume that is refused"])
async def test_a_lost_session_is_caught_up_by_itself(discord: DiscordEmulator, way: str) -> None:
    direct = discord.direct(discord.bob)
    async with running(discord) as bot:
        bot.inbox.threads = [address_of(discord, direct)]
        await ask(discord, discord.general, "before")
        await bot.asked()
        discord.lose_sessions()
        await ask(discord, discord.general, "missed")
        await discord.say(discord.bob, direct, "missed in private")
        await (discord.invalidate() if way == "op 9" else discord.drop())
        await discord.wait_for(lambda: len(bot.inbox.events) == 3, timeout=15.0)
        assert sorted(texts(bot)) == ["before", "missed", "missed in private"]
        assert bot.readied == 1
        await ask(discord, discord.general, "after")
        await discord.wait_for(lambda: "after" in texts(bot))


async def test_a_resumed_session_asks_for_nothing(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        await discord.drop()
        await ask(discord, discord.general, "replayed")
        assert (await bot.asked()).addressing is Addressing.MENTION
        assert discord.requests(*HISTORY) == []


async def test_a_first_session_is_not_caught_up_by_itself(discord: DiscordEmulator) -> None:
    await ask(discord, discord.general, "before the bot was there")
    async with running(discord) as bot:
        await discord.say(discord.ana, discord.direct(discord.ana), "hello")
        await bot.asked()
        assert texts(bot) == ["hello"]


async def test_an_absence_told_before_the_connection_is_caught_up_after_it(discord: DiscordEmulator) -> None:
    since = time.time()
    await ask(discord, discord.general, "missed")
    async with running(discord, before=lambda one: one.catch_up(Absence(since, ()))) as bot:
        assert (await bot.asked()).text == "missed"


async def test_a_store_that_cannot_be_asked_puts_it_off(
    discord: DiscordEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "STORE_PAUSE_S", 0.2)
    direct = discord.direct(discord.bob)
    async with running(discord) as bot:
        threads: list[StoreError | tuple[Address, ...]] = [
            StoreError("the disk is full"),
            StoreError("still"),
            (address_of(discord, direct),),
        ]

        async def recent(_platform: str) -> tuple[Address, ...]:
            answer = threads.pop(0)
            if isinstance(answer, StoreError):
                raise answer
            return answer

        monkeypatch.setattr(bot.inbox, "recent", recent)
        discord.lose_sessions()
        await discord.say(discord.bob, direct, "missed")
        await discord.invalidate()
        await discord.wait_for(lambda: "missed" in texts(bot))
        assert threads == []


def test_a_clock_that_is_set_meanwhile_moves_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead, passed = 3600.0, 0.0
    monkeypatch.setattr(time, "time", lambda: 10_000.0 + passed + ahead)
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    kept = continuity.Continuity()
    kept.hear("READY")
    ahead, passed = 0.0, 50.0
    kept.hear("READY")
    kept.resume()
    with asyncio.Runner() as runner:
        assert runner.run(kept.loss()) == 10_000.0


def test_the_oldest_loss_counts_until_it_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    kept = continuity.Continuity()
    kept.hear("READY")
    kept.resume()
    assert not kept._lost.is_set()
    now = 110.0
    kept.hear("MESSAGE_CREATE")
    now = 120.0
    kept.hear("READY")
    kept.resume()
    assert asyncio.run(kept.loss()) == 110.0
    now = 130.0
    kept.hear("READY")
    kept.resume()
    kept.caught_up()
    assert asyncio.run(kept.loss()) == 110.0
    kept.caught_up()
    now = 140.0
    kept.hear("READY")
    kept.resume()
    assert asyncio.run(kept.loss()) == 130.0
