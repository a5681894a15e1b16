"""Socket Mode: tickets, hello, envelopes, acknowledgements, retries, refresh and drop."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.emulators.slack.journal import Ack, Delivery, Journal
from tests.emulators.slack.workspace import APP_ID, Json

MAX_SOCKETS = 10
REFRESH_GRACE = 10.0


@dataclass(slots=True)
class Envelope:
    """One payload on its way to the app. ``outcome`` is the running attempt's."""

    id: str
    type: str
    payload: Json
    outcome: asyncio.Future[Ack | None] | None = None

    @property
    def event(self) -> Json:
        event: Json = self.payload.get("event", {})
        return event

    @property
    def about(self) -> str:
        event = self.event
        changed = event.get("message", {}).get("ts") or event.get("deleted_ts")
        return str(changed or event.get("ts", ""))


@dataclass(slots=True)
class Socket:
    number: int
    ws: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    pending: dict[str, Envelope] = field(default_factory=dict)
    draining: bool = False


class Sockets:
    """All open connections of the app.

    ``ack_timeout`` is how long an envelope may wait; ``retry_delays`` the seconds before each
    redelivery (Slack's own are about 0, 60 and 300). An event that nobody took after the last
    is in ``lost``. Interactions and commands are never redelivered. The next
    ``refuse`` connections are answered 503, their tickets used up. While ``mute``, Slack loses
    every event: none is delivered, and none of them again later.
    """

    def __init__(self, journal: Journal, seed: int) -> None:
        self.ack_timeout = 3.0
        self.retry_delays: tuple[float, ...] = (0.1, 60.0, 300.0)
        self.approximate_connection_time = 18_060
        self.refuse = 0
        self.mute = False
        self.lost: list[Envelope] = []
        self.open: list[Socket] = []
        self._journal = journal
        self._tickets: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(seed)
        self._count = 0

    def ticket(self) -> str:
        """A one-time right to connect."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(ticket)
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if len(self.open) >= MAX_SOCKETS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await ws.close()
            return ws
        self._count += 1
        socket = Socket(self._count, ws, request.transport)
        self.open.append(socket)
        await ws.send_json(self._hello())
        self._journal.touch()
        sender = asyncio.create_task(self._send(socket))
        try:
            await self._read(socket)
        finally:
            sender.cancel()
            self._close(socket)
        return ws

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "connection_info": {"app_id": APP_ID},
            "debug_info": {
                "host": "applink-emulated",
                "approximate_connection_time": self.approximate_connection_time,
            },
        }

    async def _send(self, socket: Socket) -> None:
        while True:
            await socket.ws.send_str(await socket.outgoing.get())

    async def _read(self, socket: Socket) -> None:
        async for message in socket.ws:
            if message.type is WSMsgType.TEXT:
                self._take_ack(json.loads(message.data))

    def _take_ack(self, answer: Json) -> None:
        envelope_id = str(answer.get("envelope_id"))
        waiting = [s.pending.pop(envelope_id) for s in self.open if envelope_id in s.pending]
        outcome = waiting[0].outcome if waiting else None
        in_time = outcome is not None and not outcome.done()
        ack = Ack(time.monotonic(), envelope_id, answer.get("payload"), late=not in_time)
        self._journal.acks.append(ack)
        if outcome is not None and in_time:
            outcome.set_result(ack)
        self._journal.touch()

    def _close(self, socket: Socket) -> None:
        if socket in self.open:
            self.open.remove(socket)
        for envelope in socket.pending.values():
            if envelope.outcome is not None and not envelope.outcome.done():
                envelope.outcome.set_result(None)
        self._journal.touch()

    def send_event(self, payload: Json) -> None:
        """Deliver an Events API payload: now if a socket is open, again until it is acknowledged."""
        envelope = Envelope(str(uuid.uuid4()), "events_api", payload)
        if self.mute:
            self.lost.append(envelope)
            return
        first = self._put(envelope, 0, "")
        self._own(self._deliver(envelope, first))

    async def ask(self, kind: str, payload: Json) -> Ack | None:
        """Deliver a command or an interaction once; its acknowledgement, if it came within 3 s."""
        envelope = Envelope(str(uuid.uuid4()), kind, payload)
        return await self._outcome(self._put(envelope, 0, ""))

    async def _deliver(self, envelope: Envelope, first: asyncio.Future[Ack | None] | None) -> None:
        reason = "timeout" if first is not None else "no_connection"
        if await self._outcome(first) is not None:
            return
        for attempt, delay in enumerate(self.retry_delays, start=1):
            await asyncio.sleep(delay)
            if await self._outcome(self._put(envelope, attempt, reason)) is not None:
                return
        self.lost.append(envelope)
        self._journal.touch()

    async def _outcome(self, waiting: asyncio.Future[Ack | None] | None) -> Ack | None:
        if waiting is None:
            return None
        try:
            return await asyncio.wait_for(asyncio.shield(waiting), self.ack_timeout)
        except TimeoutError:
            waiting.cancel()
            return None

    def _put(self, envelope: Envelope, attempt: int, reason: str) -> asyncio.Future[Ack | None] | None:
        ready = [socket for socket in self.open if not socket.draining and not socket.ws.closed]
        if not ready:
            return None
        socket = self._random.choice(ready)
        envelope.outcome = asyncio.get_running_loop().create_future()
        socket.pending[envelope.id] = envelope
        socket.outgoing.put_nowait(json.dumps(self._wire(envelope, attempt, reason)))
        event = envelope.event
        self._journal.deliveries.append(
            Delivery(
                at=time.monotonic(),
                envelope_id=envelope.id,
                type=envelope.type,
                event_type=event.get("type", ""),
                event_id=envelope.payload.get("event_id", ""),
                ts=envelope.about,
                attempt=attempt,
                socket=socket.number,
            )
        )
        self._journal.touch()
        return envelope.outcome

    @staticmethod
    def _wire(envelope: Envelope, attempt: int, reason: str) -> Json:
        wire: Json = {
            "envelope_id": envelope.id,
            "type": envelope.type,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.type != "events_api",
        }
        if envelope.type == "events_api":
            wire |= {"retry_attempt": attempt, "retry_reason": reason}
        return wire

    async def refresh(self, *numbers: int) -> None:
        """Ask sockets to reconnect, as Slack does every few hours; nothing more is sent on them."""
        for socket in self._chosen(numbers):
            socket.draining = True
            socket.outgoing.put_nowait(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
            self._own(self._end_later(socket))

    async def _end_later(self, socket: Socket) -> None:
        await asyncio.sleep(REFRESH_GRACE)
        await socket.ws.close()

    def _chosen(self, numbers: tuple[int, ...]) -> list[Socket]:
        return [socket for socket in self.open if not numbers or socket.number in numbers]

    async def drop(self, *numbers: int) -> None:
        """Cut connections without a word."""
        for socket in self._chosen(numbers):
            self._close(socket)
            if isinstance(socket.transport, asyncio.WriteTransport):
                socket.transport.abort()

    def _own(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all deliveries and connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in list(self.open):
            await socket.ws.close()
