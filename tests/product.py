"""The product in a process of its own, as an operator runs it."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, SlackEmulator
from tests.fork_server import FORKS, Forked

START_S = 60.0
STOP_S = 40.0
READY = "Ready."


@dataclass
class Product:
    """A running ``tampu run``: what it said, and the ways to end it."""

    process: asyncio.subprocess.Process | Forked
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    started_s: float = 0.0

    @property
    def page(self) -> str:
        """The page's address, as printed."""
        return next(line.split(": ", 1)[1] for line in self.lines if "http://" in line and "Talk" in line)

    async def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        await asyncio.wait_for(self.process.wait(), STOP_S)

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), STOP_S)


def environment(data: Path, **settings: str) -> Mapping[str, str]:
    """A clean environment with these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "TAMPU_DATA_DIR": str(data), "TAMPU_WEB": "off", **settings}


def slack_settings(slack: SlackEmulator) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": slack.api_url}


def discord_settings(discord: DiscordEmulator) -> dict[str, str]:
    return {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}


def model_settings(model: ModelEmulator) -> dict[str, str]:
    return {"LLAMA_BASE_URL": model.url, "LLAMA_MODEL": model.models[0]}


@asynccontextmanager
async def running(
    env: Mapping[str, str], *arguments: str, folder: Path | None = None
) -> AsyncIterator[Product]:
    """Start it and wait until it says that it is ready; end it whatever happens."""
    product = await start(env, *(arguments or ("run",)), folder=folder)
    async with asyncio.TaskGroup() as reading:
        assert product.process.stdout is not None
        assert product.process.stderr is not None
        reading.create_task(_collect(product.process.stdout, product.lines))
        reading.create_task(_collect(product.process.stderr, product.errors))
        begun = time.monotonic()
        try:
            while not any(line.startswith(READY) for line in product.lines):
                if product.process.returncode is not None or time.monotonic() - begun > START_S:
                    raise AssertionError(f"not ready: {product.lines} {product.errors}")
                await asyncio.sleep(0.01)
            product.started_s = time.monotonic() - begun
            yield product
        finally:
            if product.process.returncode is None:
                with suppress(TimeoutError):
                    await product.stop()
            if product.process.returncode is None:
                await product.kill()


async def failing(
    env: Mapping[str, str], *arguments: str, folder: Path | None = None
) -> tuple[int, str, str]:
    """Run it to its end: exit code, standard output, standard error."""
    product = await start(env, *(arguments or ("run",)), folder=folder)
    try:
        out, error = await asyncio.wait_for(product.process.communicate(), START_S)
    finally:
        if product.process.returncode is None:
            await product.kill()
    return product.process.returncode or 0, out.decode(), error.decode()


async def start(
    env: Mapping[str, str], *arguments: str, folder: Path | None = None, errors: int | None = None
) -> Product:
    """Begin it; its errors go to the file ``errors`` or can be read."""
    folder = folder or Path(env["TAMPU_DATA_DIR"]).parent
    if FORKS.takes(env):
        return Product(await FORKS.forked(arguments, env, folder, errors))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bots.cli",
        *arguments,
        env=dict(env),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE if errors is None else errors,
    )
    return Product(process)


async def _collect(stream: asyncio.StreamReader, into: list[str]) -> None:
    while line := await stream.readline():
        into.append(line.decode(errors="replace").rstrip("\n"))
