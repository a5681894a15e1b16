"""One core for many attempts, which do not disturb each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from bots.model import ChosenModel
from bots.settings import Settings
from bots.wiring import wire
from core.llama.client import Knowledge, LlamaClient
from core.llama.endpoint import Endpoint
from core.llama.known import Facts
from core.memory.store import open_store
from tests.attacks.canaries import Secrets
from tests.attacks.core_ground import Scene
from tests.attacks.obedient import Obedient
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.scenario.clock import StoryClock
from tests.scenario.conftest import PATIENT, FakeToolbox, Talk

FACTS = Knowledge(Facts(tools=True, vision=True))


@asynccontextmanager
async def shared_core(folder: Path) -> AsyncIterator[Scene]:
    """Open it, nothing in it yet."""
    clock, toolbox, platform = StoryClock(), FakeToolbox(), FakePlatform()
    async with ModelEmulator() as model:
        model.answer_with(obedient := Obedient())
        endpoint = Endpoint(model.url, "", "emulated-llama")
        client = LlamaClient(endpoint, knowledge=FACTS, deadlines=PATIENT)
        async with aclosing(client), open_store(folder / "data") as store:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("bots.wiring.SystemClock", lambda: clock)
                conversations = wire(
                    Settings(tampu_turns_per_hour=0), store, ChosenModel(client, 50, ""), toolbox
                )
            conversations.platforms[platform.name] = platform
            talk = Talk(model, platform, conversations, toolbox, clock, folder / "data")
            boot = await conversations.recovery.begin()
            async with asyncio.TaskGroup() as tasks:
                await conversations.recovery.open_lanes(boot, conversations.platforms)
                lanes = tasks.create_task(conversations.lanes.run())
                conversations.recovery.staleness.end()
                yield Scene(talk, Secrets("core"), obedient)
                lanes.cancel()
