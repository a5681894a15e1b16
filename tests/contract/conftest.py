"""The platforms, the stores and the model servers that the contracts hold for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.llama.endpoint import Deadlines
from core.llama.profiles import PROFILES
from core.memory.store import open_store
from core.storage import Store
from tests.contract.platforms import OpenStage, OpenWire
from tests.contract.servers import Served, serving
from tests.contract.stages import Stage, Wire
from tests.fakes.store import MemoryStore


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(params=[profile.name for profile in PROFILES])
def server_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def served(server_name: str) -> AsyncIterator[Served]:
    """A server that is never asked for what it does not take."""
    async with serving(server_name) as one:
        yield one
        assert (one.refused, one.ignored) == ([], set())


@pytest.fixture
async def hasty(server_name: str) -> AsyncIterator[Served]:
    """A client that waits for a fifth of a second for a first word."""
    async with serving(server_name, deadlines=Deadlines(connect=2.0, first=0.2, idle=2.0, total=5.0)) as one:
        yield one


@pytest.fixture
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    begin: OpenStage = request.param
    async with begin(tmp_path) as begun:
        yield begun


@pytest.fixture
async def wire(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Wire]:
    begin: OpenWire = request.param
    async with begin(tmp_path) as begun:
        yield begun
