"""The count of sessions is never used up, and a gateway that is away is waited for."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket

from adapters.discord import identify
from core.errors import StartupError
from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord.recording import running

COUNT = ("GET", "/gateway/bot")


async def test_with_many_sessions_left_nothing_is_waited_for(discord: DiscordEmulator) -> None:
    begun = time.monotonic()
    async with running(discord):
        assert time.monotonic() - begun < 2.0
        assert discord.requests(*COUNT)
        assert discord.gateway.starts.remaining == 999


async def test_it_ends_also_in_the_very_moment_in_which_a_lost_session_is_back(
    discord: DiscordEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its library forgets a cancellation that comes then, and would go on for ever."""
    connect = DiscordWebSocket.from_client
    async with running(discord) as bot:

        async def just_then(*args: Any, **named: Any) -> DiscordWebSocket:
            session = await connect(*args, **named)
            bot.task.cancel()
            return session

        monkeypatch.setattr(DiscordWebSocket, "from_client", just_then)
        await discord.drop()
        await discord.wait_for(bot.task.done, timeout=8.0)
        assert bot.task.cancelled()


async def test_few_sessions_are_shared_out(discord: DiscordEmulator) -> None:
    discord.leave_starts(10, 8.0)
    begun = time.monotonic()
    async with running(discord) as bot:
        assert 0.7 < time.monotonic() - begun < 3.0
        assert discord.gateway.starts.remaining == 9
        await discord.say(discord.ana, discord.direct(discord.ana), "hello")
        await bot.asked()


async def test_with_none_left_the_next_day_is_waited_for(discord: DiscordEmulator) -> None:
    discord.leave_starts(0, 2.0)
    begun = time.monotonic()
    async with running(discord):
        assert time.monotonic() - begun >= 1.9
    assert discord.gateway.count("token_reset") == 0
    assert discord.gateway.count("identify") == 1


async def test_a_loop_of_crashes_never_uses_them_up(discord: DiscordEmulator) -> None:
    """Started again and again as soon as it is down, until the count begins anew."""
    discord.leave_starts(4, 3.0)
    begun = time.monotonic()
    lives = 0
    while time.monotonic() - begun < 2.5:
        with suppress(TimeoutError):
            async with asyncio.timeout(2.5 - (time.monotonic() - begun)), running(discord):
                lives += 1
    assert 1 <= lives <= 4
    assert discord.gateway.count("token_reset") == 0
    assert discord.gateway.starts.remaining >= 0


async def test_a_session_that_is_lost_with_few_left_waits_and_goes_on(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        discord.leave_starts(2, 14.0)
        begun = time.monotonic()
        await discord.invalidate()
        await discord.wait_for(lambda: discord.gateway.count("identify") == 2, timeout=15.0)
        assert time.monotonic() - begun >= 6.9
        # What is to be sent can be sent meanwhile and after it.
        await discord.wait_for(
            lambda: len([s for s in discord.gateway.sessions.values() if not s.ended]) == 1
        )
        await discord.say(discord.ana, discord.direct(discord.ana), "still there?")
        assert (await bot.asked()).text == "still there?"
        assert bot.readied == 1


async def test_while_the_next_session_is_waited_for_answers_still_go_out(discord: DiscordEmulator) -> None:
    async with running(discord) as bot:
        await discord.say(discord.ana, discord.direct(discord.ana), "hello")
        asked = await bot.asked()
        discord.leave_starts(1, 60.0)
        await discord.invalidate()
        await discord.wait_for(lambda: len(discord.requests("GET", "/users/@me")) == 2)
        await discord.wait_for(lambda: bot.adapter._link.client)
        await bot.adapter.post(bot.draft(asked, "in the meantime"))
        (message,) = discord.said_by_bot(discord.direct(discord.ana))
        assert message.text == "in the meantime"
        assert discord.gateway.count("identify") == 1


@pytest.mark.parametrize("plan", [{"status": 503, "times": 9}, {"status": 0, "reset": True, "times": 9}])
async def test_a_count_that_cannot_be_had_stops_no_start(
    discord: DiscordEmulator, plan: dict[str, object]
) -> None:
    discord.fault("GET /gateway/bot", **plan)
    async with running(discord) as bot:
        await discord.say(discord.ana, discord.direct(discord.ana), "hello")
        await bot.asked()


async def test_a_count_that_does_not_come_stops_no_start(
    discord: DiscordEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify, "ASK_S", 0.2)
    discord.fault("GET /gateway/bot", status=0, delay=5.0, times=9)
    begun = time.monotonic()
    async with running(discord):
        assert time.monotonic() - begun < 3.0


async def test_sessions_stand_five_seconds_apart(discord: DiscordEmulator) -> None:
    discord.gateway.identify_every_s = 4.9
    async with running(discord) as bot:
        await discord.invalidate()
        await discord.wait_for(lambda: discord.gateway.count("identify") == 2, timeout=15.0)
        await discord.wait_for(
            lambda: len([s for s in discord.gateway.sessions.values() if not s.ended]) == 1
        )
        await discord.say(discord.ana, discord.direct(discord.ana), "still there?")
        await bot.asked()
        assert discord.gateway.count("identify") == 2


async def test_a_gateway_that_is_away_at_the_start_is_waited_for(discord: DiscordEmulator) -> None:
    url, discord.gateway.url = discord.gateway.url, "ws://127.0.0.1:9/gateway"

    async def come_back() -> None:
        await discord.wait_for(lambda: len(discord.requests("GET", "/gateway")) == 1)
        discord.gateway.url = url

    async with asyncio.TaskGroup() as group:
        group.create_task(come_back())
        async with running(discord) as bot:
            await discord.say(discord.ana, discord.direct(discord.ana), "hello")
            await bot.asked()


async def test_a_token_that_was_reset_is_named(discord: DiscordEmulator) -> None:
    """What all of this is to prevent: every session ends, and only a new token helps."""
    discord.leave_starts(0, 60.0)
    discord.gateway.starts.payload = lambda: {"remaining": 1000, "reset_after": 0}  # type: ignore[method-assign]  # it lies
    with pytest.raises(StartupError, match="DISCORD_TOKEN"):
        async with running(discord):
            pass
    assert discord.gateway.count("token_reset") == 1
