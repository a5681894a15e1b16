"""The stores that the contract holds for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.memory.store import open_store
from core.storage import Store
from tests.fakes.store import MemoryStore


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "data") as opened:
        yield opened
