"""Model and tools in turns until there is an answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.conversation.context import Context
from core.ports import Clock, Model, Toolbox
from core.storage import Turn, TurnStore
from core.transcript import (
    Finish,
    Finished,
    Message,
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
from core.window import LEAST_OUTPUT, weight, weight_of_tools

ROUNDS = 5
PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class Spoken:
    """How the model's answer ended, and what all its calls used."""

    reason: Finish
    usage: Usage | None


class Loop:
    """Streams the model and runs the tools that it asks for, each written down before it runs."""

    def __init__(self, model: Model, toolbox: Toolbox, store: TurnStore, clock: Clock) -> None:
        self._model = model
        self._toolbox = toolbox
        self._store = store
        self._clock = clock

    async def run(self, turn: Turn, context: Context, info: ModelInfo, say: Callable[[str], None]) -> Spoken:
        """Answer. ``say`` takes each piece of visible text.

        Raises ``ModelError``; what was said by then was said.
        """
        messages = context.messages
        usage: Usage | None = None
        for left in range(ROUNDS, 0, -1):
            # Without tools in the last round the model has to answer.
            tools = self._toolbox.specs if info.tools and left > 1 else ()
            most = _room(messages, tools, info)
            request = ModelRequest(messages, tools, context.images, max_tokens=most)
            text, finished = await self._speak(request, say)
            usage = _sum(usage, finished.usage)
            if finished.reason is not Finish.TOOL_CALLS or not finished.calls:
                return Spoken(finished.reason, usage)
            if text.strip():
                say(PARAGRAPH)
            results = await self._run_tools(turn, finished.calls)
            said = (TextPart(text),) if text else ()
            messages = (
                *messages,
                Message(Role.ASSISTANT, (*said, *finished.calls)),
                Message(Role.TOOL, results),
            )
        return Spoken(Finish.STOP, usage)

    async def _speak(self, request: ModelRequest, say: Callable[[str], None]) -> tuple[str, Finished]:
        text = ""
        finished = Finished(Finish.STOP)
        stream = self._model.stream(request)
        try:
            async for event in stream:
                if isinstance(event, TextDelta):
                    text += event.text
                    say(event.text)
                elif isinstance(event, Finished):
                    finished = event
        finally:
            await stream.aclose()
        return text, finished

    async def _run_tools(self, turn: Turn, calls: tuple[ToolCall, ...]) -> tuple[ToolResult, ...]:
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(self._run_tool(turn, call)) for call in calls]
        except ExceptionGroup as failed:
            # One error as the caller knows it; that of a sibling would be the same store's.
            raise failed.exceptions[0] from None
        return tuple(task.result() for task in running)

    async def _run_tool(self, turn: Turn, call: ToolCall) -> ToolResult:
        await self._store.tool_started(turn, call.id, call.name, call.arguments, self._clock.now())
        result = await self._toolbox.run(call)
        await self._store.tool_ended(turn, call.id, result.text, failed=result.failed)
        return result


def _room(messages: tuple[Message, ...], tools: tuple[ToolSpec, ...], info: ModelInfo) -> int:
    """Tokens for the answer: servers refuse a request that asks for more than the window has left."""
    left = info.window - sum(map(weight, messages)) - weight_of_tools(tools)
    return min(info.max_output, max(left, LEAST_OUTPUT))


def _sum(before: Usage | None, more: Usage | None) -> Usage | None:
    if before is None or more is None:
        return before or more
    return replace(
        before,
        prompt_tokens=before.prompt_tokens + more.prompt_tokens,
        completion_tokens=before.completion_tokens + more.completion_tokens,
    )
