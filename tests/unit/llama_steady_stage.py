"""A model by script, in a time that jumps: what the wrappers around a model are tried with."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

from core.errors import ModelError
from core.llama.line import ASKER
from core.ports import Model
from core.transcript import (
    Finish,
    Finished,
    Image,
    ImagePart,
    Message,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    ReasoningDelta,
    Role,
    TextDelta,
    TextPart,
    Usage,
)
from tests.faults.stateful_time import JumpingClock, JumpingLoop

_T = TypeVar("_T")
Step = ModelEvent | ModelError | float
WHOLE: tuple[Step, ...] = (TextDelta("Hello"), Finished(Finish.STOP, usage=Usage(10, 5)))
THINKING = ReasoningDelta("hm")


def live(story: Callable[[JumpingClock], Awaitable[_T]]) -> _T:
    """Run a story in a time that jumps from one timer to the next; waiting for nothing is a failure."""
    loops: list[JumpingLoop] = []

    def make() -> JumpingLoop:
        loops.append(JumpingLoop())
        return loops[0]

    async def run() -> _T:
        return await story(JumpingClock(loops[0]))

    with asyncio.Runner(loop_factory=make) as runner:
        result = runner.run(run())
        assert loops[0].wrong == []
    return result


def asking(*, picture: bool = False, max_tokens: int = 100) -> ModelRequest:
    part = ImagePart("ab" * 32, "image/png", 1, 1, "llama.png")
    parts = (TextPart("hi"), part) if picture else (TextPart("hi"),)
    images = ((part.sha256, Image("image/png", b"bytes")),) if picture else ()
    return ModelRequest((Message(Role.USER, parts),), images=images, max_tokens=max_tokens)


class ScriptedModel:
    """Implements core.ports.Model: a script for each call, the last one again and again.

    A number is a pause in seconds. ``at`` has the time at which each call began, ``open`` how many are
    under way, ``most_open`` how many there ever were together, and ``askers`` who asked.
    """

    def __init__(
        self,
        *scripts: tuple[Step, ...],
        name: str = "scripted",
        vision: bool | None = None,
        tools: bool = True,
        max_output: int = 1000,
    ) -> None:
        self.about = ModelInfo(name, 8000, max_output, tools, vision, hosted=False)
        self.info_failures: list[ModelError] = []
        self.requests: list[ModelRequest] = []
        self.at: list[float] = []
        self.askers: list[str] = []
        self.open = 0
        self.most_open = 0
        self._scripts = list(scripts) or [WHOLE]

    async def info(self) -> ModelInfo:
        if self.info_failures:
            raise self.info_failures.pop(0)
        return self.about

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        self.requests.append(request)
        self.askers.append(ASKER.get())
        self.at.append(asyncio.get_running_loop().time())
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            for step in script:
                if isinstance(step, ModelError):
                    raise step
                if isinstance(step, int | float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.open -= 1


async def read(model: Model, request: ModelRequest | None = None) -> list[ModelEvent]:
    async with aclosing(model.stream(request or asking())) as events:
        return [event async for event in events]
