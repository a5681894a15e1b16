"""Model and tools in turns until there is an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from core import picture_phrases
from core.conversation.calling import Calling
from core.conversation.context import Context, for_next_call, halved
from core.conversation.voices import Voice
from core.errors import (
    ContextOverflow,
    ModelBroke,
    ModelError,
    ModelTimedOut,
    ModelUnreachable,
    NoPictures,
    StreamCut,
)
from core.filling import pictures_in
from core.ports import Clock
from core.storage import Turn, TurnStore
from core.transcript import (
    Finish,
    Finished,
    Message,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    ToolSpec,
)
from core.window import FRAME, LEAST_OUTPUT, weight_of, weight_of_tools

ROUNDS = 5
PARAGRAPH = "\n\n"
# What may end an answer in the middle through no fault of the question.
_BREAKS = (StreamCut, ModelBroke, ModelUnreachable, ModelTimedOut)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Spoken:
    """How the model's answer ended.

    ``is_silent`` says that nothing was said behind the last tool. ``model`` names who answered, where
    that may have been another than the first. ``misfit`` says why it is not the JSON that was asked for.
    """

    reason: Finish
    is_silent: bool
    model: str = ""
    misfit: str = ""


@dataclass(frozen=True, slots=True)
class Ears:
    """What the loop tells and hears while it runs.

    ``say`` takes each piece of visible text, ``think`` each piece of reasoning. ``mark`` returns what takes
    back everything said since. ``more`` returns what the person has added since, as messages and their
    pictures.
    """

    say: Callable[[str], None]
    think: Callable[[str], None]
    mark: Callable[[], Callable[[], None]]
    more: Callable[[], Awaitable[Context]]


class Loop:
    """Streams the model and runs the tools that it asks for, each written down before it runs."""

    def __init__(self, store: TurnStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self, turn: Turn, context: Context, voice: Voice, ears: Ears) -> Spoken:
        """Answer. Raises ``ModelError``; what was said by then was said."""
        calling = Calling(turn, voice.tools, self._store, self._clock)
        context = context.with_messages(await calling.take_up())
        for left in range(ROUNDS, 0, -1):
            context = for_next_call(context, voice.info, voice.counter)
            context, text, finished = await self._round(context, voice, ears, with_tools=left > 1)
            if finished.reason is not Finish.TOOL_CALLS or not finished.calls:
                return Spoken(finished.reason, is_silent=not text.strip(), model=finished.model)
            if text.strip():
                ears.say(PARAGRAPH)
            called = await calling.run(text, finished.calls)
            context = context.with_messages(called).joined_by(await ears.more())
        return Spoken(Finish.STOP, is_silent=True)

    async def _round(
        self, context: Context, voice: Voice, ears: Ears, *, with_tools: bool
    ) -> tuple[Context, str, Finished]:
        """Call the model, with half of the context when the server finds the whole too long.

        An answer that breaks in the middle begins once more in its place; what was said stays until the
        new one has a word.
        """
        saying = _Saying(ears)
        _require_pictures(context)
        request = _request(context, voice, with_tools=with_tools)
        try:
            finished = await _speak(request, voice, saying)
        except ContextOverflow:
            if saying.text:
                raise
            log.warning("turn.halved", messages=len(context.messages))
            context = halved(context, voice.counter)
            _require_pictures(context)
            finished = await _speak(_request(context, voice, with_tools=with_tools), voice, saying)
        except _BREAKS as error:
            if not saying.text or _is_over(error):
                raise
            log.warning("turn.restarted", kind=type(error).__name__)
            saying.restart()
            finished = await _speak(request, voice, saying)
            if saying.is_waiting and not finished.calls:
                # Half of an answer is more than an empty one.
                raise
            saying.begin_anew()
        return context, saying.text, finished


class _Saying:
    """What the model says in one round, on its way to people."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._take_back: Callable[[], None] | None = None
        self._begun = ears.mark()
        self.think = ears.think
        self.text = ""

    @property
    def is_waiting(self) -> bool:
        """Whether what was said before a restart still stands."""
        return self._take_back is not None

    def say(self, text: str) -> None:
        """Pass a piece of visible text on."""
        self.begin_anew()
        self.text += text
        self._ears.say(text)

    def restart(self) -> None:
        """Let the next word take the place of everything that was said in this round."""
        self._take_back = self._begun

    def begin_anew(self) -> None:
        """Take back what was said before a restart, if it still stands."""
        if self._take_back is not None:
            self._take_back()
            self._take_back, self.text = None, ""


def _request(context: Context, voice: Voice, *, with_tools: bool) -> ModelRequest:
    # Without tools in the last round the model has to answer.
    tools = context.tools if voice.info.tools and with_tools else ()
    return ModelRequest(
        context.messages,
        tools,
        context.images,
        max_tokens=_room(context.messages, tools, voice),
        temperature=voice.temperature,
        schema=context.schema,
    )


def _require_pictures(context: Context) -> None:
    """Raise ``NoPictures`` where words would be made up about pictures that had to go."""
    if (shown := pictures_in(context.messages)) < context.least_pictures:
        raise NoPictures(picture_phrases.only_some_fit(shown) if shown else picture_phrases.NONE_FITS)


def _is_over(error: ModelError) -> bool:
    """Whether there is no time left for another try."""
    return isinstance(error, ModelTimedOut) and error.waiting_for == "end"


async def _speak(request: ModelRequest, voice: Voice, saying: _Saying) -> Finished:
    finished = Finished(Finish.STOP)
    stream = voice.model.stream(request)
    try:
        async for event in stream:
            if isinstance(event, TextDelta):
                saying.say(event.text)
            elif isinstance(event, ReasoningDelta):
                saying.think(event.text)
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
