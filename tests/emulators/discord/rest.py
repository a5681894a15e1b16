"""The front of Discord's REST API: who calls, limits, faults, the journal, errors in Discord's shape."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.emulators.discord.faults import Fault, Faults
from tests.emulators.discord.limits import Limits, Taken
from tests.emulators.discord.values import Entry, Json, Refusal

PREFIX = "/api/v10"
UPLOAD = re.compile(r"^files\[(\d+)\]$")
ALWAYS = {"Via": "1.1 emulator"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read: ``body`` is the JSON (or ``payload_json``), ``files`` are (name, bytes, mime)."""

    method: str
    path: str
    route: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    files: tuple[tuple[str, bytes, str], ...]
    authorization: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: ``data`` as JSON, or no body at all for 204. ``message_id`` goes to the journal."""

    data: object = None
    status: int = 200
    message_id: str | None = None


Handler = Callable[[Call], Awaitable[Reply]]


@dataclass
class Front:
    """Every request passes here on its way to its handler."""

    token: str
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    journal: list[Entry] = field(default_factory=list)

    def mount(self, app: web.Application, routes: Mapping[tuple[str, str], Handler]) -> None:
        """Serve ``routes``, keyed by method and pattern; everything else under the prefix is 404."""
        for (method, pattern), handler in routes.items():
            app.router.add_route(method, PREFIX + pattern, self._served(pattern, handler))
        app.router.add_route("*", PREFIX + "/{tail:.*}", self._served("/{tail}", not_found))

    def _served(self, pattern: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            call = await read(request, pattern)
            return await self._answer(request, call, handler)

        return serve

    async def _answer(self, request: web.Request, call: Call, handler: Handler) -> web.Response:
        arrived = time.monotonic()
        taken = self.limits.take(call.method, call.route, major(call))
        fault = None if taken.wait else self.faults.take(call.method, call.path)
        if fault is not None and fault.delay and not fault.after_effect:
            await asyncio.sleep(fault.delay)
        effect = not taken.wait and (fault is None or fault.after_effect or not (fault.status or fault.reset))
        reply = await self._handled(call, handler) if effect else Reply()
        message_id, code = reply.message_id, error_code(reply)
        if taken.wait:
            reply = limited(taken)
        if fault is not None:
            if fault.delay and fault.after_effect:
                await asyncio.sleep(fault.delay)
            reply = faulty(fault, reply)
        if reply.status in {401, 403, 429}:
            self.limits.invalid += 1
        cut = fault is not None and fault.reset
        self.journal.append(
            Entry(
                at=arrived,
                done=time.monotonic(),
                method=call.method,
                route=call.route,
                path=call.path,
                body=call.body,
                status=0 if cut else reply.status,
                code=code,
                message_id=message_id,
                effect=effect and reply.status != 401,
                fault=fault is not None,
            )
        )
        if cut and isinstance(request.transport, asyncio.Transport):
            request.transport.abort()
        extra = dict(fault.headers) if fault else {}
        return as_response(reply, {**ALWAYS, **taken.headers, **extra})

    async def _handled(self, call: Call, handler: Handler) -> Reply:
        """Run the handler when the caller may call it."""
        open_to_all = call.route == "/gateway" or call.route.startswith(("/interactions/", "/webhooks/"))
        if not open_to_all and call.authorization != f"Bot {self.token}":
            return Reply({"message": "401: Unauthorized", "code": 0}, 401)
        try:
            return await handler(call)
        except Refusal as refusal:
            return Reply(refusal.body, refusal.status)


async def read(request: web.Request, pattern: str) -> Call:
    """Take a request apart: JSON, or multipart with ``payload_json`` and ``files[n]``."""
    body: Any = None
    files: list[tuple[str, bytes, str]] = []
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            content = bytes(await part.read())
            if part.name == "payload_json":
                body = json.loads(content)
            elif UPLOAD.match(part.name or ""):
                mime = part.headers.get("Content-Type", "application/octet-stream")
                files.append((part.filename or "file", content, mime))
    elif request.can_read_body:
        try:
            body = json.loads(await request.read())
        except ValueError:
            body = "not JSON"
    return Call(
        method=request.method,
        path=request.path.removeprefix(PREFIX),
        route=pattern,
        params=dict(request.match_info),
        query=dict(request.query),
        body=body,
        files=tuple(files),
        authorization=request.headers.get("Authorization", ""),
    )


async def not_found(call: Call) -> Reply:
    """An endpoint that the emulator does not have."""
    return Reply({"message": f"404: Not Found ({call.method} {call.path})", "code": 0}, 404)


def major(call: Call) -> str:
    """The resource that a bucket belongs to."""
    return call.params.get("channel") or call.params.get("token") or call.params.get("application") or ""


def limited(taken: Taken) -> Reply:
    body: Json = {
        "message": "You are being rate limited.",
        "retry_after": round(taken.wait, 3),
        "global": taken.is_global,
    }
    return Reply(body, 429)


def faulty(fault: Fault, reply: Reply) -> Reply:
    """What the fault makes of an answer."""
    if not fault.status:
        return reply
    body: Json = {"message": f"emulated fault {fault.status}", "code": fault.code}
    if fault.status == 429:
        fault.headers.setdefault("Retry-After", str(int(fault.retry_after + 0.999)))
        body |= {"retry_after": fault.retry_after, "global": False}
    return Reply(body, fault.status)


def error_code(reply: Reply) -> int:
    return int(reply.data.get("code", 0)) if isinstance(reply.data, dict) and reply.status >= 400 else 0


def as_response(reply: Reply, headers: dict[str, str]) -> web.Response:
    """JSON with a Content-Type of exactly ``application/json``: discord.py takes all else for text."""
    if reply.status == 204:
        return web.Response(status=204, headers=headers)
    body = json.dumps(reply.data).encode()
    return web.Response(
        body=body, status=reply.status, headers={**headers, "Content-Type": "application/json"}
    )
