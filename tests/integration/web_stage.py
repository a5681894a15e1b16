"""A visitor of the page: the requests that a tab makes."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx

from tests.browser.served import Served
from tests.browser.small_core import DEADLINE

MB = 2**20
Json = dict[str, object]


@dataclass(slots=True)
class Visitor:
    """A browser without the browser: it holds the cookie and says where it is."""

    http: httpx.AsyncClient
    conversation: str

    async def say(self, text: str, *files: tuple[str, bytes], key: str | None = None) -> httpx.Response:
        return await self.http.post(
            f"/api/conversations/{self.conversation}/messages",
            data={"id": key or str(uuid.uuid4()), "text": text},
            files=[("files", file) for file in files] or [("nothing", ("", b""))],
        )

    async def shown(self) -> list[Json]:
        answer = await self.http.get(f"/api/conversations/{self.conversation}")
        found: list[Json] = answer.json()["messages"]
        return found

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        end = time.monotonic() + DEADLINE
        while not await true():
            assert time.monotonic() < end
            await asyncio.sleep(0.01)

    async def answered(self, count: int = 1) -> None:
        async def done() -> bool:
            page = (await self.http.get(f"/api/conversations/{self.conversation}")).json()
            return not page["answering"] and len(page["messages"]) == 2 * count

        await self.until(done)

    @contextlib.asynccontextmanager
    async def events(self, within: float = DEADLINE) -> AsyncIterator[AsyncIterator[tuple[str, Json]]]:
        path = f"/api/events?conversation={self.conversation}"
        async with asyncio.timeout(within), self.http.stream("GET", path) as stream:
            assert stream.headers["content-type"] == "text/event-stream"
            yield _events(stream)


async def _events(stream: httpx.Response) -> AsyncIterator[tuple[str, Json]]:
    name = ""
    async for line in stream.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@contextlib.asynccontextmanager
async def visiting(site: Served) -> AsyncIterator[Visitor]:
    origin = site.url.split("?")[0].rstrip("/")
    async with httpx.AsyncClient(base_url=origin, headers={"origin": origin}, timeout=DEADLINE) as http:
        assert (await http.get(site.url)).status_code == 200
        yield Visitor(http, str(uuid.uuid4()))
