"""The model behind an OpenAI-compatible server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

import httpx

from core.errors import ModelError, ModelMissing, ModelRejected, ModelUnreachable, NoVision
from core.llama.answer import Answer
from core.llama.blot import blot
from core.llama.connection import Connection
from core.llama.endpoint import CHAT_PATH, Deadlines, Endpoint
from core.llama.known import DEFAULT_WINDOW, Facts, facts_of
from core.llama.patience import Patience
from core.llama.reading import read_answer
from core.llama.shapes import NOTHING, Object, as_list, as_object, as_text
from core.llama.wire import Saying, encode
from core.transcript import ModelEvent, ModelInfo, ModelRequest

__all__ = ["Deadlines", "Endpoint", "Facts", "LlamaClient"]

_LIST_SECONDS: Final = 10.0
_NAMES_SHOWN: Final = 10
_NO_FACTS: Final = Facts()


class LlamaClient:
    """A model server, as the core's ``Model``.

    ``facts`` overrule what is known of the model by its name. ``http`` is used and left open when it is
    given; else the client has its own, which ``aclose`` closes.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - a frozen value
        facts: Facts = _NO_FACTS,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._deadlines = deadlines
        self._facts = facts
        self._connection = Connection(endpoint, deadlines, http)
        self._name = endpoint.model
        self._naming = asyncio.Lock()
        self._counts = True
        self._blind = False

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()

    async def offered(self) -> tuple[str, ...]:
        """The ids of the server's models, as ``GET /models`` lists them. Raises ``ModelError``."""
        seconds = min(_LIST_SECONDS, self._deadlines.first)
        patience = Patience(replace(self._deadlines, first=seconds, total=seconds))
        try:
            body = await self._connection.get("/models", patience)
        except ModelMissing as error:
            raise ModelUnreachable(
                f"{self._endpoint.origin} has no /models there ({error}); does LLAMA_BASE_URL end in /v1?"
            ) from error
        # OpenAI's shape, llama.cpp's and Ollama's second one, and Together's bare list.
        listed = (
            as_list(body) or as_list(as_object(body).get("data")) or as_list(as_object(body).get("models"))
        )
        return tuple(filter(None, map(_id, listed)))

    async def info(self) -> ModelInfo:
        """Which model answers. Raises ``ModelError``; ``ModelMissing`` lists the choice if there is one."""
        name = await self._model()
        facts = self._known(name)
        window = facts.window or DEFAULT_WINDOW
        if self._facts.window is None and not self._endpoint.hosted:
            # A server of one's own rarely has the whole window, and Ollama drops what is too much silently.
            window = min(window, DEFAULT_WINDOW)
        return ModelInfo(
            name=name,
            window=window,
            max_output=min(facts.max_output or window, window // 2),
            tools=facts.tools is not False,
            vision=False if self._blind else facts.vision,
            hosted=bool(self._endpoint.api_key),
            note=facts.note,
        )

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer; see :class:`~core.ports.Model`. Raises ``ModelError``."""
        patience = Patience(self._deadlines)
        answer = Answer()
        try:
            async with (
                aclosing(await self._ask(request, patience)) as response,
                aclosing(read_answer(response, answer, patience)) as events,
            ):
                async for event in events:
                    yield event
        except ModelError as error:
            self._blind = self._blind or isinstance(error, NoVision)
            blot(error, request)
            raise
        yield answer.finished()

    async def _ask(self, request: ModelRequest, patience: Patience) -> httpx.Response:
        name = await self._model()
        thinking = self._known(name).thinking
        counts = self._counts
        body = await _encoded(request, Saying(name, counts, thinking))
        try:
            return await self._connection.post(CHAT_PATH, body, patience)
        except ModelRejected as refused:
            if not counts or "stream_options" not in str(refused):
                raise
        self._counts = False
        body = await _encoded(request, Saying(name, usage=False, thinking=thinking))
        return await self._connection.post(CHAT_PATH, body, patience)

    def _known(self, name: str) -> Facts:
        return self._facts.over(facts_of(name))

    async def _model(self) -> str:
        async with self._naming:
            if self._name is None:
                self._name = self._only(await self.offered())
            return self._name

    def _only(self, names: tuple[str, ...]) -> str:
        if len(names) == 1:
            return names[0]
        if not names:
            raise ModelMissing(f"{self._endpoint.origin} offers no model; set LLAMA_MODEL")
        more = ", ..." if len(names) > _NAMES_SHOWN else ""
        shown = ", ".join(names[:_NAMES_SHOWN])
        raise ModelMissing(f"{self._endpoint.origin} offers {shown}{more}; set LLAMA_MODEL to one of them")


async def _encoded(request: ModelRequest, saying: Saying) -> bytes:
    if request.images:
        return await asyncio.to_thread(encode, request, saying)
    return encode(request, saying)


def _id(entry: object) -> str:
    known: Object = as_object(entry) or NOTHING
    return as_text(entry) or as_text(known.get("id")) or as_text(known.get("name"))
