"""What is under trial: the product in its own process, or something that stands in its place."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from tests.emulators.model import ModelEmulator
from tests.faults.stages import Stage
from tests.product import READY, START_S, STOP_S, Product, environment, model_settings, start

LAST_LINES = 12
LOG = "log.txt"


class Life(Protocol):
    """A bot that has been started."""

    async def ready(self) -> bool:
        """Wait until it takes questions; false when it ends before."""

    async def kill(self) -> None:
        """End it at once."""

    async def stop(self) -> int:
        """Ask it to end, and wait; its exit code."""

    def ended_alone(self) -> str | None:
        """How it ended though nobody asked it to."""


Start = Callable[[], AbstractAsyncContextManager[Life]]
Make = Callable[[Stage, ModelEmulator, Path], Start]


class Process:
    """``tampu run`` from its first moment on."""

    def __init__(self, running: Product, log: Path) -> None:
        self._product = running
        self._log = log
        self._is_ended = False

    async def ready(self) -> bool:
        output = self._product.process.stdout
        assert output is not None
        async with asyncio.timeout(START_S):
            while line := await output.readline():
                if line.decode().startswith(READY):
                    return True
            await self._product.process.wait()
        return False

    async def kill(self) -> None:
        self._is_ended = self._is_ended or self._product.process.returncode is None
        if self._product.process.returncode is None:
            await self._product.kill()

    async def stop(self) -> int:
        self._is_ended = self._is_ended or self._product.process.returncode is None
        return await self._product.stop()

    def ended_alone(self) -> str | None:
        code = self._product.process.returncode
        if code is None or self._is_ended:
            return None
        lines = self._log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join([f"ended by itself with {code}:", *lines])


def product(stage: Stage, model: ModelEmulator, folder: Path) -> Start:
    """``tampu run``, each time on the same data."""
    settings: Mapping[str, str] = {
        **stage.settings,
        **model_settings(model),
        "TAMPU_TURNS_PER_HOUR": "0",
    }
    env = environment(folder / "data", **settings)

    def begin() -> AbstractAsyncContextManager[Life]:
        return _living(env, folder)

    return begin


@asynccontextmanager
async def _living(env: Mapping[str, str], folder: Path) -> AsyncIterator[Life]:
    log = folder / LOG
    with log.open("ab") as errors:
        life = Process(await start(env, "run", folder=folder, errors=errors.fileno()), log)
    try:
        yield life
        async with asyncio.timeout(STOP_S):
            await life.stop()
    finally:
        await life.kill()
