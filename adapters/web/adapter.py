"""The local page as a chat platform of the core."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.web.api import About, Api, refused
from adapters.web.assets import Asset, load, respond
from adapters.web.form import Refused
from adapters.web.guard import Guard
from adapters.web.hub import Hub
from adapters.web.listener import listen
from adapters.web.place import PLATFORM
from adapters.web.server import Server
from adapters.web.site import Site
from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.commands import CommandSpec
from core.delivery import Draft, FileDraft, Lookup, MessageRef, Outcome, Sent
from core.events import Asked
from core.files.uploads import read_upload
from core.message import Attachment, PastMessage, PastPicture
from core.outgoing import FILE_BYTES_MOST
from core.ports import Inbox, Library

__all__ = ["About", "WebAdapter"]

_CAPABILITIES = Capabilities(
    max_message=200_000,
    measure=len,
    paces=(Pace(frozenset({Action.EDIT}), Scope.MESSAGE, per_second=15, burst=2),),
    formatting="Your answer is shown on a web page that draws Markdown, with lists, tables and code blocks.",
    max_file=FILE_BYTES_MOST,
    keeps_files=True,
)


class WebAdapter:
    """Serves the page and shows what the core says there.

    ``about`` tells which model answers; ``commands`` are offered when a person types ``/``.
    """

    def __init__(
        self,
        host: str,
        port: int,
        inbox: Inbox,
        library: Library,
        about: Callable[[], Awaitable[About]],
        commands: tuple[CommandSpec, ...],
    ) -> None:
        self._host = host
        self._port = port
        self._library = library
        self._hub = Hub()
        self._api = Api(self._hub, inbox, library, about, commands)

    @property
    def name(self) -> str:
        """The platform of the page's addresses."""
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        """Hardly any limits: the page is ours."""
        return _CAPABILITIES

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve until cancelled; ``ready`` is given the address to open.

        Raises ``StartupError`` when the address cannot be served on.
        """
        listener = await listen(self._host, self._port)
        with contextlib.closing(listener):
            site = Site(self._host, listener.getsockname()[1])
            app = self._app(site, await asyncio.to_thread(load))
            await self._serve(Server(Guard(app, site)), listener, lambda: ready(site.url))

    async def _serve(self, server: Server, listener: socket.socket, ready: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve([listener]))
            try:
                await server.up.wait()
                ready()
                await asyncio.wait({serving})
            finally:
                self._hub.close()
                await server.leave(serving)

    async def post(self, draft: Draft) -> Outcome:
        """Show a new message."""
        return Sent(self._hub.begin(draft.address.thread, draft))

    async def post_file(self, draft: FileDraft) -> Outcome:
        """Show a file below its answer: the page reads it out of the store."""
        return Sent(self._hub.enclose(draft.address.thread, draft))

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:  # noqa: ARG002 - no button here
        """Show a message's new text."""
        self._hub.write(ref.address.thread, ref.id, text)
        return Sent(ref.id)

    async def delete(self, ref: MessageRef) -> Outcome:
        """Take a message from the screen."""
        self._hub.remove(ref.address.thread, ref.id)
        return Sent(ref.id)

    async def find(self, lookup: Lookup) -> str | None:
        """The message begun under this key in this process; what came before is in the store."""
        return self._hub.posted(lookup.key)

    async def show_working(self, address: Address) -> None:
        """Show that an answer is being made."""
        self._hub.working(address.thread)

    async def show_idle(self, address: Address) -> None:
        """Show that nothing more comes."""
        self._hub.idle(address.thread)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """Nothing: nobody writes on the page but to the assistant."""
        _ = question, limit
        return ()

    async def pictures(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        """None: pictures come with the questions here."""
        _ = question, limit
        return ()

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """The bytes that came with the message. Raises ``FileError``."""
        return await read_upload(self._library, attachment, max_bytes)

    def _app(self, site: Site, assets: Mapping[str, Asset]) -> Starlette:
        async def page(_request: Request) -> Response:
            index = assets["index.html"]
            response = Response(index.content, media_type=index.kind)
            response.set_cookie(site.cookie, site.token, httponly=True, samesite="strict", path="/")
            return response

        async def static(request: Request) -> Response:
            asset = assets.get(str(request.path_params["name"]))
            if asset is None:
                raise HTTPException(HTTPStatus.NOT_FOUND)
            return respond(asset, request)

        routes = [Route("/", page), Route("/static/{name}", static), *self._api.routes()]
        return Starlette(
            routes=routes, exception_handlers={Refused: refused, HTTPException: refused, Exception: refused}
        )
