"""Model and tools in turns until there is an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from core.conversation.calling import Calling
from core.conversation.context import Context
from core.ports import Clock, Model, Toolbox
from core.storage import Turn, TurnStore
from core.transcript import (
    Finish,
    Finished,
    Message,
    ModelInfo,
    ModelRequest,
    TextDelta,
    ToolSpec,
    Usage,
)
from core.window import LEAST_OUTPUT, weight, weight_of_tools

ROUNDS = 5
PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class Spoken:
    """How the model's answer ended, and what all its calls used.

    ``is_silent`` says that nothing was said behind the last tool.
    """

    reason: Finish
    usage: Usage | None
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Ears:
    """What the loop tells and hears while it runs.

    ``say`` takes each piece of visible text. ``more`` returns what the person has added since,
    as messages and their pictures.
    """

    say: Callable[[str], None]
    more: Callable[[], Awaitable[Context]]


class Loop:
    """Streams the model and runs the tools that it asks for, each written down before it runs."""

    def __init__(self, model: Model, toolbox: Toolbox, store: TurnStore, clock: Clock) -> None:
        self._model = model
        self._toolbox = toolbox
        self._store = store
        self._clock = clock

    async def run(self, turn: Turn, context: Context, info: ModelInfo, ears: Ears) -> Spoken:
        """Answer. Raises ``ModelError``; what was said by then was said."""
        calling = Calling(turn, self._toolbox, self._store, self._clock)
        context = context.with_messages(await calling.take_up())
        usage: Usage | None = None
        for left in range(ROUNDS, 0, -1):
            # Without tools in the last round the model has to answer.
            tools = self._toolbox.specs if info.tools and left > 1 else ()
            most = _room(context.messages, tools, info)
            request = ModelRequest(context.messages, tools, context.images, max_tokens=most)
            text, finished = await self._speak(request, ears.say)
            usage = _sum(usage, finished.usage)
            if finished.reason is not Finish.TOOL_CALLS or not finished.calls:
                return Spoken(finished.reason, usage, is_silent=not text.strip())
            if text.strip():
                ears.say(PARAGRAPH)
            called = await calling.run(text, finished.calls)
            context = context.with_messages(called).joined_by(await ears.more())
        return Spoken(Finish.STOP, usage, is_silent=True)

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
