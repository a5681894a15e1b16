"""Two Socket Mode connections at once: while one is renewed or lost, the other receives.

Slack sends each event to one of an app's connections, at random; up to ten may be open
(https://docs.slack.dev/apis/events-api/using-socket-mode).
"""

import asyncio
import time
from collections.abc import Callable

import structlog
from slack_bolt.app.async_app import AsyncApp

from adapters.slack.link import LOOK_S, Link
from core.errors import StartupError

_log = structlog.get_logger(__name__)

LINKS = 2
# apps.connections.open is a Tier 1 method: about one call a minute is granted for certain.
AGAIN_S = 5.0
LONGEST_AGAIN_S = 60.0
# Slack delivers again what it could not deliver for a few seconds.
AWAY_S = 5.0


class Links:
    """Each reconnects by itself. ``returned`` is told since when (unix seconds) none had been open."""

    def __init__(self, app: AsyncApp, app_token: str, returned: Callable[[float], None]) -> None:
        self._links = tuple(Link(app, app_token, self._counted) for _ in range(LINKS))
        self._returned = returned
        self._others = 0
        # In monotonic seconds: the clock on the wall may be set meanwhile.
        self._seen = time.monotonic()

    async def open(self) -> None:
        """Connect the first. Raises ``StartupError`` as :meth:`Link.open`."""
        await self._links[0].open()

    def behind(self) -> float | None:
        """Since when (unix seconds) events may be missing because none is open."""
        away_s = time.monotonic() - self._seen
        return time.time() - away_s if away_s > AWAY_S else None

    async def watch(self) -> None:
        """Connect the others, and keep all of them, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_out(), name="slack-look-out")
            tasks.create_task(self._links[0].watch(), name="slack-link-0")
            for number, link in enumerate(self._links[1:], start=1):
                tasks.create_task(self._join(link), name=f"slack-link-{number}")

    async def _join(self, link: Link) -> None:
        pause = AGAIN_S
        while True:
            try:
                await link.open()
            except StartupError as error:
                _log.warning("slack_second_socket_not_open", error=str(error))
            else:
                await link.watch()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_AGAIN_S)

    async def _look_out(self) -> None:
        """Notice when none was open for longer than Slack's next delivery takes."""
        self._seen = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            if not any([await link.is_open() for link in self._links]):
                continue
            since = self.behind()
            if since is not None:
                _log.warning("slack_was_away", seconds=round(time.time() - since))
                self._returned(since)
            self._seen = time.monotonic()

    def _counted(self, connections: int) -> None:
        others = max(0, connections - LINKS)
        if others > self._others:
            _log.warning(
                "slack_events_are_shared",
                connections=connections,
                advice="another process uses this SLACK_APP_TOKEN: each event reaches only one of them",
            )
        self._others = others

    async def close(self) -> None:
        """Close all of them."""
        await asyncio.gather(*(link.close() for link in self._links))
