"""A crash before all is read: the next start looks as far back as is needed."""

import asyncio
import time

import pytest

from adapters.slack import links
from bots.service import Arrears
from bots.surface import Surface
from core.conversation.recovery import Recovery
from core.conversation.staleness import Staleness
from core.memory.store import SqliteStore
from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord.recording import running
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack_stage import staged
from tests.fakes.clock import ManualClock
from tests.fakes.platform import FakePlatform


class StoppingClock(ManualClock):
    """Sleeps once, then for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.naps = 0
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        self.naps += 1
        if self.naps > 1:
            self.over.set()
            await asyncio.Event().wait()


def surface(behind: float | None = None) -> Surface:
    platform = FakePlatform()

    async def run(_ready: object) -> None: ...

    async def catch_up(_absence: object) -> None: ...

    return Surface(platform.name, platform, run, catch_up, lambda: behind)


async def start(store: SqliteStore, clock: ManualClock) -> tuple[Recovery, Arrears]:
    recovery = Recovery(store, None, Staleness(), clock)  # type: ignore[arg-type]  # no lanes are opened
    return recovery, Arrears(await recovery.begin(), (surface(),))


async def test_a_crash_while_it_catches_up_forgets_nothing(store: SqliteStore) -> None:
    clock = StoppingClock()
    recovery, first = await start(store, clock)
    first.waiting.clear()
    await recovery.end(first.boot, first.since)
    seen = clock.now()
    clock.advance(1000.0)
    recovery, second = await start(store, clock)
    async with asyncio.TaskGroup() as tasks:
        life = tasks.create_task(recovery.note_life(second.boot, second.since))
        await clock.over.wait()
        life.cancel()
    _, third = await start(store, clock)
    assert third.boot.last_seen == seen


async def test_an_end_before_all_is_caught_up_with_forgets_nothing(store: SqliteStore) -> None:
    clock = ManualClock()
    recovery, first = await start(store, clock)
    await recovery.end(first.boot, first.since)
    seen = clock.now()
    clock.advance(1000.0)
    recovery, second = await start(store, clock)
    clock.advance(5.0)
    await recovery.end(second.boot, second.since)
    recovery, third = await start(store, clock)
    assert (third.boot.last_seen, third.boot.crashes) == (seen, 0)
    third.waiting.clear()
    await recovery.end(third.boot, third.since)
    _, fourth = await start(store, clock)
    assert fourth.boot.last_seen == clock.now()


async def test_a_surface_that_is_behind_is_looked_back_for(store: SqliteStore) -> None:
    clock = ManualClock()
    recovery, first = await start(store, clock)
    behind = Arrears(first.boot, (surface(clock.now() + 100.0), surface(clock.now() + 50.0)))
    behind.waiting.clear()
    clock.advance(500.0)
    await recovery.end(first.boot, behind.since)
    _, second = await start(store, clock)
    assert second.boot.last_seen == clock.now() - 450.0


async def test_discord_is_behind_from_a_loss_to_its_making_up() -> None:
    async with DiscordEmulator() as discord, running(discord) as bot:
        assert bot.adapter.behind() is None
        before = time.time()
        discord.lose_sessions()
        await discord.drop()
        await discord.wait_for(lambda: bot.adapter.behind() is not None)
        assert (bot.adapter.behind() or 0.0) <= before + 1.0
        await discord.wait_for(lambda: bot.adapter.behind() is None, 20.0)


async def test_discord_is_not_behind_after_a_resumed_session() -> None:
    async with DiscordEmulator() as discord, running(discord) as bot:
        await discord.drop()
        await discord.wait_for(lambda: discord.gateway.count("resume"))
        await discord.wait_for(lambda: bot.adapter.behind() is None)
        assert discord.gateway.count("identify") == 1


async def test_slack_is_behind_while_no_socket_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "AWAY_S", 0.7)
    async with SlackEmulator() as slack, staged(slack) as stage:
        assert stage.adapter.behind() is None
        before = time.time()
        async with slack.unreachable():
            await slack.wait_for(lambda: stage.adapter.behind() is not None)
            assert before - 1.0 < (stage.adapter.behind() or 0.0) < before + 1.0
        await slack.wait_for(lambda: stage.adapter.behind() is None, 20.0)
