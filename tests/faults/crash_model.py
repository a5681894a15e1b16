"""The model and the tools of a scenario, at the other end of a line."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from core.transcript import (
    Finish,
    Finished,
    Message,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    Role,
    TextDelta,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
)
from tests.faults.crash_line import Line, settle
from tests.faults.crash_scenario import BETWEEN, PIECES
from tests.faults.crash_world import World
from tests.scenario.conftest import FakeToolbox

NOBODY_ASKED = "Hello?"


@dataclass(frozen=True)
class ScriptedModel:
    """Implements core.ports.Model: what the scenario has for the words that it reads, in pieces.

    With tools it calls them first, one beside the other, once for each answer.
    """

    world: World
    line: Line
    life: int

    async def info(self) -> ModelInfo:
        return ModelInfo("scripted", 8192, 1024, tools=True, vision=False, hosted=True)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        self.world.asked += 1
        unanswered = _unanswered(request.messages)
        words = [
            part.text
            for message in unanswered
            if message.role is Role.USER
            for part in message.parts
            if isinstance(part, TextPart)
        ]
        scenario, number = self.world.scenario, self.world.number
        if scenario.tools and not any(message.role is Role.TOOL for message in unanswered):
            arguments = json.dumps({"words": words})
            calls = tuple(ToolCall(f"call_{name}", name, arguments) for name in scenario.tools)
            yield Finished(Finish.TOOL_CALLS, calls, Usage(1, 1))
            return
        text = BETWEEN.join(scenario.answer(one, number, self.life) for one in words)
        text = text or NOBODY_ASKED
        size = -(-len(text) // PIECES)
        for start in range(0, len(text), size):
            await self.line.reach("a piece of the answer")
            yield TextDelta(text[start : start + size])
            await settle()
        yield Finished(Finish.STOP, usage=Usage(1, 1))


@dataclass(frozen=True)
class CountingToolbox:
    """Implements core.ports.Toolbox: what runs leaves a trace in the world."""

    world: World
    specs: tuple[ToolSpec, ...] = FakeToolbox().specs

    async def run(self, call: ToolCall) -> ToolResult:
        self.world.ran[call.name, call.arguments] += 1
        await asyncio.sleep(0)
        # As in the journal, one call makes all files of a scenario.
        files = self.world.scenario.files if call.name == self.world.scenario.tools[0] else ()
        return ToolResult(call.id, call.name, f"found {call.arguments}", files=files)


def _unanswered(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """What stands behind the last answer."""
    answers = [
        at
        for at, message in enumerate(messages)
        if message.role is Role.ASSISTANT and not any(isinstance(part, ToolCall) for part in message.parts)
    ]
    return messages[answers[-1] + 1 if answers else 0 :]
