"""The control bot's Slack: the raw API and one socket."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from tests.emulators.slack import BOT_USER

LONGEST = 3_900


class ControlSlack:
    """Implements :class:`tests.faults.control.Wire`; ``where`` is the channel and the thread."""

    def __init__(self, http: aiohttp.ClientSession, settings: Mapping[str, str]) -> None:
        self.longest = LONGEST
        self._http = http
        self._settings = settings
        self._threads: set[str] = set()

    async def listen(self, heard: Callable[[object, str], None], connected: asyncio.Event) -> None:
        opened = await self._call("apps.connections.open", self._settings["SLACK_APP_TOKEN"], {})
        async with self._http.ws_connect(str(opened["url"])) as socket:
            connected.set()
            async for message in socket:
                envelope = json.loads(message.data)
                if envelope["type"] == "disconnect":
                    return
                if envelope["type"] == "events_api":
                    await socket.send_json({"envelope_id": envelope["envelope_id"]})
                    event = envelope["payload"]["event"]
                    if self._is_asked(event):
                        thread = event.get("thread_ts") or event["ts"]
                        heard({"channel": event["channel"], "thread_ts": thread}, event["text"])

    def _is_asked(self, event: dict[str, Any]) -> bool:
        """A mention, a private message, or words in a thread in which it was asked."""
        if event["type"] == "app_mention":
            self._threads.add(str(event.get("thread_ts") or event["ts"]))
            return True
        is_plain = event["type"] == "message" and "subtype" not in event and "bot_id" not in event
        if not is_plain or f"<@{BOT_USER}>" in event["text"]:
            return False
        return event["channel"].startswith("D") or event.get("thread_ts") in self._threads

    async def post(self, where: Any, text: str) -> str:
        return str((await self._write("chat.postMessage", {**where, "text": text}))["ts"])

    async def edit(self, where: Any, message: str, text: str) -> str:
        await self._write("chat.update", {"channel": where["channel"], "ts": message, "text": text})
        return message

    async def _write(self, method: str, args: dict[str, Any]) -> dict[str, Any]:
        return await self._call(method, self._settings["SLACK_BOT_TOKEN"], args)

    async def _call(self, method: str, token: str, args: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        url = self._settings["SLACK_API_URL"] + method
        async with self._http.post(url, json=args, headers=headers) as answer:
            if answer.status == 429:
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
        if not found["ok"]:
            raise aiohttp.ClientError(found["error"])
        return found
