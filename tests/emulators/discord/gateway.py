"""Discord's gateway: sessions that outlive their sockets, sequence numbers, RESUME and its replay."""

import asyncio
import contextlib
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from aiohttp import WSMsgType, web

from tests.emulators.discord import payloads
from tests.emulators.discord.values import GatewayEntry, Intent, Json
from tests.emulators.discord.world import World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
BYTES_MAX = 4096
KNOWN_INTENTS = (1 << 26) - 1


@dataclass
class Session:
    """One bot session. ``log`` holds every dispatch as its frame; ``log[n]`` has sequence n + 1."""

    id: str
    intents: int
    log: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    socket: "Socket | None" = None
    ended: bool = False

    def wants(self, intent: int) -> bool:
        return bool(self.intents & intent)

    def dispatch(self, event: str, data: Json) -> None:
        frame = {"op": DISPATCH, "t": event, "s": len(self.log) + 1, "d": data}
        self.log.append(json.dumps(frame))
        self.news.set()


@dataclass
class Socket:
    """One connection, compressed as zlib-stream when the client asked for it."""

    wire: web.WebSocketResponse
    transport: asyncio.Transport | None
    deflate: Any = None

    async def send(self, frame: str) -> None:
        if self.deflate is None:
            await self.wire.send_str(frame)
            return
        packed = self.deflate.compress(frame.encode()) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
        await self.wire.send_bytes(packed)

    async def op(self, op: int, data: object = None) -> None:
        await self.send(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def cut(self) -> None:
        """End the connection without a word."""
        if self.transport is not None:
            self.transport.abort()


@dataclass
class SessionStarts:
    """How many IDENTIFY are left in a window of ``lasts_s`` seconds; the first one counted opens it."""

    total: int = 1000
    remaining: int = 1000
    lasts_s: float = 86_400.0
    opened: float = field(default_factory=time.monotonic)

    @property
    def reset_after_s(self) -> float:
        return max(0.0, self.opened + self.lasts_s - time.monotonic())

    def renew(self) -> None:
        if self.reset_after_s <= 0:
            self.opened, self.remaining, self.lasts_s = time.monotonic(), self.total, 86_400.0

    def take(self) -> bool:
        """Count an IDENTIFY. False when there was none left."""
        self.renew()
        self.remaining -= 1
        return self.remaining >= 0

    def payload(self) -> Json:
        """``session_start_limit`` as GET /gateway/bot gives it: ``reset_after`` is milliseconds."""
        self.renew()
        return {
            "total": self.total,
            "remaining": max(0, self.remaining),
            "reset_after": int(self.reset_after_s * 1000),
            "max_concurrency": 1,
        }


@dataclass
class Gateway:
    """The gateway's state and what a test may do to it."""

    world: World
    token: str
    url: str = ""
    heartbeat_ms: int = 41_250
    swallow_acks: bool = False
    overlap: int = 0
    repeat: int = 0
    starts: SessionStarts = field(default_factory=SessionStarts)
    identify_every_s: float = 0.0
    identified_at: float = float("-inf")
    on_token_reset: Callable[[], None] = lambda: None
    sessions: dict[str, Session] = field(default_factory=dict)
    sockets: list[Socket] = field(default_factory=list)
    journal: list[GatewayEntry] = field(default_factory=list)

    def note(self, what: str, detail: str = "") -> None:
        self.journal.append(GatewayEntry(time.monotonic(), what, detail))

    def count(self, what: str) -> int:
        """How often something happened: ``identify``, ``resume``, ``heartbeat``, ``close`` ..."""
        return sum(1 for entry in self.journal if entry.what == what)

    def publish(self, event: str, intent: int, shape: Callable[[Session], Json]) -> None:
        """Dispatch to each session that asked for ``intent``; twice while ``repeat`` is above 0."""
        times = 2 if self.repeat > 0 and event == "MESSAGE_CREATE" else 1
        self.repeat -= times - 1
        for session in self.sessions.values():
            if not session.ended and (intent == 0 or session.wants(intent)):
                for _ in range(times):
                    session.dispatch(event, shape(session))
        self.note("dispatch", event)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection from HELLO to its end."""
        wire = web.WebSocketResponse(compress=False)
        await wire.prepare(request)
        streaming = request.query.get("compress") == "zlib-stream"
        transport = request.transport if isinstance(request.transport, asyncio.Transport) else None
        socket = Socket(wire, transport, zlib.compressobj() if streaming else None)
        self.sockets.append(socket)
        self.note("open")
        try:
            await socket.op(HELLO, {"heartbeat_interval": self.heartbeat_ms})
            await self._talk(socket)
        except ConnectionError as gone:
            self.note("lost", repr(gone))
        finally:
            self.sockets.remove(socket)
            for session in self.sessions.values():
                if session.socket is socket:
                    session.socket = None
            self.note("close", str(wire.close_code))
        return wire

    async def _talk(self, socket: Socket) -> None:
        """Read the client's frames; send the session's once it has one."""
        session: Session | None = None
        sender: asyncio.Task[None] | None = None
        try:
            async for frame in socket.wire:
                if frame.type is not WSMsgType.TEXT:
                    break
                if len(frame.data.encode()) > BYTES_MAX:
                    await socket.wire.close(code=4002)
                    break
                said = json.loads(frame.data)
                if said["op"] == HEARTBEAT:
                    await self._beat(socket)
                elif said["op"] in {IDENTIFY, RESUME} and session is None:
                    session, cursor = await self._admit(socket, said)
                    if session is not None:
                        sender = asyncio.create_task(self._send(socket, session, cursor))
                elif session is None:
                    await socket.wire.close(code=4003)
        finally:
            if sender is not None:
                sender.cancel()
                await asyncio.wait([sender])

    async def _beat(self, socket: Socket) -> None:
        self.note("heartbeat")
        if not self.swallow_acks:
            await socket.op(ACK)

    async def _admit(self, socket: Socket, said: Json) -> tuple[Session | None, int]:
        """IDENTIFY or RESUME. Returns the session and how much of its log the client has."""
        data = said["d"]
        identify = said["op"] == IDENTIFY
        self.note("identify" if identify else "resume", str(data.get("intents", data.get("seq"))))
        if data.get("token") != self.token:
            await socket.wire.close(code=4004, message=b"Authentication failed.")
            return None, 0
        return await (self._identify if identify else self._resume)(socket, data)

    async def _identify(self, socket: Socket, data: Json) -> tuple[Session | None, int]:
        if not self.starts.take():
            await self._reset_token()
            return None, 0
        early = time.monotonic() < self.identified_at + self.identify_every_s
        self.identified_at = time.monotonic()
        if early:
            await socket.op(INVALID, data=False)
            return None, 0
        intents = int(data["intents"])
        if intents & ~KNOWN_INTENTS:
            await socket.wire.close(code=4013, message=b"Invalid intent(s).")
            return None, 0
        privileged = Intent.MEMBERS | Intent.PRESENCES
        privileged |= 0 if self.world.content_allowed else Intent.MESSAGE_CONTENT
        if intents & privileged:
            await socket.wire.close(code=4014, message=b"Disallowed intent(s).")
            return None, 0
        session = Session(token_hex(16), intents, socket=socket)
        self.sessions[session.id] = session
        session.dispatch("READY", self._ready(session))
        if session.wants(Intent.GUILDS) and self.world.bot_is_member and self.world.guild_available:
            session.dispatch("GUILD_CREATE", payloads.guild(self.world))
        return session, 0

    async def _reset_token(self) -> None:
        """Too many sessions were begun: all of them end, and the owner has to take a new token."""
        self.note("token_reset")
        self.token = token_hex(16)
        self.on_token_reset()
        for session in self.sessions.values():
            session.ended = True
        for socket in list(self.sockets):
            await socket.wire.close(code=4004, message=b"Authentication failed.")

    async def _resume(self, socket: Socket, data: Json) -> tuple[Session | None, int]:
        session = self.sessions.get(data.get("session_id") or "")
        if session is None or session.ended or data["seq"] > len(session.log):
            await socket.op(INVALID, data=False)
            return None, 0
        session.socket = socket
        session.dispatch("RESUMED", {"_trace": []})
        return session, max(0, data["seq"] - self.overlap)

    def _ready(self, session: Session) -> Json:
        return {
            "v": 10,
            "user": payloads.user(self.world.bot),
            "guilds": [{"id": self.world.guild_id, "unavailable": True}] if self.world.bot_is_member else [],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": self.world.bot.id, "flags": payloads.application(self.world)["flags"]},
        }

    async def _send(self, socket: Socket, session: Session, cursor: int) -> None:
        """Bring the session's log to the client from ``cursor`` on, for as long as it listens."""
        with contextlib.suppress(ConnectionError):
            while session.socket is socket:
                while cursor < len(session.log):
                    await socket.send(session.log[cursor])
                    cursor += 1
                session.news.clear()
                await session.news.wait()
