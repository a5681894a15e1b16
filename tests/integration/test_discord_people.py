"""Whoever asks on Discord comes with what they are there: by message, edit, command, button, history."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from adapters.discord import members
from core.delivery import Sent
from core.events import Absence
from core.message import Author, Standing
from tests.emulators.discord import Channel, DiscordEmulator, Person
from tests.emulators.discord.recording import RunningBot, running
from tests.emulators.discord.values import Permission

MEMBER = "/guilds/{guild}/members/{user}"
FETCH = r"^GET /guilds/\d+/members/"
# Longer than somebody is looked up, and shorter than Discord waits for a first answer.
IN_TIME_S = 2.0

Way = Callable[[RunningBot, Person, Channel], Awaitable[Author]]


async def author_of(bot: RunningBot, message_id: str) -> Author:
    def found() -> list[Author]:
        return [event.author for event in bot.inbox.events if event.message_id == message_id]

    return (await bot.discord.wait_for(found))[0]


async def by_message(bot: RunningBot, person: Person, channel: Channel) -> Author:
    said = await bot.discord.say(person, channel, f"{bot.discord.bot.mention} hello")
    return await author_of(bot, said.id)


async def by_edit(bot: RunningBot, person: Person, channel: Channel) -> Author:
    count = len(bot.inbox.revised)
    said = await bot.discord.say(person, channel, "hello")
    await bot.discord.edit(said, f"{bot.discord.bot.mention} hello")
    await bot.discord.wait_for(lambda: len(bot.inbox.revised) > count)
    return bot.inbox.revised[-1].asked.author


async def by_command(bot: RunningBot, person: Person, channel: Channel) -> Author:
    count = len(bot.inbox.commands)
    await bot.discord.invoke(person, channel, "stop")
    await bot.discord.wait_for(lambda: len(bot.inbox.commands) > count)
    return bot.inbox.commands[-1][2]


async def by_question(bot: RunningBot, person: Person, channel: Channel) -> Author:
    invocation = await bot.discord.invoke(person, channel, "ask", {"question": "why?"})
    return await author_of(bot, invocation.id)


async def by_button(bot: RunningBot, person: Person, channel: Channel) -> Author:
    count = len(bot.inbox.commands)
    said = await bot.discord.say(bot.discord.bob, channel, f"{bot.discord.bot.mention} tell me")
    await author_of(bot, said.id)
    asked = next(event for event in bot.inbox.events if event.message_id == said.id)
    assert isinstance(await bot.adapter.post(replace(bot.draft(asked, "Well"), live=True)), Sent)
    await bot.discord.click(person, bot.discord.said_by_bot(channel)[-1])
    await bot.discord.wait_for(lambda: len(bot.inbox.commands) > count)
    return bot.inbox.commands[-1][2]


async def missed(discord: DiscordEmulator, *people: Person) -> list[Author]:
    """What is said before anybody listens, as a bot that starts then takes it: a history names no roles."""
    since = time.time()
    said = [await discord.say(each, discord.general, f"{discord.bot.mention} hello") for each in people]
    async with running(discord) as bot:
        await bot.adapter.catch_up(Absence(since, ()))
        return [await author_of(bot, message.id) for message in said]


WAYS = [by_message, by_edit, by_command, by_question, by_button]


def crowd(discord: DiscordEmulator) -> tuple[list[Person], list[Author]]:
    """One of each kind, and how they are to be known."""
    cleo, dora, emil = (discord.person(name) for name in ("Cleo", "Dora", "Emil"))
    plain = discord.role("Reader")
    boss = discord.role("Boss", Permission.ADMINISTRATOR)
    host = discord.role("Host", Permission.MANAGE_GUILD)
    discord.grant(discord.ana, plain)
    discord.grant(cleo, boss, plain)
    discord.grant(dora, host)
    return [discord.olga, cleo, dora, discord.ana, emil], [
        Author(discord.olga.id, "Olga", standing=Standing.OWNER),
        Author(cleo.id, "Cleo", standing=Standing.ADMIN, groups=(plain, boss)),
        Author(dora.id, "Dora", standing=Standing.ADMIN, groups=(host,)),
        Author(discord.ana.id, "Ana", groups=(plain,)),
        Author(emil.id, "Emil"),
    ]


@pytest.mark.parametrize("way", WAYS)
async def test_each_kind_of_person_is_known_whichever_way_they_come(
    discord: DiscordEmulator, bot: RunningBot, way: Way
) -> None:
    discord.limits.table = {}
    people, known = crowd(discord)
    assert [await way(bot, each, discord.general) for each in people] == known
    assert discord.requests("GET", MEMBER) == []


async def test_who_wrote_what_was_missed_is_known_too(discord: DiscordEmulator) -> None:
    people, known = crowd(discord)
    assert await missed(discord, *people) == known
    assert len(discord.requests("GET", MEMBER)) == len(people)


@pytest.mark.parametrize("way", WAYS)
async def test_a_change_is_seen_at_once(discord: DiscordEmulator, bot: RunningBot, way: Way) -> None:
    discord.limits.table = {}
    role = discord.role("Helper")
    who = [await way(bot, discord.ana, discord.general)]
    discord.grant(discord.ana, role)
    who.append(await way(bot, discord.ana, discord.general))
    discord.allow(role, Permission.MANAGE_GUILD)
    who.append(await way(bot, discord.ana, discord.general))
    discord.allow(role, 0)
    who.append(await way(bot, discord.ana, discord.general))
    discord.hand_over(discord.ana)
    who.append(await way(bot, discord.ana, discord.general))
    discord.hand_over(discord.bob)
    discord.take(discord.ana, role)
    who.append(await way(bot, discord.ana, discord.general))
    assert [(each.standing, each.groups) for each in who] == [
        (Standing.MEMBER, ()),
        (Standing.MEMBER, (role,)),
        (Standing.ADMIN, (role,)),
        (Standing.MEMBER, (role,)),
        (Standing.OWNER, (role,)),
        (Standing.MEMBER, ()),
    ]
    assert discord.requests("GET", MEMBER) == []


async def test_what_everybody_may_do_makes_everybody_an_administrator(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    assert (await by_message(bot, discord.ana, discord.general)).standing is Standing.MEMBER
    discord.allow(
        discord.world.guild_id, Permission.MANAGE_GUILD | Permission.EVERYTHING & ~Permission.ADMINISTRATOR
    )
    assert (await by_message(bot, discord.ana, discord.general)).standing is Standing.ADMIN


@pytest.mark.parametrize("way", [by_command, by_question, by_button])
async def test_who_was_not_screened_is_a_guest(discord: DiscordEmulator, bot: RunningBot, way: Way) -> None:
    discord.screen(discord.ana, passed=False)
    assert (await way(bot, discord.ana, discord.general)).standing is Standing.GUEST
    discord.screen(discord.ana, passed=True)
    assert (await way(bot, discord.ana, discord.general)).standing is Standing.MEMBER


async def test_in_a_thread_people_are_what_they_are_on_the_server(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    role = discord.role("Helper")
    discord.grant(discord.ana, role)
    thread = discord.thread(discord.general, "talk")
    assert (await by_message(bot, discord.ana, thread)).groups == (role,)
    unseen = discord.thread(discord.general, "old", announced=False)
    assert (await by_message(bot, discord.ana, unseen)).groups == (role,)


@pytest.mark.parametrize("way", [by_message, by_command, by_question])
async def test_in_private_somebody_of_the_server_is_a_plain_member(
    discord: DiscordEmulator, bot: RunningBot, way: Way
) -> None:
    discord.grant(discord.olga, discord.role("Helper"))
    for _ in range(3):
        author = await way(bot, discord.olga, discord.direct(discord.olga))
        assert author == Author(discord.olga.id, "Olga")
    assert len(discord.requests("GET", MEMBER)) == 1


async def test_in_private_who_spoke_on_the_server_is_not_asked_for(
    discord: DiscordEmulator, bot: RunningBot
) -> None:
    await by_message(bot, discord.ana, discord.general)
    assert (await by_message(bot, discord.ana, discord.direct(discord.ana))).standing is Standing.MEMBER
    assert discord.requests("GET", MEMBER) == []


@pytest.mark.parametrize("way", [by_message, by_command, by_question])
async def test_in_private_a_stranger_is_external(
    discord: DiscordEmulator, bot: RunningBot, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have installed the app for themselves."""
    stranger = discord.person("Stranger")
    discord.leave(stranger)
    for _ in range(2):
        author = await way(bot, stranger, discord.direct(stranger))
        assert author == Author(stranger.id, "Stranger", standing=Standing.EXTERNAL)
    assert len(discord.requests("GET", MEMBER)) == 1
    monkeypatch.setattr(members, "KEEP_SHARED_S", 0.0)
    discord.world.strangers.clear()
    assert (await way(bot, stranger, discord.direct(stranger))).standing is Standing.MEMBER


@pytest.mark.parametrize("way", [by_command, by_question])
async def test_who_brings_us_to_another_server_is_external_even_as_its_owner(
    discord: DiscordEmulator, bot: RunningBot, way: Way
) -> None:
    role = discord.role("Helper", Permission.ADMINISTRATOR)
    discord.grant(discord.ana, role)
    author = await way(bot, discord.ana, discord.elsewhere("their-place"))
    assert author == Author(discord.ana.id, "Ana", standing=Standing.EXTERNAL)


async def test_who_has_left_since_they_asked_is_external(discord: DiscordEmulator) -> None:
    discord.leave(discord.ana)
    assert await missed(discord, discord.ana) == [Author(discord.ana.id, "Ana", standing=Standing.EXTERNAL)]


async def test_a_burst_that_was_missed_looks_everybody_up_once(discord: DiscordEmulator) -> None:
    assert len(await missed(discord, *[discord.ana, discord.bob] * 25)) == 50
    assert len(discord.requests("GET", MEMBER)) == 2


TROUBLES: dict[str, dict[str, Any]] = {
    "slow": {"status": 0, "delay": 20.0},
    "broken": {"status": 503},
    "failing": {"status": 500},
    "cut": {"status": 0, "reset": True},
    "limited": {"status": 429, "retry_after": 20.0},
    "refused": {"status": 403, "code": 50001},
    "no route": {"status": 404, "code": 0},
}


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("way", [by_message, by_command])
async def test_trouble_holds_a_private_question_up_for_two_seconds_at_most(
    discord: DiscordEmulator, bot: RunningBot, way: Way, kind: str
) -> None:
    discord.fault(FETCH, times=1_000, **TROUBLES[kind])
    direct = discord.direct(discord.ana)
    begun = time.monotonic()
    assert await way(bot, discord.ana, direct) == Author(discord.ana.id, "Ana")
    assert time.monotonic() - begun < IN_TIME_S
    begun = time.monotonic()
    assert await way(bot, discord.ana, direct) == Author(discord.ana.id, "Ana")
    assert time.monotonic() - begun < members.LOOKUP_S, "trouble is waited for once"


async def test_in_trouble_people_are_what_they_were(
    discord: DiscordEmulator, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "KEEP_S", 0.0)
    role = discord.role("Helper")
    discord.grant(discord.ana, role)
    known = Author(discord.ana.id, "Ana", groups=(role,))
    assert await by_message(bot, discord.ana, discord.general) == known
    discord.fault(FETCH, times=1_000, status=503)
    discord.lose_sessions()
    said = await discord.say(discord.ana, discord.general, f"{discord.bot.mention} still there?")
    await discord.drop()
    assert await author_of(bot, said.id) == known


async def test_after_the_trouble_discord_is_asked_again(
    discord: DiscordEmulator, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "AGAIN_S", 0.0)
    stranger = discord.person("Stranger")
    discord.leave(stranger)
    discord.fault(FETCH, status=403, code=50001)
    found = [await by_message(bot, stranger, discord.direct(stranger)) for _ in range(2)]
    assert [author.standing for author in found] == [Standing.MEMBER, Standing.EXTERNAL]


async def test_other_bots_are_ignored_whatever_they_are(discord: DiscordEmulator, bot: RunningBot) -> None:
    robot = discord.person("Robot", is_bot=True)
    discord.grant(robot, discord.role("Boss", Permission.ADMINISTRATOR))
    await discord.say(robot, discord.general, f"{discord.bot.mention} hello")
    await by_message(bot, discord.ana, discord.general)
    assert [event.author.id for event in bot.inbox.events] == [discord.ana.id]
