"""The same talk in a terminal."""

import asyncio
from contextlib import AsyncExitStack

from adapters.terminal.adapter import TerminalAdapter
from bots.model import open_model
from bots.service import DRAIN_S
from bots.settings import Settings
from bots.toolbox import shipped_tools
from bots.wiring import wire
from core.files.workshop import Workshop
from core.memory.store import open_store
from core.storage import Boot

# Below the data folder: the files that answers bring.
FILES_FOLDER = "files"
# A talk in the terminal is no time in which anybody listened to the platforms.
UNCOUNTED = Boot(0, None, 0)


async def chat(settings: Settings) -> None:
    """Talk until the person leaves. Raises ``StartupError``, ``StoreError``."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.tampu_data_dir))
        chosen = await stack.enter_async_context(open_model(settings))
        workshop = await stack.enter_async_context(Workshop())
        conversations = wire(settings, store, chosen, shipped_tools(), workshop)
        adapter = TerminalAdapter(conversations.intake, store, folder=settings.tampu_data_dir / FILES_FOLDER)
        conversations.platforms[adapter.name] = adapter
        adapter.say(chosen.says)
        if chosen.warning:
            adapter.say(chosen.warning)
        async with asyncio.TaskGroup() as tasks:
            lanes = tasks.create_task(conversations.lanes.run(), name="lanes")
            notices = tasks.create_task(conversations.notifying.run(), name="notices")
            await conversations.recovery.open_lanes(UNCOUNTED, conversations.platforms)
            await adapter.run()
            await conversations.lanes.drain(DRAIN_S)
            lanes.cancel()
            notices.cancel()
