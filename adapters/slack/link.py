"""One Socket Mode connection, kept open."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from adapters.slack.faults import CALL_ERRORS, code_of
from core.cancelling import cancellable
from core.errors import StartupError

_log = structlog.get_logger(__name__)

OPEN_S = 20.0
# The library looks after a lost connection at its ping interval; events sent meanwhile come a minute late.
LOOK_S = 0.5
PING_S = 5.0
# The library tries one address, good for one connection, for ever: after this it gets another.
RECONNECT_S = 8.0
# How long it may fail before it is replaced.
GIVE_UP_S = 30.0
CLOSE_S = 5.0


class Link:
    """Opens the socket, brings it back when it is lost, closes it.

    ``count`` is called with the number of connections that Slack says this app has, whenever that
    can be relied on: right after a loss it still counts the lost one.
    """

    def __init__(self, app: AsyncApp, app_token: str, count: Callable[[int], None]) -> None:
        self._app = app
        self._app_token = app_token
        self._count = count
        self._was_lost = False
        self._handler = self._new_handler()

    def _new_handler(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(self._app, self._app_token, ping_interval=PING_S)
        handler.client.proxy = self._app.client.proxy
        handler.client.message_listeners.append(self._heard)
        return handler

    async def is_open(self) -> bool:
        """Whether events can come."""
        return await self._handler.client.is_connected()

    async def open(self) -> None:
        """Connect. Raises ``StartupError`` when the app token is not accepted or Slack cannot be reached."""
        client = self._handler.client
        try:
            async with asyncio.timeout(OPEN_S):
                client.wss_uri = await client.issue_new_wss_url()
                await client.connect()  # type: ignore[no-untyped-call]  # the library has no annotation here
        except SlackApiError as error:
            raise StartupError(
                f"Slack refused SLACK_APP_TOKEN ({code_of(error)}): give me an app-level token "
                "(xapp-...) with the scope connections:write."
            ) from error
        except CALL_ERRORS as error:
            raise StartupError(
                f"I can't open a socket to Slack ({code_of(error)}): check the network."
            ) from error

    async def watch(self) -> None:
        """Reconnect at once whenever the connection is lost, until cancelled."""
        seen = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            if await self.is_open():
                seen = time.monotonic()
                continue
            self._was_lost = True
            if time.monotonic() - seen >= GIVE_UP_S:
                _log.warning("slack_socket_replaced")
                await self.close()
                self._handler, seen = self._new_handler(), time.monotonic()
            await self._reconnect()

    async def _reconnect(self) -> None:
        try:
            async with asyncio.timeout(RECONNECT_S):
                await cancellable(self._handler.client.connect_to_new_endpoint())
        except CALL_ERRORS as error:
            _log.warning("slack_socket_lost", code=code_of(error))

    async def _heard(self, _client: object, message: Mapping[str, Any], _raw: str | None) -> None:
        if message.get("type") == "hello":
            _log.info("slack_socket_open")
            if not self._was_lost:
                self._count(int(message.get("num_connections") or 1))
            self._was_lost = False

    async def close(self) -> None:
        """Close the socket and wait for the library's tasks to end."""
        client = self._handler.client
        try:
            async with asyncio.timeout(CLOSE_S):
                await client.close()  # type: ignore[no-untyped-call]  # the library has no annotation here
        except CALL_ERRORS as error:
            _log.info("slack_socket_close", code=code_of(error))
        tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
