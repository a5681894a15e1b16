"""Model and tools in turns until there is an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from core.conversation.calling import Calling
from core.conversation.context import Context, for_next_call, halved
from core.conversation.voices import Voice
from core.errors import ContextOverflow
from core.ports import Clock, Toolbox
from core.storage import Turn, TurnStore
from core.transcript import (
    Finish,
    Finished,
    Message,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    ToolSpec,
    Usage,
)
from core.window import FRAME, LEAST_OUTPUT, weight_of, weight_of_tools

ROUNDS = 5
PARAGRAPH = "\n\n"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Spoken:
    """How the model's answer ended, and what all its calls used.

    ``is_silent`` says that nothing was said behind the last tool. ``model`` names who answered, where
    that may have been another than the first.
    """

    reason: Finish
    usage: Usage | None
    is_silent: bool
    model: str = ""


@dataclass(frozen=True, slots=True)
class Ears:
    """What the loop tells and hears while it runs.

    ``say`` takes each piece of visible text, ``think`` each piece of reasoning. ``more`` returns what the
    person has added since, as messages and their pictures.
    """

    say: Callable[[str], None]
    think: Callable[[str], None]
    more: Callable[[], Awaitable[Context]]


class Loop:
    """Streams the model and runs the tools that it asks for, each written down before it runs."""

    def __init__(self, toolbox: Toolbox, store: TurnStore, clock: Clock) -> None:
        self._toolbox = toolbox
        self._store = store
        self._clock = clock

    async def run(self, turn: Turn, context: Context, voice: Voice, ears: Ears) -> Spoken:
        """Answer. Raises ``ModelError``; what was said by then was said."""
        calling = Calling(turn, self._toolbox, self._store, self._clock)
        context = context.with_messages(await calling.take_up())
        usage: Usage | None = None
        for left in range(ROUNDS, 0, -1):
            context = for_next_call(context, voice.info, voice.counter)
            context, text, finished = await self._round(context, voice, ears, with_tools=left > 1)
            usage = _sum(usage, finished.usage)
            if finished.reason is not Finish.TOOL_CALLS or not finished.calls:
                return Spoken(finished.reason, usage, is_silent=not text.strip(), model=finished.model)
            if text.strip():
                ears.say(PARAGRAPH)
            called = await calling.run(text, finished.calls)
            context = context.with_messages(called).joined_by(await ears.more())
        return Spoken(Finish.STOP, usage, is_silent=True)

    async def _round(
        self, context: Context, voice: Voice, ears: Ears, *, with_tools: bool
    ) -> tuple[Context, str, Finished]:
        """Call the model; once more with half of it when the server finds the whole too long."""
        heard: list[str] = []
        try:
            finished = await _speak(_request(context, voice, with_tools=with_tools), voice, ears, heard)
        except ContextOverflow:
            if heard:
                raise
            log.warning("turn.halved", messages=len(context.messages))
            context = halved(context, voice.counter)
            finished = await _speak(_request(context, voice, with_tools=with_tools), voice, ears, heard)
        return context, "".join(heard), finished


def _request(context: Context, voice: Voice, *, with_tools: bool) -> ModelRequest:
    # Without tools in the last round the model has to answer.
    tools = context.tools if voice.info.tools and with_tools else ()
    return ModelRequest(
        context.messages,
        tools,
        context.images,
        max_tokens=_room(context.messages, tools, voice),
        temperature=voice.temperature,
    )


async def _speak(request: ModelRequest, voice: Voice, ears: Ears, heard: list[str]) -> Finished:
    finished = Finished(Finish.STOP)
    stream = voice.model.stream(request)
    try:
        async for event in stream:
            if isinstance(event, TextDelta):
                heard.append(event.text)
                ears.say(event.text)
            elif isinstance(event, ReasoningDelta):
                ears.think(event.text)
            else:
                finished = event
    finally:
        await stream.aclose()
    return finished


def _room(messages: tuple[Message, ...], tools: tuple[ToolSpec, ...], voice: Voice) -> int:
    """Tokens for the answer: servers refuse a request that asks for more than the window has left."""
    used = weight_of(messages, voice.counter) + weight_of_tools(tools, voice.counter)
    left = voice.info.window - FRAME - used
    return min(voice.info.max_output, max(left, LEAST_OUTPUT))


def _sum(before: Usage | None, more: Usage | None) -> Usage | None:
    if before is None or more is None:
        return before or more
    return replace(
        before,
        prompt_tokens=before.prompt_tokens + more.prompt_tokens,
        completion_tokens=before.completion_tokens + more.completion_tokens,
    )
