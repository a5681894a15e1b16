"""One machine with the product on Slack, on Discord and on the page, and the people who ask there.

Judged by what the emulators' people see: in each place the answers to its questions, whole, once, in order.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.emulators.discord import Channel, DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Reply, said
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.product import Product, discord_settings, environment, model_settings, running, slack_settings

PLACES = 4
WAIT_S = 30.0
LOOK_S = 0.02
QUIET_S = 1.5
# As Slack: at once, and again and again; here within a minute instead of five.
REDELIVERIES = (0.2, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0, 10.0, 10.0, 10.0)
SENTENCE = "{id} has part {number} of its answer here."
ID = re.compile(r"\bQ\d{5}\b")


def answer_to(question: str, parts: int = 3) -> str:
    """The whole answer to a question, by its id."""
    return " ".join(SENTENCE.format(id=question, number=number) for number in range(1, parts + 1))


class Town(Protocol):
    """One platform with places, each a conversation."""

    name: str

    async def ask(self, place: int, text: str) -> None:
        """Somebody mentions the bot."""

    def shown(self, place: int) -> list[str]:
        """What the bot's messages in a place read now, oldest first."""


@dataclass
class SlackTown:
    """Each place is a thread."""

    slack: SlackEmulator
    name: str = "Slack"
    roots: dict[int, str] = field(default_factory=dict)

    async def ask(self, place: int, text: str) -> None:
        ts = await self.slack.say("U1", "C1", f"<@{BOT_USER}> {text}", thread=self.roots.get(place))
        self.roots.setdefault(place, ts)

    def shown(self, place: int) -> list[str]:
        return [seen.text for seen in self.slack.answers("C1", self.roots[place])]


@dataclass
class DiscordTown:
    """Each place is a channel."""

    discord: DiscordEmulator
    places: int = PLACES
    name: str = "Discord"
    channels: list[Channel] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.channels = [self.discord.channel(f"place-{place}") for place in range(self.places)]

    async def ask(self, place: int, text: str) -> None:
        discord = self.discord
        await discord.say(discord.ana, self.channels[place], f"{discord.bot.mention} {text}")

    def shown(self, place: int) -> list[str]:
        return [message.text for message in self.discord.said_by_bot(self.channels[place])]


@dataclass
class People:
    """Those on one platform, and what they should come to see, by place. ``first`` begins their ids."""

    town: Town
    first: int
    parts: int = 3
    asked: int = 0
    expected: dict[int, list[str]] = field(default_factory=dict)

    async def ask(self, place: int = 0, *, notice: str = "") -> None:
        """Ask in a place; a ``notice`` is what they should see instead of an answer."""
        name = f"Q{self.first + self.asked:05}"
        self.asked += 1
        self.expected.setdefault(place, []).append(notice or answer_to(name, self.parts))
        await self.town.ask(place, f"{name}: what is there to say?")

    def seen(self) -> dict[int, list[str]]:
        """What they see now."""
        return {place: self.town.shown(place) for place in self.expected}

    async def begun(self, place: int = 0, seconds: float = WAIT_S) -> None:
        """Wait until the answer to the place's newest question shows its first words."""
        await self._until(
            lambda: len(self.town.shown(place)) == len(self.expected[place]), f"begun in {place}", seconds
        )

    async def answered(self, seconds: float = WAIT_S) -> None:
        """Wait until everything is answered."""
        await self._until(lambda: self.seen() == self.expected, f"{self.expected}", seconds)

    async def _until(self, is_so: Callable[[], bool], wanted: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"{self.town.name}: {self.seen()} and not {wanted}"
            await asyncio.sleep(LOOK_S)


@dataclass
class Machine:
    """The emulators, the people, and how the product is started. ``delay_s`` is between pieces of answers."""

    slack: SlackEmulator
    discord: DiscordEmulator
    model: ModelEmulator
    people: Sequence[People]
    env: Mapping[str, str]
    delay_s: float = 0.0

    @property
    def data(self) -> Path:
        return Path(self.env["TAMPU_DATA_DIR"])

    @property
    def database(self) -> Path:
        return self.data / "tampu.db"

    def life(self, **more: str) -> AbstractAsyncContextManager[Product]:
        """``tampu run``, until the block ends."""
        return running({**self.env, **more})

    def reply(self, ask: Ask) -> Reply:
        """What the model says: the answer to the newest question."""
        names: list[str] = ID.findall(ask.last_user_text)
        return said(answer_to(names[-1], self.people[0].parts), delay_s=self.delay_s)

    async def ask(self, place: int = 0, *, notice: str = "") -> None:
        """Somebody asks on each platform."""
        for each in self.people:
            await each.ask(place, notice=notice)

    async def begun(self, place: int = 0, seconds: float = WAIT_S) -> None:
        for each in self.people:
            await each.begun(place, seconds)

    async def answered(self, seconds: float = WAIT_S) -> None:
        """Wait until everything is answered everywhere."""
        for each in self.people:
            await each.answered(seconds)

    async def all_once(self) -> None:
        """Everything is answered in full and once, and stays so for a while."""
        await asyncio.sleep(QUIET_S)
        for each in self.people:
            assert each.seen() == each.expected


@asynccontextmanager
async def machine(folder: Path, **settings: str) -> AsyncIterator[Machine]:
    """Everything around the product, which is started with :meth:`Machine.life`."""
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(ModelEmulator())
        slack = await stack.enter_async_context(SlackEmulator(retry_delays=REDELIVERIES))
        discord = await stack.enter_async_context(DiscordEmulator())
        env = environment(
            folder / "data",
            **{
                **slack_settings(slack),
                **discord_settings(discord),
                **model_settings(model),
                "TAMPU_TURNS_PER_HOUR": "0",
                "TAMPU_WEB": "127.0.0.1:0",
                **settings,
            },
        )
        people = (People(SlackTown(slack), 10_000), People(DiscordTown(discord), 20_000))
        around = Machine(slack, discord, model, people, env)
        model.answer_with(around.reply)
        yield around
