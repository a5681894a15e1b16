"""Slack's life cycle: sign in, connect, serve, close."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.catchup import CatchUp
from adapters.slack.faults import CALL_ERRORS, UNCERTAIN, code_of, retry_after
from adapters.slack.files import Fetcher
from adapters.slack.identity import Identity
from adapters.slack.links import Links
from adapters.slack.outbound import SlackOutbound
from adapters.slack.receiver import Receiver
from adapters.slack.workspace import Workspace
from core.commands import CommandSpec
from core.errors import StartupError
from core.events import Absence
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
        self._catch_up: CatchUp | None = None
        self._links: Links | None = None

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until cancelled. ``ready`` is called once events can come.

        Raises ``StartupError`` when a token is refused or Slack cannot be reached.
        """
        async with self._session():
            self.identity = await self._sign_in()
            self.directory.enter(self.identity)
            workspace = Workspace(self._web, self.directory, self.identity, self._inbox)
            receiver = Receiver(workspace, self._specs, self.settled, self._signing_secret)
            catch_up = CatchUp(workspace, receiver.intake)

            def returned(since: float) -> None:
                catch_up.miss(since)
                receiver.errands.begin(catch_up.after_outage(), "catch_up")

            links = Links(receiver.app, self._app_token, returned)
            try:
                await links.open()
                self._catch_up, self._links = catch_up, links
                ready()
                await links.watch()
            finally:
                self._catch_up = None
                await links.close()
                await receiver.close()

    async def catch_up(self, absence: Absence) -> None:
        """Hand in what was said while no event came, once events can come again.

        Returns when all of it is in the inbox, or when Slack or the store would not have it;
        cancel it to bound it.
        """
        if self._catch_up is None:
            _log.warning("slack_not_caught_up", error="not connected")
            return
        await self._catch_up.run(absence)

    def behind(self) -> float | None:
        """Since when (unix seconds) events may be missing; ``None`` when none is."""
        times = [part.behind() for part in (self._links, self._catch_up) if part is not None]
        return min((at for at in times if at is not None), default=None)

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
                bot, enterprise = (answer.get(name) or "" for name in ("bot_id", "enterprise_id"))
                return Identity(answer["team_id"], answer["user_id"], bot, enterprise)
            await asyncio.sleep(wait)
            pause *= 2
        raise StartupError("I can't reach Slack: check the network, or SLACK_API_URL if it is set.")
