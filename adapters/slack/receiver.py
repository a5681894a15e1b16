"""Everything that Slack sends, through bolt: events are stored before they are acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from adapters.slack.buttons import ACTIONS, Settled
from adapters.slack.clicks import Clicks
from adapters.slack.commands import COMMAND, Commands
from adapters.slack.errands import Errands
from adapters.slack.intake import Intake
from adapters.slack.views import CALLBACK_ID
from adapters.slack.workspace import Workspace
from core.commands import CommandSpec
from core.errors import StoreError

Json = Mapping[str, Any]
Next = Callable[[], Awaitable[BoltResponse]]
_log = structlog.get_logger(__name__)


class Receiver:
    """Bolt's app, and what it hands things to."""

    def __init__(
        self, workspace: Workspace, specs: tuple[CommandSpec, ...], settled: Settled, signing_secret: str
    ) -> None:
        self.intake = Intake(workspace)
        self.errands = Errands()
        self._commands = Commands(workspace, specs)
        self._clicks = Clicks(workspace, settled)
        self._running: set[asyncio.Task[Any]] = set()
        self.app = AsyncApp(
            name="tampu",
            client=workspace.client,
            signing_secret=signing_secret,
            before_authorize=self._first(),
            process_before_response=True,
            ignoring_self_events_enabled=False,
            raise_error_for_unhandled_request=True,
        )
        self.app.error(_on_error)
        self._listen()

    def _first(self) -> Callable[..., Awaitable[BoltResponse | None]]:
        """The first thing that bolt runs: an event is stored here, and only then acknowledged."""

        async def first(body: Json, next_: Next) -> BoltResponse | None:
            with self._owned():
                if body.get("type") != "event_callback":
                    await next_()
                    return None
                await self.intake.take(body["event"])
                return BoltResponse(status=200, body="")

        return first

    @contextmanager
    def _owned(self) -> Iterator[None]:
        """The library runs each request in a task that nobody holds."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            yield
        finally:
            self._running.discard(task)

    def _listen(self) -> None:
        async def on_command(ack: AsyncAck, body: Json) -> None:
            text = await self._commands.run(body)
            await (ack(text) if text else ack())

        async def on_submit(ack: AsyncAck, body: Json) -> None:
            wrong = await self._commands.submit(body)
            await (ack(response_action="errors", errors=wrong) if wrong else ack())

        async def on_click(ack: AsyncAck, body: Json) -> None:
            await ack()
            self.errands.begin(self._clicks.take(body), "click")

        self.app.command(COMMAND)(on_command)
        self.app.view(CALLBACK_ID)(on_submit)
        self.app.action(ACTIONS)(on_click)

    async def close(self) -> None:
        """End what is still going on. An event that is not stored yet will be delivered again."""
        await self.errands.close()
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


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
