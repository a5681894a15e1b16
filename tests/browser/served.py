"""The page, served for a test on a free port, with a small core behind it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from adapters.web.adapter import About, WebAdapter
from core.commands import CommandSpec
from tests.browser.small_core import DEADLINE, SmallCore

COMMANDS = (
    CommandSpec("help", "what I can do"),
    CommandSpec("new", "begin a new conversation"),
    CommandSpec("stop", "stop the answer that is being written"),
    CommandSpec("model", "which model answers"),
)
NOTE = "This is a small demonstration model with 135 million parameters: it is often wrong."


async def about() -> About:
    return About("SmolLM2-135M-Instruct", NOTE)


@dataclass(slots=True)
class Served:
    """A running page."""

    core: SmallCore
    adapter: WebAdapter
    url: str

    @property
    def port(self) -> int:
        return int(self.url.split("?")[0].rstrip("/").rpartition(":")[2])


@contextlib.asynccontextmanager
async def served(core: SmallCore, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Served]:
    adapter = WebAdapter(host, port, core, core, about, COMMANDS)
    opened: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.TaskGroup() as group, core.answering(adapter):
        page = group.create_task(adapter.run(opened.put_nowait))
        async with asyncio.timeout(DEADLINE):
            url = await opened.get()
        try:
            yield Served(core, adapter, url)
        finally:
            page.cancel()
