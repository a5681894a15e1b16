"""A model server that does what a test tells it, on a real socket.

    async with ModelEmulator() as model:
        model.say("Hello!", delay_s=0.01)      # the next answer
        model.fail(429, headers={"Retry-After": "3"})   # the one after that
        ...                                    # point the product at model.url (it ends in /v1)
        assert model.journal[0].ask.last_user_text == "hi"

Answers are used in the order in which they were queued. When none is left, ``answer_with``'s callable
decides; without one it echoes ``You said: <last user text>``. It runs in the test's own loop, and other
processes may connect to it.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.emulators.model_script import (
    DONE,
    Ask,
    Drop,
    Hold,
    Pause,
    Reply,
    Send,
    Step,
    called,
    closing,
    event,
    failed,
    opening,
    said,
    tokens,
    whole,
)

Answerer = Callable[[Ask], Reply]


@dataclass(frozen=True, slots=True)
class Call:
    """One request for an answer. Times are ``time.monotonic()``; ``None`` while it has not happened.

    ``disconnected``: the client went away before the answer was over.
    """

    ask: Ask
    started_at: float
    first_token_at: float | None
    ended_at: float | None
    disconnected: bool


class _Record:
    """A call while it is going on."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.started_at = time.monotonic()
        self.first_token_at: float | None = None
        self.ended_at: float | None = None
        self.disconnected = False
        self.dropped = False

    def snapshot(self) -> Call:
        return Call(self.ask, self.started_at, self.first_token_at, self.ended_at, self.disconnected)


def echo(ask: Ask) -> Reply:
    return said(f"You said: {ask.last_user_text}")


class ModelEmulator:
    """See the module. ``models`` and ``key`` may be set at any time; a set ``key`` is demanded.

    ``counted`` are the tokens of every request, as vLLM's ``/tokenize`` says; ``None`` where there is none.
    """

    def __init__(self, models: tuple[str, ...] = ("emulated-llama",), key: str | None = None) -> None:
        self.models = models
        self.key = key
        self.model_lists_asked = 0
        self.counted: int | None = None
        self._queue: deque[Reply] = deque()
        self._models_replies: deque[Reply] = deque()
        self._answerer: Answerer = echo
        self._records: list[_Record] = []
        self._changed = asyncio.Event()
        self._stopping = False
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/tokenize", self._tokenize)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def journal(self) -> tuple[Call, ...]:
        """Every request for an answer so far, in the order of arrival."""
        return tuple(record.snapshot() for record in self._records)

    # What the next answers are.

    def reply(self, reply: Reply) -> None:
        """Queue any reply; the methods below are the usual ones."""
        self._queue.append(reply)

    def answer_with(self, answerer: Answerer) -> None:
        """Decide by the request, whenever nothing is queued: ``lambda ask: said("...")``."""
        self._answerer = answerer

    def say(
        self,
        text: str,
        *,
        delay_s: float = 0.0,
        first_token_s: float = 0.0,
        chunk: int = 4,
        finish: str = "stop",
    ) -> None:
        """Stream the text, ``chunk`` characters a token, ``delay_s`` seconds between tokens."""
        self.reply(said(text, delay_s=delay_s, first_token_s=first_token_s, size=chunk, finish=finish))

    def say_held(self, before: str, after: str) -> asyncio.Event:
        """Stream ``before``, wait until the returned event is set, then stream ``after`` and finish."""
        hold = Hold()
        self.reply(Reply((*opening(), *tokens(before), hold, *tokens(after), *closing())))
        return hold.gate

    def call_tool(self, name: str, arguments: Mapping[str, object] | str, *, text: str = "") -> None:
        """Ask for one tool; ``arguments`` as text go out as they are."""
        self.reply(called((name, arguments), text=text, prefix=f"call{len(self._records)}{len(self._queue)}"))

    def call_tools(self, *calls: tuple[str, Mapping[str, object] | str]) -> None:
        """Ask for several tools at once."""
        self.reply(called(*calls, prefix=f"call{len(self._records)}{len(self._queue)}"))

    # What goes wrong.

    def fail(self, status: int, body: object = None, headers: Mapping[str, str] | None = None) -> None:
        """Answer with an HTTP error (text bodies go out as HTML, ``None`` as OpenAI's error shape)."""
        self.reply(failed(status, body, headers))

    def cut(self, text: str = "", *, after: int = 0) -> None:
        """Close the connection after ``after`` characters of the text."""
        self.reply(Reply((*opening(), *tokens(text[:after]), Drop())))

    def end_without_finish(self, text: str, *, done: bool = False) -> None:
        """End the stream cleanly, but without a finish_reason."""
        self.reply(Reply((*opening(), *tokens(text), *((DONE,) if done else ()))))

    def stall(self, text: str) -> None:
        """Send the text, then nothing more; the connection stays open."""
        self.reply(Reply((*opening(), *tokens(text), Hold())))

    def hang(self) -> None:
        """Take the request and never answer, not even with a status."""
        self.reply(Reply((Hold(),)))

    def garbage(self, text: str = "") -> None:
        """An event that is not JSON."""
        self.reply(Reply((*opening(), *tokens(text), Send(b"data: {]<oops>\n\n"), *closing())))

    def error_event(self, text: str = "", body: object = None) -> None:
        """An error inside the stream, followed by ``[DONE]`` as vLLM does it."""
        error = {"error": {"message": "emulated engine failure", "type": "server_error", "code": 500}}
        self.reply(Reply((*opening(), *tokens(text), event(error if body is None else body), DONE)))

    def error_in_200(self, body: object) -> None:
        """HTTP 200 with a JSON error, as OpenRouter does it."""
        self.reply(Reply(failed(200, body).steps, content_type="application/json"))

    def comments(self, seconds: float, text: str, *, every_s: float = 0.05) -> None:
        """Keep-alive comments for some seconds, then the text."""
        beat: tuple[Step, ...] = (Send(b": PROCESSING\n\n"), Pause(every_s))
        self.reply(Reply((*(beat * round(seconds / every_s)), *said(text).steps)))

    def say_whole(self, text: str) -> None:
        """Ignore ``stream: true``: one JSON object."""
        self.reply(whole(text))

    def say_without_usage(self, text: str) -> None:
        """A well-formed answer from a server that does not count."""
        self.reply(said(text, with_usage=False))

    def fail_models(self, status: int, body: object = None, headers: Mapping[str, str] | None = None) -> None:
        """The next GET /models fails."""
        self._models_replies.append(failed(status, body, headers))

    # Waiting for it.

    async def arrived(self, count: int = 1, timeout_s: float = 10.0) -> tuple[Call, ...]:
        """Wait until ``count`` requests have arrived. Raises ``TimeoutError``."""
        return await self.until(lambda calls: len(calls) >= count, timeout_s)

    async def ended(self, count: int = 1, timeout_s: float = 10.0) -> tuple[Call, ...]:
        """Wait until ``count`` requests are over, well or not. Raises ``TimeoutError``."""
        return await self.until(
            lambda calls: sum(call.ended_at is not None for call in calls) >= count, timeout_s
        )

    async def until(
        self, what: Callable[[tuple[Call, ...]], bool], timeout_s: float = 10.0
    ) -> tuple[Call, ...]:
        """Wait until the journal is as wanted. Raises ``TimeoutError``."""
        async with asyncio.timeout(timeout_s):
            while not what(self.journal):
                self._changed.clear()
                await self._changed.wait()
        return self.journal

    # The server.

    async def _models(self, request: web.Request) -> web.StreamResponse:
        self.model_lists_asked += 1
        if self._models_replies:
            return await self._play(request, self._models_replies.popleft(), None)
        if not self._may(request):
            return await self._play(request, failed(401), None)
        listed = [{"id": name, "object": "model", "created": 1, "owned_by": "tests"} for name in self.models]
        return web.json_response({"object": "list", "data": listed})

    async def _tokenize(self, _request: web.Request) -> web.Response:
        if self.counted is None:
            return web.json_response({"detail": "Not Found"}, status=404)
        return web.json_response({"count": self.counted, "max_model_len": 1, "tokens": []})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        ask = Ask(json.loads(await request.read()), request.headers.get("Authorization", ""))
        record = _Record(ask)
        self._records.append(record)
        self._changed.set()
        try:
            return await self._play(request, self._reply_to(request, ask), record)
        except (asyncio.CancelledError, ConnectionError):
            record.disconnected = not (self._stopping or record.dropped)
            raise
        finally:
            record.ended_at = time.monotonic()
            self._changed.set()

    def _may(self, request: web.Request) -> bool:
        return self.key is None or request.headers.get("Authorization") == f"Bearer {self.key}"

    def _reply_to(self, request: web.Request, ask: Ask) -> Reply:
        if not self._may(request):
            return failed(401)
        return self._queue.popleft() if self._queue else self._answerer(ask)

    async def _play(self, request: web.Request, reply: Reply, record: _Record | None) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
        response.content_type = reply.content_type
        for step in reply.steps:
            match step:
                case Send():
                    if not response.prepared:
                        await response.prepare(request)
                    if record is not None and step.token and record.first_token_at is None:
                        record.first_token_at = time.monotonic()
                        self._changed.set()
                    await response.write(step.data)
                case Pause():
                    await asyncio.sleep(step.seconds)
                case Hold():
                    await step.gate.wait()
                case Drop():
                    await self._drop(request, record)
        if not response.prepared:
            await response.prepare(request)
        await response.write_eof()
        return response

    async def _drop(self, request: web.Request, record: _Record | None) -> None:
        if record is not None:
            record.dropped = True
        if request.transport is not None:
            request.transport.close()
        # Closing cancels this handler in the loop's next round; it must not go on writing until then.
        await asyncio.Event().wait()
