"""A core whose threads grow long, and a model that is asked for summaries of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files

from core.conversation.compacting import Compacting
from core.conversation.slots import Slots
from core.events import Asked
from core.llama.client import Knowledge, LlamaClient
from core.llama.endpoint import Endpoint
from core.llama.known import Facts
from core.message import Author
from core.ports import Model
from core.thread_memory import Summary
from core.window import ROUGH, Counter
from tests.emulators.model import Call
from tests.emulators.model_script import Ask, Reply, said
from tests.questions import ADA, asked
from tests.scenario.conftest import Talk

PROMPT = files("bots").joinpath("prompts", "summary.md").read_text(encoding="utf-8")
# What summaries are made for, and what answers are made with: those need none by themselves.
SMALL = Facts(window=4_096, max_output=1_024, tools=True, vision=True)
LARGE = Facts(window=131_072, max_output=1_024, tools=True, vision=True)
ANSWERED = asked("")
THREAD = ANSWERED.address


def is_for_summary(ask: Ask) -> bool:
    return ask.messages[0].text == PROMPT.strip() or ask.messages[0].text == PROMPT


def words(number: int, count: int = 60) -> str:
    return f"Point {number}: " + " ".join(f"word{number}" for _ in range(count))


@dataclass
class Summariser:
    """Answers the model's calls: summaries by their number, ``length`` words long."""

    made: int = 0
    length: int = 30
    held: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.held.set()

    def __call__(self, ask: Ask) -> Reply:
        if not is_for_summary(ask):
            return said("answer " * 40, size=100)
        self.made += 1
        return said(f"Summary {self.made}: Ada wants " + "it " * self.length, size=100)


@dataclass
class Housekeeping:
    """Summaries of a talk, made when the test wants them."""

    talk: Talk
    compacting: Compacting
    slots: Slots

    async def visit(self) -> None:
        """Look after the thread once."""
        await self.compacting._visit(ANSWERED)

    async def grow(self, numbers: range, author: Author = ADA) -> None:
        """Let somebody ask and be answered so many times."""
        for number in numbers:
            idle = len(self.talk.platform.idle)
            await self.talk.ask(asked(words(number), number=number, author=author))
            await self.talk.settled(idle + 1)

    async def summary(self) -> Summary | None:
        return (await self.talk.conversations.store.memory(THREAD, 1)).summary

    async def originals(self) -> str:
        rows = await self.talk.conversations.store.transcript(THREAD, 10_000)
        return "\n".join(row.text for row in rows)

    @property
    def summaries(self) -> tuple[Call, ...]:
        """The calls for a summary so far."""
        return tuple(call for call in self.talk.model.journal if is_for_summary(call.ask))

    @property
    def answers(self) -> tuple[Call, ...]:
        """The calls for an answer so far."""
        return tuple(call for call in self.talk.model.journal if not is_for_summary(call.ask))


@asynccontextmanager
async def housekeeping(talk: Talk, facts: Facts = SMALL) -> AsyncIterator[Housekeeping]:
    """Have summaries made of a talk's threads."""
    async with aclosing(
        LlamaClient(Endpoint(talk.model.url, "", "emulated-llama"), knowledge=Knowledge(facts))
    ) as client:
        slots = Slots(1)
        store = talk.conversations.store

        async def summariser(_answered: Asked) -> tuple[Model, Counter]:
            return client, ROUGH

        yield Housekeeping(talk, Compacting(store, summariser, slots, talk.clock, PROMPT), slots)


async def until_there(house: Housekeeping) -> None:
    """Wait until there is a summary. Raises TimeoutError."""
    async with asyncio.timeout(10):
        while await house.summary() is None:  # noqa: ASYNC110 - a store tells nobody of its rows
            await asyncio.sleep(0.005)


def read(call: Call) -> str:
    """All that the model was given to read."""
    return "\n".join(message.text for message in call.ask.messages)
