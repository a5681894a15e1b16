"""Real discord.py and the adapter against the emulator: what people say, as the core is told of it."""

import asyncio

import pytest

from adapters.discord import order
from core.address import Address
from core.delivery import Sent
from core.errors import FileError, StartupError
from core.events import Addressing
from tests.emulators.discord import DiscordEmulator, MessageKind
from tests.emulators.discord.recording import RunningBot, running


def guild_address(discord: DiscordEmulator, channel: str, thread: str) -> Address:
    return Address("discord", discord.world.guild_id, channel, thread)


async def test_a_bare_mention_begins_a_thread(discord: DiscordEmulator, bot: RunningBot) -> None:
    said = await discord.say(discord.ana, discord.general, f"hey {discord.bot.mention}, what is **up**?")
    asked = await bot.asked()
    assert asked.key == f"{discord.general.id}:{said.id}"
    assert asked.address == guild_address(discord, discord.general.id, said.id)
    assert asked.text == "hey what is **up**?"
    assert (asked.author.id, asked.author.name) == (discord.ana.id, "Ana")
    assert asked.addressing is Addressing.MENTION
    assert asked.place == "#general in Test Server"
    assert asked.sent_at == pytest.approx(said.sent_at, abs=0.01)
    assert not asked.joined_midway
    assert asked.opener is None


async def test_the_role_of_the_bot_is_the_bot(discord: DiscordEmulator, bot: RunningBot) -> None:
    await discord.say(discord.ana, discord.general, f"<@&{discord.world.bot_role}> hello")
    asked = await bot.asked()
    assert (asked.addressing, asked.text) == (Addressing.MENTION, "hello")


async def test_names_stand_for_ids(discord: DiscordEmulator, bot: RunningBot) -> None:
    role = discord.world.bot_role
    text = (
        f"{discord.bot.mention} ask {discord.bob.mention} in <#{discord.general.id}> <:llama:{role}> <t:1:R>"
    )
    await discord.say(discord.ana, discord.general, text)
    assert (await bot.asked()).text == "ask @Bob in #general :llama: <t:1:R>"


async def test_a_reply_to_us_goes_on_in_its_thread(discord: DiscordEmulator, bot: RunningBot) -> None:
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} one")
    first = await bot.asked()
    assert isinstance(await bot.adapter.post(bot.draft(first, "answer")), Sent)
    answer = discord.said_by_bot(discord.general)[0]
    await bot.inbox.anchor(first.address, answer.id)
    await discord.say(discord.bob, discord.general, "and two?", reply_to=answer, ping=False)
    second = await bot.asked(2)
    assert second.addressing is Addressing.REPLY
    assert second.address == first.address
    assert second.text == "and two?"


async def test_a_mention_in_a_reply_chain_belongs_to_its_root(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    root = await discord.say(
        discord.bob, discord.general, "the sky is green", files=[("sky.png", b"x", "image/png")]
    )
    middle = await discord.say(discord.ana, discord.general, "is it?", reply_to=root)
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} who is right?", reply_to=middle)
    asked = await bot.asked()
    assert asked.address.thread == root.id
    assert asked.joined_midway
    past = await bot.adapter.past(asked, 50)
    assert [(each.author.name, each.text) for each in past] == [
        ("Bob", "the sky is green\n[file: sky.png]"),
        ("Ana", "is it?"),
    ]
    assert [each.text for each in await bot.adapter.past(asked, 1)] == ["is it?"]


async def test_a_reply_with_a_mention_brings_the_picture_that_it_is_about(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    picture = await discord.say(
        discord.bob, discord.general, "look", files=[("cat.png", b"PNG", "image/png")]
    )
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} what is it?", reply_to=picture)
    asked = await bot.asked()
    assert [file.name for file in asked.attachments] == ["cat.png"]
    assert await bot.adapter.read(asked.attachments[0], 100) == b"PNG"


@pytest.mark.parametrize("where", ["chain", "thread"])
async def test_a_reply_brings_its_picture_wherever_that_stands_unless_it_is_remembered(
    discord: DiscordEmulator, bot: RunningBot, where: str
) -> None:
    channel = discord.thread(discord.general, "talk") if where == "thread" else discord.general
    root = await discord.say(discord.ana, channel, "how was your holiday?")
    cat = ("cat.png", b"PNG", "image/png")
    picture = await discord.say(discord.bob, channel, "so", reply_to=root, files=[cat])
    overheard = 2 if where == "thread" else 0
    if overheard:
        await bot.asked(overheard)
    # The core keeps nothing of what is said in a thread before it is asked there.
    bot.inbox.anchors.clear()
    text = f"{discord.bot.mention} what is it?"
    await discord.say(discord.ana, channel, text, reply_to=picture)
    asked = await bot.asked(overheard + 1)
    assert ([file.name for file in asked.attachments], asked.carried) == (["cat.png"], 1)
    await bot.inbox.anchor(asked.address, picture.id)
    await discord.say(discord.ana, channel, text, reply_to=picture)
    assert (await bot.asked(overheard + 2)).attachments == ()


async def test_a_reply_to_a_deleted_message_still_has_a_thread(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    gone = await discord.say(discord.bob, discord.general, "soon gone")
    await discord.delete(gone)
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} what was that?", reply_to=gone)
    assert (await bot.asked()).address.thread == gone.id


async def test_a_direct_message_needs_no_mention(discord: DiscordEmulator, bot: RunningBot) -> None:
    direct = discord.direct(discord.ana)
    await discord.say(discord.ana, direct, "psst")
    asked = await bot.asked()
    assert asked.address == Address("discord", "direct", direct.id, direct.id)
    assert (asked.addressing, asked.place) == (Addressing.DIRECT, "a direct message")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_thread_is_read_before_it_is_joined(
    discord: DiscordEmulator, bot: RunningBot, announced: bool
) -> None:
    starter = await discord.say(discord.bob, discord.general, "shall we buy llamas?")
    thread = discord.thread(discord.general, "llamas", starter, announced=announced)
    await discord.say(discord.ana, thread, "yes, two")
    await discord.say(discord.bob, thread, f"{discord.bot.mention} how much is that?")
    asked = await bot.asked(2)
    assert bot.inbox.events[0].addressing is Addressing.OVERHEARD
    assert asked.addressing is Addressing.MENTION
    assert asked.address == guild_address(discord, thread.id, thread.id)
    assert asked.joined_midway
    assert "the thread “llamas” in #general" in asked.place
    assert len(discord.requests("GET", "/channels/{channel}")) == (0 if announced else 1)
    past = await bot.adapter.past(asked, 50)
    assert [(each.author.name, each.text) for each in past] == [
        ("Bob", "shall we buy llamas?"),
        ("Ana", "yes, two"),
    ]


async def test_a_long_thread_keeps_its_beginning(discord: DiscordEmulator, bot: RunningBot) -> None:
    starter = await discord.say(discord.bob, discord.general, "the beginning")
    thread = discord.thread(discord.general, "long", starter)
    for number in range(30):
        await discord.say(discord.ana, thread, f"line {number}")
    await discord.say(discord.ana, thread, f"{discord.bot.mention} sum up")
    asked = await bot.asked(31)
    past = await bot.adapter.past(asked, 10)
    assert [each.text for each in past] == ["the beginning", *(f"line {number}" for number in range(21, 30))]


async def test_in_a_thread_words_to_others_are_marked(discord: DiscordEmulator, bot: RunningBot) -> None:
    thread = discord.thread(discord.general, "talk")
    bobs = await discord.say(discord.bob, thread, "I am here")
    await discord.say(discord.ana, thread, f"{discord.bob.mention} what do you say?")
    await discord.say(discord.ana, thread, "sure?", reply_to=bobs)
    await discord.say(discord.ana, thread, "@everyone look")
    await bot.asked(4)
    assert [event.addressing for event in bot.inbox.events] == [
        Addressing.OVERHEARD,
        Addressing.ELSEWHERE,
        Addressing.ELSEWHERE,
        Addressing.ELSEWHERE,
    ]


async def test_a_forum_post_is_a_thread(discord: DiscordEmulator) -> None:
    forum = discord.forum("help")
    async with running(discord) as bot:
        post = await discord.forum_post(forum, discord.ana, "My llama", f"{discord.bot.mention} it spits")
        asked = await bot.asked()
        assert asked.address == guild_address(discord, post.id, post.id)
        assert not asked.joined_midway
        await discord.say(discord.bob, post, "mine too")
        assert (await bot.asked(2)).joined_midway


async def test_what_is_not_for_us_is_left_alone(discord: DiscordEmulator, bot: RunningBot) -> None:
    other_bot = discord.person("Rival", is_bot=True)
    bobs = await discord.say(discord.bob, discord.general, "good morning")
    await discord.say(discord.ana, discord.general, "morning!", reply_to=bobs)
    await discord.say(discord.ana, discord.general, "@everyone @here cake")
    await discord.say(other_bot, discord.general, f"{discord.bot.mention} fight me")
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention}", kind=MessageKind.JOIN)
    await discord.say(discord.ana, discord.general, f"{discord.bot.mention} now you")
    asked = await bot.asked()
    assert asked.text == "now you"
    assert bot.inbox.located == 0


async def test_our_own_words_are_never_a_question(discord: DiscordEmulator, bot: RunningBot) -> None:
    direct = discord.direct(discord.ana)
    await discord.say(discord.ana, direct, "one")
    asked = await bot.asked()
    await bot.adapter.post(bot.draft(asked, f"{discord.bot.mention} talks to itself"))
    await discord.say(discord.ana, direct, "two")
    assert (await bot.asked(2)).text == "two"


async def test_files_are_read_and_fresh_addresses_asked_for(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    discord.cdn.lifetime = -10
    files = [("notes.txt", "grüße".encode(), "text/plain; charset=utf-8"), ("b.bin", b"\0" * 2000, "")]
    await discord.say(discord.ana, discord.direct(discord.ana), "", files=files)
    asked = await bot.asked()
    notes, binary = asked.attachments
    assert (notes.name, notes.mime, notes.size) == ("notes.txt", "text/plain", len("grüße".encode()))
    discord.cdn.lifetime = 60
    assert (await bot.adapter.read(notes, 1000)).decode() == "grüße"
    with pytest.raises(FileError, match="limit"):
        await bot.adapter.read(binary, 1000)
    discord.cdn.files.clear()
    with pytest.raises(FileError, match="no longer there"):
        await bot.adapter.read(notes, 1000)


async def test_forwards_stickers_and_polls_are_named(discord: DiscordEmulator, bot: RunningBot) -> None:
    direct = discord.direct(discord.ana)
    original = await discord.say(
        discord.bob, discord.general, "one\ntwo", files=[("a.png", b"PNG", "image/png")]
    )
    await discord.forward(discord.ana, direct, original)
    await discord.say(discord.ana, direct, "", stickers=("Wave",))
    await discord.say(discord.ana, direct, "", poll=("Lunch?", ("Pizza", "Soup")))
    await bot.asked(3)
    forward, sticker, poll = bot.inbox.events
    assert forward.text == "[forwarded message]\n> one\n> two"
    assert [file.name for file in forward.attachments] == ["a.png"]
    assert sticker.text == "[sticker: Wave]"
    assert poll.text == "[poll: Lunch? Pizza / Soup]"


async def test_a_burst_keeps_its_order(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.pauses = [0.004 * (20 - number) for number in range(20)]
    direct = discord.direct(discord.ana)
    for number in range(20):
        await discord.say(discord.ana, direct, f"part {number}")
    await bot.asked(20)
    assert [event.text for event in bot.inbox.events] == [f"part {number}" for number in range(20)]


async def test_channels_do_not_wait_for_each_other(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.pauses = [1.0]
    await discord.say(discord.ana, discord.direct(discord.ana), "slow")
    await discord.say(discord.bob, discord.direct(discord.bob), "quick")
    async with asyncio.timeout(0.8):
        assert (await bot.asked()).text == "quick"


async def test_a_store_that_fails_is_tried_again(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.failures = 1
    await discord.say(discord.ana, discord.direct(discord.ana), "keep me")
    assert (await bot.asked()).text == "keep me"


async def test_a_message_that_cannot_be_kept_is_not_met_with_silence(
    discord: DiscordEmulator, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "STORE_PAUSES_S", (0.01,))
    bot.inbox.failures = 2
    direct = discord.direct(discord.ana)
    await discord.say(discord.ana, direct, "lost")
    (sorry,) = await discord.wait_for(lambda: discord.said_by_bot(direct))
    assert "try again" in sorry.text
    await discord.say(discord.ana, direct, "again")
    assert (await bot.asked()).text == "again"


async def test_a_handler_that_breaks_takes_nothing_with_it(discord: DiscordEmulator, bot: RunningBot) -> None:
    bot.inbox.bugs = 1
    direct = discord.direct(discord.ana)
    await discord.say(discord.ana, direct, "breaks")
    await discord.say(discord.ana, direct, "works")
    assert (await bot.asked()).text == "works"


async def test_a_dropped_socket_loses_and_repeats_nothing(discord: DiscordEmulator, bot: RunningBot) -> None:
    direct = discord.direct(discord.ana)
    discord.gateway.overlap = 2
    discord.gateway.repeat = 1
    await discord.say(discord.ana, direct, "before")
    await bot.asked()
    await discord.drop()
    await discord.say(discord.ana, direct, "while away")
    assert (await bot.asked(2)).text == "while away"
    await discord.ask_to_reconnect()
    await discord.say(discord.ana, direct, "after")
    assert (await bot.asked(3)).text == "after"
    assert discord.gateway.count("resume") == 2
    assert discord.gateway.count("identify") == 1
    assert bot.inbox.repeated
    assert bot.readied == 1


async def test_a_lost_session_is_begun_again(discord: DiscordEmulator, bot: RunningBot) -> None:
    await discord.invalidate()
    await discord.wait_for(lambda: discord.gateway.count("identify") == 2)
    await discord.wait_for(lambda: len([s for s in discord.gateway.sessions.values() if not s.ended]) == 1)
    await discord.say(discord.ana, discord.direct(discord.ana), "still there?")
    assert (await bot.asked()).text == "still there?"
    assert bot.readied == 1
    identifies = [entry.at for entry in discord.gateway.journal if entry.what == "identify"]
    assert identifies[1] - identifies[0] >= 4.9


async def test_a_wrong_token_is_named(discord: DiscordEmulator) -> None:
    with pytest.raises(StartupError, match="DISCORD_TOKEN"):
        async with running(discord, token="wrong"):
            pass
    assert discord.gateway.count("identify") == 0


@pytest.mark.parametrize("claimed", [False, True])
async def test_without_the_intent_mentions_still_work(claimed: bool) -> None:
    discord = DiscordEmulator(message_content=False)
    discord.world.content_claimed = claimed
    async with discord, running(discord) as bot:
        thread = discord.thread(discord.general, "talk")
        await discord.say(discord.bob, thread, "nobody may read this")
        await discord.say(discord.ana, thread, f"{discord.bot.mention} can you hear me?")
        asked = await bot.asked()
        assert asked.text == "can you hear me?"
        (past,) = await bot.adapter.past(asked, 10)
        assert (past.author.name, past.text) == ("Bob", "[I am not allowed to read this message]")
        assert discord.gateway.count("identify") == (2 if claimed else 1)


async def test_discord_down_at_the_start_is_waited_for(discord: DiscordEmulator) -> None:
    fault = discord.fault("GET /users/@me", reset=True, times=2)
    async with running(discord) as bot:
        await discord.say(discord.ana, discord.direct(discord.ana), "hello")
        await bot.asked()
    assert fault.met == 2
