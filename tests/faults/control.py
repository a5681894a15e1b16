"""A bot as they are often written: it acknowledges first, keeps everything in memory, and retries blindly.

It stands in the product's place to show that the faults bite.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import aiohttp

from tests.emulators.model import ModelEmulator
from tests.faults.bots import Life, Start
from tests.faults.control_discord import ControlDiscord
from tests.faults.control_slack import ControlSlack
from tests.faults.stages import Stage

TRIES = 5
PAUSE_S = 0.3
START_S = 10.0
EDIT_EVERY_S = 1.5
BROKEN = (aiohttp.ClientError, OSError, TimeoutError)


class Wire(Protocol):
    """A platform as this bot uses it. A call that did not work raises ``ClientError``."""

    longest: int

    async def listen(self, heard: Callable[[object, str], None], connected: asyncio.Event) -> None:
        """Hand in questions (where, text) as they come, until the connection ends."""

    def post(self, where: object, text: str) -> Coroutine[None, None, str]: ...

    def edit(self, where: object, message: str, text: str) -> Coroutine[None, None, str]: ...


@dataclass
class ControlLife:
    """The bot's task; ending it forgets everything."""

    task: asyncio.Task[None]
    connected: asyncio.Event

    async def ready(self) -> bool:
        await asyncio.wait_for(self.connected.wait(), START_S)
        return True

    def ended_alone(self) -> str | None:
        return None

    async def kill(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])

    async def stop(self) -> int:
        await self.kill()
        return 0


def control(stage: Stage, model: ModelEmulator, folder: Path) -> Start:
    """See :data:`tests.faults.bots.Make`. Nothing of it is kept in the folder."""

    def start() -> AbstractAsyncContextManager[Life]:
        return _living(stage, model.url)

    return start


@asynccontextmanager
async def _living(stage: Stage, model_url: str) -> AsyncIterator[Life]:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        wire = (
            ControlSlack(http, stage.settings)
            if stage.name == "Slack"
            else ControlDiscord(http, stage.settings)
        )
        bot = ControlBot(http, wire, model_url)
        life = ControlLife(group.create_task(bot.run()), bot.connected)
        try:
            yield life
        finally:
            await life.kill()


class ControlBot:
    """Ack, answer, forget."""

    def __init__(self, http: aiohttp.ClientSession, wire: Wire, model_url: str) -> None:
        self._http = http
        self._wire = wire
        self._model_url = model_url
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        async with asyncio.TaskGroup() as answers:

            def heard(where: object, text: str) -> None:
                answers.create_task(self._try(where, text))

            while True:
                with suppress(*BROKEN):
                    await self._wire.listen(heard, self.connected)
                await asyncio.sleep(PAUSE_S)

    async def _try(self, where: object, text: str) -> None:
        """Answer; when the model fails, the question is forgotten."""
        with suppress(*BROKEN):
            await self._answer(where, text)

    async def _answer(self, where: object, question: str) -> None:
        body = {"model": "any", "stream": True, "messages": [{"role": "user", "content": question}]}
        screen = Screen(self._wire, where)
        text, shown_at = "", float("-inf")
        now = asyncio.get_running_loop().time
        async with self._http.post(f"{self._model_url}/chat/completions", json=body) as stream:
            stream.raise_for_status()
            async for line in stream.content:
                text += _delta(line)
                if text and now() > shown_at + EDIT_EVERY_S:
                    shown_at = now()
                    await screen.show(text)
        await screen.show(text)


class Screen:
    """The messages of one answer."""

    def __init__(self, wire: Wire, where: object) -> None:
        self._wire = wire
        self._where = where
        self._messages: list[tuple[str, str]] = []

    async def show(self, text: str) -> None:
        """Bring all of it to people."""
        longest = self._wire.longest
        for number, start in enumerate(range(0, len(text), longest)):
            part = text[start : start + longest]
            if number == len(self._messages):
                message = await self._insist(partial(self._wire.post, self._where, part))
                self._messages.append((message, part))
            elif self._messages[number][1] != part:
                message = self._messages[number][0]
                await self._insist(partial(self._wire.edit, self._where, message, part))
                self._messages[number] = (message, part)

    @staticmethod
    async def _insist(call: Callable[[], Coroutine[None, None, str]]) -> str:
        """Try again whatever went wrong, as if nothing had arrived."""
        for _ in range(TRIES):
            try:
                return await call()
            except BROKEN:
                await asyncio.sleep(PAUSE_S)
        return ""


def _delta(line: bytes) -> str:
    """The text of one line of a stream."""
    data = line.removeprefix(b"data: ").strip()
    if not data or data == b"[DONE]":
        return ""
    try:
        choices = json.loads(data).get("choices")
    except ValueError:
        return ""
    return str(choices[0]["delta"].get("content") or "") if choices else ""
