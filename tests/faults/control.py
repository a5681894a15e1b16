"""A bot as they are often written: it acknowledges first, keeps everything in memory, and retries blindly.

It stands in the product's place to show that the faults bite. Slack only, over the raw API.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.emulators.model import ModelEmulator
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, BOT_USER
from tests.faults.bots import Life, Start
from tests.faults.stages import Stage

TRIES = 5
PAUSE_S = 0.3
START_S = 10.0
EDIT_EVERY_S = 1.5
BROKEN = (aiohttp.ClientError, OSError, TimeoutError)


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
        return _living(stage.settings["SLACK_API_URL"], model.url)

    return start


@asynccontextmanager
async def _living(api_url: str, model_url: str) -> AsyncIterator[Life]:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        bot = ControlBot(http, api_url, model_url)
        life = ControlLife(group.create_task(bot.run()), bot.connected)
        try:
            yield life
        finally:
            await life.kill()


class ControlBot:
    """Ack, answer, forget."""

    def __init__(self, http: aiohttp.ClientSession, api_url: str, model_url: str) -> None:
        self._http = http
        self._api_url = api_url
        self._model_url = model_url
        self._threads: set[str] = set()
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        async with asyncio.TaskGroup() as answers:
            while True:
                try:
                    await self._listen(answers)
                except BROKEN:
                    await asyncio.sleep(PAUSE_S)

    async def _listen(self, answers: asyncio.TaskGroup) -> None:
        opened = await self._call("apps.connections.open", APP_TOKEN, {})
        async with self._http.ws_connect(str(opened["url"])) as socket:
            self.connected.set()
            async for message in socket:
                envelope = json.loads(message.data)
                if envelope["type"] == "disconnect":
                    return
                if envelope["type"] == "events_api":
                    await socket.send_json({"envelope_id": envelope["envelope_id"]})
                    event = envelope["payload"]["event"]
                    if self._is_asked(event):
                        answers.create_task(self._try(event))

    def _is_asked(self, event: dict[str, Any]) -> bool:
        """A mention, a private message, or words in a thread in which it was asked."""
        if event["type"] == "app_mention":
            self._threads.add(str(event.get("thread_ts") or event["ts"]))
            return True
        is_plain = event["type"] == "message" and "subtype" not in event and "bot_id" not in event
        if not is_plain or f"<@{BOT_USER}>" in event["text"]:
            return False
        return event["channel"].startswith("D") or event.get("thread_ts") in self._threads

    async def _try(self, event: dict[str, Any]) -> None:
        """Answer; when the model fails, the question is forgotten."""
        with suppress(*BROKEN):
            await self._answer(event)

    async def _answer(self, event: dict[str, Any]) -> None:
        where = {"channel": event["channel"], "thread_ts": event.get("thread_ts") or event["ts"]}
        body = {"model": "any", "stream": True, "messages": [{"role": "user", "content": event["text"]}]}
        ts, text, shown_at = "", "", 0.0
        now = asyncio.get_running_loop().time
        async with self._http.post(f"{self._model_url}/chat/completions", json=body) as stream:
            stream.raise_for_status()
            async for line in stream.content:
                text += _delta(line)
                if text and not ts:
                    ts, shown_at = (
                        str((await self._insist("chat.postMessage", {**where, "text": text}))["ts"]),
                        now(),
                    )
                elif ts and now() > shown_at + EDIT_EVERY_S:
                    shown_at = now()
                    await self._insist("chat.update", {"channel": where["channel"], "ts": ts, "text": text})
        await self._insist("chat.update", {"channel": where["channel"], "ts": ts, "text": text})

    async def _insist(self, method: str, args: dict[str, Any]) -> dict[str, Any]:
        for _ in range(TRIES):
            try:
                answer = await self._call(method, BOT_TOKEN, args)
            except BROKEN:
                await asyncio.sleep(PAUSE_S)
                continue
            if answer["ok"]:
                return answer
            await asyncio.sleep(PAUSE_S)
        return {"ts": ""}

    async def _call(self, method: str, token: str, args: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        async with self._http.post(self._api_url + method, json=args, headers=headers) as answer:
            if answer.status == 429:
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                return {"ok": False}
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found


def _delta(line: bytes) -> str:
    """The text of one line of a stream."""
    data = line.removeprefix(b"data: ").strip()
    if not data or data == b"[DONE]":
        return ""
    choices = json.loads(data)["choices"]
    return str(choices[0]["delta"].get("content") or "") if choices else ""
