"""The server-sent events of one tab."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from adapters.web.hub import Hub, Phase, TooManyTabs

KEEP_ALIVE = 15.0
_SHORTEST_PAUSE = 1 / 15
_LONGEST_PAUSE = 1.0
# Drawing and sending may take a quarter of the time, however long the answer has grown.
_PAUSE_PER_WORK = 3.0


class EventStream:
    """An answer to ``GET /api/events``.

    Events: ``state`` {answering}; ``changed`` (read the conversation again); ``list`` (read the list
    of conversations again); ``live`` {turn, start, blocks}: from block ``start`` on, the answer
    now reads so. After a reconnect everything is said from the beginning.
    """

    def __init__(self, hub: Hub, conversation: str, keep_alive: float = KEEP_ALIVE) -> None:
        self._hub = hub
        self._conversation = conversation
        self._keep_alive = keep_alive
        self._answering: bool | None = None
        self._changes: int | None = None
        self._list_changes: int | None = None
        self._shown: dict[str, tuple[str, ...]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the tab or the page goes away."""
        try:
            with self._hub.watch(self._conversation) as bell:
                async with asyncio.TaskGroup() as group:
                    gone = group.create_task(_until_gone(receive))
                    pump = group.create_task(self._pump(bell, send))
                    await asyncio.wait({gone, pump}, return_when=asyncio.FIRST_COMPLETED)
                    gone.cancel()
                    pump.cancel()
        except TooManyTabs:
            sentence = "Too many tabs are open on this page. Close one and reload."
            refusal = JSONResponse({"error": "tabs", "message": sentence}, HTTPStatus.SERVICE_UNAVAILABLE)
            await refusal(scope, receive, send)

    async def _pump(self, bell: asyncio.Event, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]
        # A tab that closes while something is on its way is how every stream ends.
        with contextlib.suppress(OSError):
            await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
            while not self._hub.closed:
                bell.clear()
                began = time.monotonic()
                await _write(send, "".join([*self._news(), *[news async for news in self._live()]]))
                spent = time.monotonic() - began
                await asyncio.sleep(min(max(_SHORTEST_PAUSE, spent * _PAUSE_PER_WORK), _LONGEST_PAUSE))
                await self._wait(bell, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _wait(self, bell: asyncio.Event, send: Send) -> None:
        while not bell.is_set():
            try:
                async with asyncio.timeout(self._keep_alive):
                    await bell.wait()
            except TimeoutError:
                await _write(send, ": still here\n\n")

    def _news(self) -> Iterator[str]:
        room = self._hub.room(self._conversation)
        answering = room.phase is not Phase.IDLE
        if answering != self._answering:
            self._answering = answering
            yield _event("state", {"answering": answering})
        if room.changes != self._changes:
            self._changes = room.changes
            yield _event("changed", {})
        if self._hub.list_changes != self._list_changes:
            self._list_changes = self._hub.list_changes
            yield _event("list", {})

    async def _live(self) -> AsyncIterator[str]:
        answers = dict(self._hub.room(self._conversation).answers)
        self._shown = {turn: blocks for turn, blocks in self._shown.items() if turn in answers}
        for turn, answer in answers.items():
            blocks = await answer.blocks()
            before = self._shown.get(turn)
            if blocks != before:
                start = _common(before or (), blocks)
                self._shown[turn] = blocks
                yield _event("live", {"turn": turn, "start": start, "blocks": blocks[start:]})


def _common(before: tuple[str, ...], now: tuple[str, ...]) -> int:
    """How many blocks at the beginning are the same."""
    same = 0
    for old, new in zip(before, now, strict=False):
        if old != new:
            break
        same += 1
    return same


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


async def _write(send: Send, text: str) -> None:
    if text:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
