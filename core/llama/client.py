"""The model behind a server that speaks OpenAI's dialect or Meta's own."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Final

import httpx
import structlog

from core.errors import ModelError, ModelRejected, NoVision
from core.llama.answer import Answer
from core.llama.blot import blot
from core.llama.connection import Connection
from core.llama.counting import TokenCounting, yardstick
from core.llama.dialect import Reading
from core.llama.endpoint import CHAT_PATH, Deadlines, Endpoint
from core.llama.fitting import fitted
from core.llama.identity import Acquaintance, Identity, Knowledge
from core.llama.known import Facts
from core.llama.loaded import LoadedContext
from core.llama.native import encode_native
from core.llama.native_answer import NativeAnswer
from core.llama.offer import shown_name
from core.llama.patience import Patience
from core.llama.profile import Profile
from core.llama.reading import read_answer
from core.llama.server_counter import ServerCounter
from core.llama.template_safety import neutralised
from core.llama.textcalls_answer import AnswerText
from core.llama.tokenizers import installed_counter
from core.llama.wire import Saying, encode
from core.llama.yielding import worded, yielded
from core.transcript import FilePart, ModelEvent, ModelInfo, ModelRequest, TextDelta
from core.truncation import is_truncated, truncation_note

__all__ = ["Deadlines", "Endpoint", "Facts", "Knowledge", "LlamaClient"]

# A refused request is sent again without what was refused, and that may happen for one thing after another.
_YIELDS: Final = 4
# Characters of which a look takes longer than the loop should be held up.
_LONG: Final = 20_000
# What guesses are corrected by is learned soon, and then only now and then.
_LESSONS: Final = 12
_LESSON_EVERY: Final = 10

_log = structlog.get_logger(__name__)


class LlamaClient:
    """A model server, as the core's ``Model``.

    ``http`` is used and left open when it is given; else the client has its own, which ``aclose`` closes.
    ``observe`` takes the headers of each response to a question.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - a frozen value
        knowledge: Knowledge = Knowledge(),  # noqa: B008 - a frozen value
        http: httpx.AsyncClient | None = None,
        observe: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._deadlines = deadlines
        self._connection = Connection(endpoint, deadlines, http, observe)
        self._loaded = LoadedContext(endpoint, http)
        self._acquaintance = Acquaintance(endpoint, self._connection, deadlines, knowledge, self._loaded)
        self._saying: Saying | None = None
        self._learned: Identity | None = None
        self._counting: TokenCounting | None = None
        self._server_counter: ServerCounter | None = None
        self._answers = 0
        self._blind = False
        self._has_warned = False

    async def aclose(self) -> None:
        """Close the connections."""
        if self._server_counter is not None:
            await self._server_counter.aclose()
        await self._loaded.aclose()
        await self._connection.aclose()

    async def offered(self) -> tuple[str, ...]:
        """The ids of the server's models, as ``GET /models`` lists them. Raises ``ModelError``."""
        return (await self._acquaintance.offer()).names

    async def info(self) -> ModelInfo:
        """Which model answers. Raises ``ModelError``; ``ModelMissing`` lists the choice if there is one."""
        identity, saying = await self._known()
        facts = identity.facts
        return ModelInfo(
            name=shown_name(identity.name),
            window=identity.window,
            max_output=min(facts.max_output or identity.window, identity.window // 2),
            tools=facts.tools is not False and saying.tools,
            vision=False if self._blind else facts.vision,
            hosted=bool(self._endpoint.api_key),
            note=facts.note,
            most_pictures=identity.profile.most_images,
        )

    async def counting(self) -> TokenCounting:
        """Count tokens as this model does. Raises ``ModelError`` while its name is not known."""
        identity, _ = await self._known()
        if self._counting is None:
            self._counting = await self._new_counting(identity)
        return self._counting

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer; see :class:`~core.ports.Model`. Raises ``ModelError``."""
        identity, _ = await self._known()
        patience = Patience(self._deadlines_of(identity.profile))
        answer: Reading = NativeAnswer() if identity.profile.native else Answer()
        text = AnswerText(frozenset() if request.schema else frozenset(spec.name for spec in request.tools))
        safe = await _safe(request)
        try:
            safe = await fitted(safe, identity.window, await self.counting())
            async with (
                aclosing(await self._ask(safe, patience)) as response,
                aclosing(read_answer(response, answer, patience)) as events,
            ):
                async for event in events:
                    if not isinstance(event, TextDelta):
                        yield event
                    elif shown := text.take(event.text):
                        yield TextDelta(shown)
            rest, finished = text.finish(answer.finished())
        except ModelError as error:
            self._blind = self._blind or isinstance(error, NoVision)
            blot(error, request)
            raise
        if rest:
            yield TextDelta(rest)
        if finished.usage is not None:
            await self._learn(safe, finished.usage.prompt_tokens, identity)
        yield finished

    async def _known(self) -> tuple[Identity, Saying]:
        identity = await self._acquaintance.identity()
        # The window may grow while it is the same server.
        kind = replace(identity, window=0)
        if self._saying is None or kind != self._learned:
            # What the server has refused before is forgotten only when it turns out to be another kind.
            self._saying = Saying(identity.name, thinking=identity.facts.thinking, profile=identity.profile)
            self._learned = kind
            self._counting = None
        return identity, self._saying

    async def _ask(self, request: ModelRequest, patience: Patience) -> httpx.Response:
        """Ask, and again without what the server refuses in a request, which is remembered."""
        _, saying = await self._known()
        for _ in range(_YIELDS):
            try:
                body = await _encoded(request, saying)
                return await self._connection.post(CHAT_PATH, body, patience)
            except ModelRejected as refused:
                if in_words := worded(str(refused), request):
                    request = in_words
                elif instead := yielded(str(refused), saying):
                    self._saying = saying = instead
                else:
                    raise
        return await self._connection.post(CHAT_PATH, await _encoded(request, saying), patience)

    def _deadlines_of(self, profile: Profile) -> Deadlines:
        """A server that loads its models on demand has more time, unless the operator set one."""
        if self._deadlines.first != Deadlines().first:
            return self._deadlines
        return replace(self._deadlines, first=max(self._deadlines.first, profile.first_event_s))

    async def _new_counting(self, identity: Identity) -> TokenCounting:
        tokenizer = await asyncio.to_thread(installed_counter, identity.name)
        self._server_counter = self._server_counter or ServerCounter(
            self._endpoint, identity.profile.token_counter
        )
        return TokenCounting(
            self._as_counted,
            yardstick(identity.name, hosted=self._endpoint.hosted, tokenizer=tokenizer),
            server=self._server_counter,
            most_pictures=identity.profile.most_images,
        )

    def _as_counted(self, request: ModelRequest) -> bytes:
        """The body without what the server has refused, as it is sent, but always in OpenAI's dialect."""
        assert self._saying is not None
        return encode(request, replace(self._saying, profile=replace(self._saying.profile, native=False)))

    async def _learn(self, request: ModelRequest, reported: int, identity: Identity) -> None:
        self._answers += 1
        if self._answers > _LESSONS and self._answers % _LESSON_EVERY:
            return
        try:
            counting = await self.counting()
        except ModelError as error:
            # The answer is whole: what is learned from it can wait.
            _log.info("model.not_learned", kind=type(error).__name__)
            return
        guess = await counting.guess(request)
        if identity.profile.truncates and not self._has_warned:
            self._has_warned = is_truncated(guess, reported, has_pictures=bool(request.images))
            if self._has_warned:
                _log.warning("model.truncates", advice=truncation_note(identity.name, guess, reported))
        if not request.images:
            counting.observe(guess, reported)


async def _safe(request: ModelRequest) -> ModelRequest:
    length = sum(len(message.text) for message in request.messages)
    has_files = any(isinstance(part, FilePart) for message in request.messages for part in message.parts)
    if has_files or length > _LONG:
        return await asyncio.to_thread(neutralised, request)
    return neutralised(request)


async def _encoded(request: ModelRequest, saying: Saying) -> bytes:
    written = encode_native if saying.profile.native else encode
    if request.images:
        return await asyncio.to_thread(written, request, saying)
    return written(request, saying)
