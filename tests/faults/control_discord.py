"""The control bot's Discord: the raw API and a session that is always begun anew."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.emulators.discord.gateway import DISPATCH, HEARTBEAT, HELLO, IDENTIFY
from tests.emulators.discord.values import Intent

LONGEST = 1_900
INTENTS = Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES | Intent.MESSAGE_CONTENT


class ControlDiscord:
    """Implements :class:`tests.faults.control.Wire`; ``where`` is the message that is answered."""

    def __init__(self, http: aiohttp.ClientSession, settings: Mapping[str, str]) -> None:
        self.longest = LONGEST
        self._http = http
        self._url = settings["DISCORD_API_URL"]
        self._token = settings["DISCORD_TOKEN"]
        self._me = ""
        self._channels: set[str] = set()

    async def listen(self, heard: Callable[[object, str], None], connected: asyncio.Event) -> None:
        gateway = await self._call("GET", "/gateway/bot", None)
        async with self._http.ws_connect(gateway["url"]) as socket, self._beating(socket):
            async for message in socket:
                frame = json.loads(message.data)
                if frame["op"] == HELLO:
                    data = {"token": self._token, "intents": INTENTS, "properties": {}}
                    await socket.send_json({"op": IDENTIFY, "d": data})
                elif frame["op"] != DISPATCH:
                    continue
                elif frame["t"] == "READY":
                    self._me = frame["d"]["user"]["id"]
                    connected.set()
                elif frame["t"] == "MESSAGE_CREATE" and self._is_asked(frame["d"]):
                    heard(frame["d"], frame["d"]["content"])

    @asynccontextmanager
    async def _beating(self, socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[None]:
        async def beat() -> None:
            while True:
                await asyncio.sleep(20.0)
                await socket.send_json({"op": HEARTBEAT, "d": None})

        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(beat())
            try:
                yield
            finally:
                beating.cancel()

    def _is_asked(self, message: dict[str, Any]) -> bool:
        """A mention, a reply to it, a private message, or words in a thread in which it has spoken."""
        if message["author"].get("bot"):
            if message["author"]["id"] == self._me and "message_reference" not in message:
                self._channels.add(message["channel_id"])
            return False
        named = any(user["id"] == self._me for user in message["mentions"])
        answered = (message.get("referenced_message") or {}).get("author", {}).get("id") == self._me
        return named or answered or "guild_id" not in message or message["channel_id"] in self._channels

    async def post(self, where: Any, text: str) -> str:
        posted = await self._call("POST", f"/channels/{where['channel_id']}/messages", {"content": text})
        return str(posted["id"])

    async def edit(self, where: Any, message: str, text: str) -> str:
        await self._call("PATCH", f"/channels/{where['channel_id']}/messages/{message}", {"content": text})
        return message

    async def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bot {self._token}"}
        async with self._http.request(method, self._url + path, json=body, headers=headers) as answer:
            if answer.status == 429:
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
            answer.raise_for_status()
            return await answer.json()
