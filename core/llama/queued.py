"""A model whose requests stand in the line of their server."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from core.errors import ModelBusy, ModelError, ModelTimedOut, StreamCut
from core.llama.cooldown import Contended
from core.llama.line import Line, Place
from core.llama.unasked import Unasked
from core.ports import Model
from core.transcript import Finished, ModelEvent, ModelInfo, ModelRequest

# The server read the question, whatever became of the answer.
_READ: Final = (ModelTimedOut, StreamCut)
_CHARACTERS_A_TOKEN: Final = 3

Weigh = Callable[[ModelRequest], int]


class Queued:
    """A ``Model`` that asks when it is its turn. ``weigh`` estimates the tokens of a request's prompt.

    A request has its place from its turn to its end; the place is given back at once when the reader goes.
    """

    def __init__(self, model: Model, line: Line, weigh: Weigh) -> None:
        self._model = model
        self._line = line
        self._weigh = weigh

    async def info(self) -> ModelInfo:
        """Which model answers; asked without standing in line."""
        return await self._model.info()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer. Raises ``ModelError``, and ``WaitedTooLong`` when the turn does not come."""
        # Weighing a long conversation takes its time.
        prompt = self._weigh(request) if self._line.counts_tokens else 0
        place = await self._line.enter(prompt + request.max_tokens)
        use = _Use(prompt)
        try:
            async with aclosing(self._model.stream(request)) as events:
                async for event in events:
                    if not place.is_answered:
                        place.answered()
                    use.hear(event)
                    yield event
        except ModelError as error:
            use.failed(error)
            if isinstance(error, ModelBusy) and use.went_out and place.refused(error.retry_after):
                raise Contended(str(error), error.retry_after) from error
            raise
        finally:
            _give_back(place, use)


class _Use:
    """What a request has used so far, in tokens: counted by the server, or else guessed."""

    def __init__(self, prompt: int) -> None:
        self._prompt = prompt
        self._characters = 0
        self._counted: int | None = None
        self._refused = False
        self.went_out = True

    def hear(self, event: ModelEvent) -> None:
        if not isinstance(event, Finished):
            self._characters += len(event.text)
        elif event.usage is not None:
            self._counted = event.usage.prompt_tokens + event.usage.completion_tokens

    def failed(self, error: ModelError) -> None:
        self.went_out = not isinstance(error, Unasked)
        self._refused = not self._characters and not isinstance(error, _READ)

    @property
    def tokens(self) -> int:
        if self._counted is not None:
            return self._counted
        return 0 if self._refused else self._prompt + self._characters // _CHARACTERS_A_TOKEN


def _give_back(place: Place, use: _Use) -> None:
    place.leave(use.tokens if use.went_out else None)
