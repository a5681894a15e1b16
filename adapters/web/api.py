"""What the page asks the server, as JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.web.downloads import download, listed
from adapters.web.form import Refused, read_message
from adapters.web.hub import Hub, Phase, Room
from adapters.web.live import LiveAnswer
from adapters.web.markup import draw_finished
from adapters.web.place import ACCOUNT, AUTHOR, PLATFORM, address_of, is_id
from adapters.web.stream import EventStream
from core.commands import CommandSpec
from core.errors import StoreError, TampuError
from core.events import Verdict
from core.library import ShownMessage
from core.ports import Inbox, Library
from core.presets import PRESETS
from core.transcript import Role

log = structlog.get_logger()

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class About:
    """Which model answers, and a sentence about it for people (empty for none)."""

    model: str
    note: str


class Api:
    """The endpoints under ``/api``."""

    def __init__(
        self,
        hub: Hub,
        inbox: Inbox,
        library: Library,
        about: Callable[[], Awaitable[About]],
        commands: tuple[CommandSpec, ...],
    ) -> None:
        self._hub = hub
        self._inbox = inbox
        self._library = library
        self._about = about
        self._commands = commands

    def routes(self) -> list[Route]:
        """The table of endpoints."""
        one = "/api/conversations/{conversation}"
        return [
            Route("/api/about", self.about),
            Route("/api/conversations", self.conversations),
            Route(one, self.conversation),
            Route(f"{one}/messages", self.send, methods=["POST"]),
            Route(f"{one}/stop", self.stop, methods=["POST"]),
            Route(f"{one}/files/{{key}}", self.file),
            Route("/api/events", _Events(self._hub)),
        ]

    async def about(self, _request: Request) -> Response:
        """The model's name and note, the commands that can be typed, and what can be done with pictures."""
        try:
            about = await self._about()
        except TampuError as error:
            about = About("", error.told)
        commands = [
            {"name": each.name, "description": each.description, "argument": each.argument}
            for each in self._commands
        ]
        presets = [{"name": each.name, "label": each.label, "least": each.least} for each in PRESETS]
        told = {"model": about.model, "note": about.note, "commands": commands, "presets": presets}
        return JSONResponse(told)

    async def conversations(self, _request: Request) -> Response:
        """The list of the page's conversations, the newest first."""
        rows = await self._library.conversations(PLATFORM, ACCOUNT)
        shown = [
            {"id": row.address.thread, "title": row.title, "updated_at": row.updated_at}
            for row in rows
            if row.address == address_of(row.address.thread)
        ]
        return JSONResponse({"conversations": shown})

    async def conversation(self, request: Request) -> Response:
        """One conversation: stored messages, then answers that still grow."""
        conversation = _conversation_id(request)
        # Before the rows are read: an answer that ends meanwhile is shown as it grew.
        self._hub.rest(conversation)
        stored = await self._library.messages(address_of(conversation))
        room = self._hub.peek(conversation)
        if not stored and (room is None or room.empty):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such conversation here.")
        self._hub.settle(conversation, frozenset(row.turn for row in stored if row.turn))
        growing = dict(room.answers) if room else {}
        files = listed(conversation, await self._library.files(address_of(conversation)))
        shown = [await _stored(row, growing) | {"enclosed": files.get(row.turn, [])} for row in stored]
        known = {row.turn for row in stored}
        shown += [await _growing(turn, answer) for turn, answer in growing.items() if turn not in known]
        answering = _answering(room, stored)
        return JSONResponse({"id": conversation, "messages": shown, "answering": answering})

    async def file(self, request: Request) -> Response:
        """A file of an answer."""
        key = str(request.path_params["key"])
        return await download(self._library, _conversation_id(request), key)

    async def send(self, request: Request) -> Response:
        """Take a message: 202 once it is stored, 200 when it was stored before."""
        conversation = _conversation_id(request)
        sending = await read_message(request, conversation)
        # Before it is accepted: an answer may be over before accept returns here.
        self._hub.asked(conversation)
        try:
            verdict = await self._inbox.accept(sending.event, sending.uploads)
        except StoreError as error:
            self._hub.refused(conversation)
            sentence = "The message could not be stored, so it was not sent. Try again in a moment."
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, sentence) from error
        if verdict is not Verdict.STORED:
            self._hub.refused(conversation)
        self._hub.rows_changed(conversation)
        status = HTTPStatus.ACCEPTED if verdict is Verdict.STORED else HTTPStatus.OK
        return JSONResponse({"verdict": verdict.value}, status)

    async def stop(self, request: Request) -> Response:
        """End the answer that is being made."""
        address = address_of(_conversation_id(request))
        told = await self._inbox.command("stop", address, AUTHOR, "")
        return JSONResponse({"told": told})


class _Events:
    """``GET /api/events?conversation=``; a class, so that starlette hands over the connection itself."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        conversation = Request(scope).query_params.get("conversation", "")
        if not is_id(conversation):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such conversation here.")
        await EventStream(self._hub, conversation)(scope, receive, send)


async def refused(_request: Request, error: Exception) -> Response:
    """Say in a sentence why a request was not done."""
    if isinstance(error, Refused):
        return JSONResponse({"error": "refused", "message": str(error)}, error.status)
    if isinstance(error, HTTPException):
        return JSONResponse({"error": "refused", "message": error.detail}, error.status_code)
    log.error("web.request_failed", error=type(error).__name__)
    told = error.told if isinstance(error, TampuError) else TampuError.told
    return JSONResponse({"error": "failed", "message": told}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _conversation_id(request: Request) -> str:
    conversation = str(request.path_params["conversation"])
    if not is_id(conversation):
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such conversation here.")
    return conversation


def _answering(room: Room | None, stored: tuple[ShownMessage, ...]) -> bool:
    """Whether more is to come.

    A command is answered at once and the core may never say that it worked: when nothing but the
    question's arrival is known, the last stored row decides.
    """
    if room is None or room.phase is Phase.IDLE:
        return False
    return room.phase is Phase.WORKING or not stored or stored[-1].role is Role.USER


async def _stored(row: ShownMessage, growing: dict[str, LiveAnswer]) -> Fields:
    if row.turn in growing:
        return await _growing(row.turn, growing[row.turn])
    fields: Fields = {"id": row.turn or row.id, "role": row.role.value, "text": row.text, "at": row.sent_at}
    if row.role is Role.USER:
        return fields | {"files": row.files}
    # A stopped answer has a mark of the page's own.
    blocks = await asyncio.to_thread(draw_finished, row.text if row.stopped else row.shown or row.text)
    return fields | {"blocks": blocks, "stopped": row.stopped, "live": False}


async def _growing(turn: str, answer: LiveAnswer) -> Fields:
    fields: Fields = {"id": turn, "role": Role.ASSISTANT.value, "text": answer.text, "at": None}
    return fields | {"blocks": await answer.blocks(), "stopped": False, "live": True}
