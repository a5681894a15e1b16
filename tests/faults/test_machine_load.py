"""Many threads with many messages at once: order in each, memory and open files within bounds."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.emulators.discord import Channel, DiscordEmulator, Limit
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Reply, said
from tests.product import Product, discord_settings, environment, model_settings, running

THREADS = 100
MESSAGES = 5
ROUND_S = 40.0
LOOK_S = 0.2
# The platform's connections are kept for a quarter of a minute.
REST_S = 45.0
MIB = 2**20
# What an answer keeps in memory while it is made, with its thread's share of everything.
MOST_RSS = 150 * MIB
MOST_ADDED = 16 * MIB
# Connections to the model and to the platform, some of them kept for later, and what is open anyway.
MOST_FILES = 200
# At rest: fifty connections to the model are kept for later, and those to the platform.
FILES_ADDED = 80


@dataclass
class Gauge:
    """The process from outside: what it holds now, and the most that it held."""

    process: psutil.Process
    rss: int = 0
    files: int = 0
    most_rss: int = 0
    most_files: int = 0

    def look(self) -> None:
        self.rss, self.files = self.process.memory_info().rss, self.process.num_fds()
        self.most_rss, self.most_files = max(self.rss, self.most_rss), max(self.files, self.most_files)

    async def watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def gauged(product: Product) -> AsyncIterator[Gauge]:
    gauge = Gauge(psutil.Process(product.process.pid))
    gauge.look()
    watching = asyncio.create_task(gauge.watch())
    try:
        yield gauge
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


@dataclass
class Crowd:
    """Two people who talk in turns in every thread, so that no question joins another."""

    discord: DiscordEmulator
    threads: tuple[Channel, ...]
    asked: int = 0

    async def ask(self, messages: int) -> None:
        """Everybody at once."""
        for number in range(self.asked, self.asked + messages):
            author = (self.discord.ana, self.discord.bob)[number % 2]
            for thread in self.threads:
                await self.discord.say(author, thread, f"{self.discord.bot.mention} {thread.name} {number}")
        self.asked += messages

    def answered(self) -> int:
        return sum(len(self.discord.said_by_bot(thread)) for thread in self.threads)

    async def in_order(self, seconds: float) -> None:
        """Wait until each thread has the answers to all that was asked there, in order, once."""
        deadline = time.monotonic() + seconds
        while self.answered() < self.asked * len(self.threads):
            assert time.monotonic() < deadline, f"{self.answered()} answers"
            await asyncio.sleep(LOOK_S)
        await asyncio.sleep(1.0)
        for thread in self.threads:
            texts = [message.text for message in self.discord.said_by_bot(thread)]
            assert texts == [f"Yes, {thread.name} {number}." for number in range(self.asked)]


def yes(ask: Ask) -> Reply:
    thread, number = ask.last_user_text.split()[-2:]
    return said(f"Yes, {thread} {number}.")


async def at_rest(gauge: Gauge, files: int) -> None:
    """Wait until no more files than these are open: connections are kept a while for later."""
    deadline = time.monotonic() + REST_S
    while gauge.files >= files:
        assert time.monotonic() < deadline, f"{gauge.files} files are open"
        await asyncio.sleep(LOOK_S)


async def crowded(folder: Path, messages: int, seconds: float) -> None:
    """Two rounds: the first warms caches and pools, the second may hardly add to what is kept."""
    async with ModelEmulator() as model, DiscordEmulator() as discord:
        model.answer_with(yes)
        # The bot's share of a whole Discord is no matter here; each thread's own limits stay.
        discord.limits.everything.limit = Limit(10_000, 1.0)
        crowd = Crowd(
            discord, tuple(discord.thread(discord.general, f"t{number}") for number in range(THREADS))
        )
        settings = {**discord_settings(discord), **model_settings(model), "TAMPU_TURNS_PER_HOUR": "0"}
        async with running(environment(folder / "data", **settings)) as product, gauged(product) as gauge:
            quiet = gauge.files
            await crowd.ask(messages)
            await crowd.in_order(seconds)
            first = replace(gauge)
            await crowd.ask(messages)
            await crowd.in_order(seconds)
            gauge.look()
            assert gauge.most_rss < MOST_RSS
            assert gauge.rss - first.rss < MOST_ADDED
            assert gauge.most_files < MOST_FILES
            await at_rest(gauge, quiet + FILES_ADDED)
        assert discord.limits.refused == 0
        assert len(model.journal) == 2 * messages * THREADS


async def test_a_hundred_threads_at_once(tmp_path: Path) -> None:
    await crowded(tmp_path, MESSAGES, ROUND_S)
