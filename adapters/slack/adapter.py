"""Slack's life cycle: sign in, connect, store what comes before it is acknowledged, close."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.commands import COMMAND, Commands
from adapters.slack.faults import CALL_ERRORS, UNCERTAIN, code_of, retry_after
from adapters.slack.identity import Identity
from adapters.slack.intake import Intake
from adapters.slack.link import Link
from adapters.slack.outbound import Fetcher, SlackOutbound
from adapters.slack.views import CALLBACK_ID
from core.commands import CommandSpec
from core.errors import StartupError, StoreError
from core.ports import Inbox

_log = structlog.get_logger(__name__)

CALL_S = 20.0
SIGN_IN_TRIES = 4
SIGN_IN_PAUSE_S = 1.0


class SlackAdapter(SlackOutbound):
    """One Slack app in one workspace, over Socket Mode.

    ``api_url`` replaces Slack's own API address (a proxy, an emulator). ``commands`` is the
    registry behind ``/llama``. Web API calls are never repeated by the library: a repeated post
    could be a second message.
    """

    def __init__(  # noqa: PLR0913 - the settings of one Slack app, by name
        self,
        bot_token: str,
        app_token: str,
        inbox: Inbox,
        commands: tuple[CommandSpec, ...],
        fetcher: Fetcher,
        *,
        api_url: str | None = None,
        signing_secret: str = "",
    ) -> None:
        self._web = AsyncWebClient(
            bot_token, base_url=api_url or AsyncWebClient.BASE_URL, retry_handlers=[], timeout=int(CALL_S)
        )
        if api_url is not None:
            # Who says where the API is means it; the library would put the environment's proxy in between.
            self._web.proxy = None
        super().__init__(self._web, fetcher)
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._inbox = inbox
        self._specs = commands

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until cancelled. ``ready`` is called once events can come.

        Raises ``StartupError`` when a token is refused or Slack cannot be reached.
        """
        async with self._session():
            self.identity = await self._sign_in()
            link = Link(self._app(), self._app_token)
            try:
                await link.open()
                ready()
                await link.watch()
            finally:
                await link.close()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[None]:
        """One connection pool for all calls; the library would open a connection for each."""
        timeout = aiohttp.ClientTimeout(total=CALL_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            self._web.session = session
            try:
                yield
            finally:
                self._web.session = None

    async def _sign_in(self) -> Identity:
        pause = SIGN_IN_PAUSE_S
        for _ in range(SIGN_IN_TRIES):
            try:
                answer = await self._web.auth_test()
            except SlackApiError as error:
                wait = retry_after(error)
                if wait is None and (code_of(error) in UNCERTAIN or code_of(error).startswith("http_")):
                    wait = pause
                if wait is None:
                    raise StartupError(
                        f"Slack refused SLACK_BOT_TOKEN ({code_of(error)}): give me the bot token (xoxb-...) "
                        "of the installed app."
                    ) from error
            except CALL_ERRORS as error:
                _log.warning("slack_unreachable", code=code_of(error))
                wait = pause
            else:
                return Identity(answer["team_id"], answer["user_id"], answer.get("bot_id") or "")
            await asyncio.sleep(wait)
            pause *= 2
        raise StartupError("I can't reach Slack: check the network, or SLACK_API_URL if it is set.")

    def _app(self) -> AsyncApp:
        app = AsyncApp(
            name="tampu",
            client=self._web,
            signing_secret=self._signing_secret,
            before_authorize=self._events(),
            process_before_response=True,
            ignoring_self_events_enabled=False,
            raise_error_for_unhandled_request=True,
        )
        app.error(_on_error)
        commands = Commands(self._web, self._inbox, self._specs, self.directory, self.identity)

        async def on_command(ack: AsyncAck, body: Mapping[str, Any]) -> None:
            text = await commands.run(body)
            await (ack(text) if text else ack())

        async def on_submit(ack: AsyncAck, body: Mapping[str, Any]) -> None:
            wrong = await commands.submit(body)
            await (ack(response_action="errors", errors=wrong) if wrong else ack())

        app.command(COMMAND)(on_command)
        app.view(CALLBACK_ID)(on_submit)
        return app

    def _events(self) -> Callable[..., Awaitable[BoltResponse | None]]:
        """The first thing that bolt runs: an event is stored here, and only then acknowledged."""
        intake = Intake(self._web, self._inbox, self.directory, self.identity)

        async def store(
            body: Mapping[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
        ) -> BoltResponse | None:
            if body.get("type") != "event_callback":
                await next_()
                return None
            await intake.take(body["event"])
            return BoltResponse(status=200, body="")

        return store


async def _on_error(error: Exception) -> BoltResponse:
    """A status that is not 200 means no acknowledgement, and so another delivery."""
    if isinstance(error, BoltUnhandledRequestError):
        _log.debug("slack_request_unhandled")
        return BoltResponse(status=200, body="")
    if isinstance(error, StoreError | TimeoutError):
        _log.warning("slack_event_not_stored", error=type(error).__name__)
        return BoltResponse(status=503, body="")
    _log.error("slack_request_failed", exc_info=error)
    return BoltResponse(status=500, body="")
