"""What is under trial: the product in its own process, or something that stands in its place."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from tests.emulators.model import ModelEmulator
from tests.faults.stages import Stage
from tests.product import Product, environment, model_settings, running


class Life(Protocol):
    """A bot that runs."""

    async def kill(self) -> None:
        """End it at once."""

    async def stop(self) -> int:
        """Ask it to end, and wait; its exit code."""


Start = Callable[[], AbstractAsyncContextManager[Life]]
Make = Callable[[Stage, ModelEmulator, Path], Start]


def product(stage: Stage, model: ModelEmulator, folder: Path) -> Start:
    """``tampu run``, each time on the same data."""
    settings: Mapping[str, str] = {
        **stage.settings,
        **model_settings(model),
        "TAMPU_TURNS_PER_HOUR": "0",
    }
    env = environment(folder / "data", **settings)

    def start() -> AbstractAsyncContextManager[Product]:
        return running(env)

    return start
