"""Random outcomes of every request, stops, cut streams and restarts: one whole answer for each question.

Judged by what people see in the end, against what is stored.
"""

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bots.model import ChosenModel
from bots.settings import Settings
from bots.wiring import Conversations, wire
from core.address import Address
from core.conversation import backoff, lanes
from core.delivery import Draft, Lookup, MessageRef, Outcome, Retry, Sent, Unknown
from core.errors import PlatformError, StreamCut
from core.library import ShownMessage
from core.memory.store import open_store
from core.transcript import Finish, Finished, ModelEvent, ModelInfo, ModelRequest, Role, TextDelta, Usage
from tests.fakes.platform import FakePlatform, Shown, fast
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import FakeToolbox

WORDS = ("tampu", "llama", "**bold**", "`code`", "*soft*", "\n\n", "\n- point", "\n```\nx = 1\n```\n", "road")
SEEDS = 24
OPENER = "**Ada asked:** "


@dataclass
class ScriptedModel:
    """Implements core.ports.Model: says what comes up, another text at every attempt."""

    rng: random.Random

    async def info(self) -> ModelInfo:
        return ModelInfo("scripted", 8192, 1024, tools=False, vision=False, hosted=False)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        for _ in range(self.rng.choice((1, 3, 10, 40, 120))):
            yield TextDelta(self.rng.choice(WORDS) + " ")
            await asyncio.sleep(0.003 if self.rng.random() < 0.3 else 0)
        if self.rng.random() < 0.1:
            raise StreamCut("cut")
        yield TextDelta("end.")
        yield Finished(Finish.STOP, usage=Usage(1, 1))


@dataclass
class Moody(FakePlatform):
    """Fails in every way that a platform may, as long as ``moods`` are left."""

    rng: random.Random = field(default_factory=random.Random)
    moods: int = 0

    def mood(self, *names: str) -> str:
        if self.moods <= 0 or self.rng.random() < 0.5:
            return "well"
        self.moods -= 1
        return self.rng.choice(names)

    async def post(self, draft: Draft) -> Outcome:
        mood = self.mood("limited", "lost", "arrived", "late")
        if mood == "limited":
            return Retry(0.0)
        if mood == "lost":
            return Unknown("reset")
        outcome = await FakePlatform.post(self, draft)
        if mood == "late":
            await asyncio.sleep(0.1)
        return outcome if mood == "well" else Unknown("reset")

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        mood = self.mood("limited", "arrived", "late")
        if mood == "limited":
            return Retry(0.0)
        outcome = await FakePlatform.edit(self, ref, text)
        if mood == "late":
            await asyncio.sleep(0.1)
        return outcome if mood == "well" else Retry(0.0)

    async def delete(self, ref: MessageRef) -> Outcome:
        if self.mood("limited") == "limited":
            return Retry(0.0)
        await FakePlatform.delete(self, ref)
        return Sent(ref.id) if self.mood("arrived") == "well" else Unknown("reset")

    async def find(self, lookup: Lookup) -> str | None:
        if self.mood("down") == "down":
            raise PlatformError("not now")
        return await FakePlatform.find(self, lookup)


@asynccontextmanager
async def running(folder: Path, model: ScriptedModel, platform: FakePlatform) -> AsyncIterator[Conversations]:
    async with open_store(folder) as store:
        conversations = wire(Settings.model_validate({}), store, ChosenModel(model, 50, ""), FakeToolbox())
        conversations.platforms[platform.name] = platform
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(conversations.lanes.run())
            for address in await store.waiting():
                conversations.lanes.wake(address)
            yield conversations
            task.cancel()


async def people(talk: Conversations, rng: random.Random, first: int) -> int:
    """Ask, stop and begin afresh for a while; how many questions it came to."""
    number = first
    for _ in range(rng.randint(0, 5)):
        thread = rng.choice(("t1", "t2", "t3"))
        opener = f"{OPENER}question {number}" if thread == "t3" else None
        author = rng.choice((ADA, BEN))
        await talk.intake.accept(
            asked(f"question {number}", number=number, thread=thread, opener=opener, author=author)
        )
        number += 1
        if rng.random() < 0.2:
            await asyncio.sleep(0.01)
            await talk.intake.command("stop", asked("", thread=thread).address, ADA, "")
    await asyncio.sleep(rng.choice((0.0, 0.003, 0.02, 0.05, 0.1)))
    return number - first


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_every_question_has_one_whole_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(backoff, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(backoff, "LONGEST_PAUSE_S", 0.004)
    monkeypatch.setattr(lanes, "STORE_PAUSE_S", 0.01)
    rng = random.Random(seed)
    platform = Moody(capabilities=fast(rng.choice((60, 120, 2000))), rng=rng, moods=rng.randint(5, 40))
    model = ScriptedModel(rng)
    asked_in_all = 0
    for _ in range(rng.randint(1, 4)):
        async with running(tmp_path, model, platform) as talk:
            asked_in_all += await people(talk, rng, asked_in_all)
    platform.moods = 0
    async with running(tmp_path, model, platform) as talk:
        deadline = time.monotonic() + 20
        while await talk.store.waiting():
            assert time.monotonic() < deadline, "a lane is stuck"
            await asyncio.sleep(0.005)
        answered = [
            await judged(talk, platform, asked("", thread=thread).address) for thread in ("t1", "t2", "t3")
        ]
    assert sum(answered) == asked_in_all


async def judged(talk: Conversations, platform: FakePlatform, address: Address) -> int:
    """Hold what a thread shows against its rows; how many questions they answer."""
    rows = await talk.store.messages(address)
    answers = [row for row in rows if row.role is not Role.USER]
    shown = [message for message in platform.messages.values() if message.draft.address == address]
    assert list(dict.fromkeys(message.draft.turn for message in shown)) == [row.turn for row in answers]
    for answer in answers:
        of_it = [message for message in shown if message.draft.turn == answer.turn]
        if address.thread == "t3":
            assert of_it.pop(0).text.startswith(OPENER)
        assert_whole(answer, of_it)
    questions = [row.text for row in rows if row.role is Role.USER]
    assert questions == sorted(questions, key=lambda text: int(text.split()[1]))
    return len(questions)


def assert_whole(answer: ShownMessage, messages: list[Shown]) -> None:
    """The words that are seen are those that are stored, and at most a mark behind them."""
    seen = re.findall(r"\w+", " ".join(message.text for message in messages))
    stored = re.findall(r"\w+", answer.text)
    mark = seen[len(stored) :]
    assert seen[: len(stored)] == stored
    assert mark[:1] in ([], ["stopped"], ["The"]), mark
