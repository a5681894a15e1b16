"""Strangers' files are read in processes of their own: one hostile file costs one answer.

Each file has a process that reads it and ends, within limits that the kernel keeps
(``core.files.confinement``), without the environment's secrets. One more is kept warm, so that a file costs
about its reading and not the start of an interpreter.
"""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Final, Self, TypeVar

import structlog

from core.confined import started
from core.errors import FileError
from core.files import notes
from core.files.document import Document
from core.files.limits import DEFAULT_WORKER_LIMITS, FileLimits, WorkerLimits
from core.files.picture import Picture
from core.files.response import Malformed, read_response
from core.files.wire import Request

_Stream = TypeVar("_Stream", asyncio.StreamReader, asyncio.StreamWriter)

_log = structlog.get_logger(__name__)

_WORKER: Final = "core.files.worker"
_PIECE: Final = 1 << 16
_HEARD: Final = 4_000
_REAP_SECONDS: Final = 5.0
# The kernel kills where the machine's memory runs out.
_TOLD_BY_SIGNAL: Final[Mapping[int, Callable[[str], str]]] = {
    signal.SIGXCPU: notes.took_too_long,
    signal.SIGKILL: notes.too_large_to_open,
}


class Workshop:
    """Reads files, ``limits.at_once`` at a time; others wait for their turn.

    As an async context manager it keeps a warm process for the next file, from the first one on; without,
    each file waits for the start of its process. ``worker`` names the module that runs in it.
    """

    def __init__(self, limits: WorkerLimits = DEFAULT_WORKER_LIMITS, worker: str = _WORKER) -> None:
        self._limits = limits
        self._worker = worker
        self._turns = asyncio.Semaphore(limits.at_once)
        self._spare: Process | None = None
        self._is_warm = False

    async def __aenter__(self) -> Self:
        self._is_warm = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_warm = False
        spare, self._spare = self._spare, None
        if spare is not None:
            await _end(spare)

    async def read(self, content: bytes, name: str, limits: FileLimits) -> Document | Picture:
        """What the bytes are and hold; ``name`` is as ``notes.shown_name`` gives it.

        Raises ``FileError`` for whatever is wrong with the file, or with what its reading took.
        """
        async with self._turns:
            response = await self._response(Request(name, content, limits))
        try:
            return await asyncio.to_thread(read_response, response, limits)
        except Malformed as error:
            _log.warning("file_worker_malformed", reason=str(error), bytes=len(response))
            raise FileError(notes.damaged(name)) from error

    async def _response(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self._limits.seconds), self._process() as process:
                response = await self._converse(process, request)
                status = await process.wait()
        except TimeoutError as error:
            raise FileError(notes.took_too_long(request.name)) from error
        except OSError as error:
            _log.warning("file_worker_not_started", error=str(error))
            raise FileError(notes.not_now(request.name)) from error
        if response is None:
            raise FileError(notes.too_large_to_open(request.name))
        if status != 0:
            _log.warning("file_worker_died", status=status)
            raise FileError(_told(status)(request.name))
        return response

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[Process]:
        """A process of one's own: the spare one, if it is there."""
        process, self._spare = self._spare, None
        if process is None or process.returncode is not None:
            process = await self._started()
        try:
            yield process
        finally:
            await _end(process)

    async def _converse(self, process: Process, request: Request) -> bytes | None:
        """Hand the file over while its response is taken; nothing when that is too long."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_hand_over(process, request))
            group.create_task(_overhear(process))
            taken = group.create_task(_take(process, self._limits.response_bytes))
            # The next file's process starts while this one works.
            await self._refill()
        return taken.result()

    async def _refill(self) -> None:
        if not self._lacks_spare():
            return
        try:
            started = await self._started()
        except OSError as error:
            _log.warning("file_worker_not_started", error=str(error))
            return
        # Another file's turn, or the end, may have come first.
        if self._lacks_spare():
            self._spare = started
        else:
            await _end(started)

    def _lacks_spare(self) -> bool:
        return self._is_warm and self._spare is None

    async def _started(self) -> Process:
        limits = self._limits
        return await started(self._worker, memory_bytes=limits.memory_bytes, cpu_seconds=limits.cpu_seconds)


def _told(status: int) -> Callable[[str], str]:
    """How to say why a worker ended. With a status of its own only one ends that could not begin."""
    return notes.not_now if status > 0 else _TOLD_BY_SIGNAL.get(-status, notes.damaged)


async def _hand_over(process: Process, request: Request) -> None:
    stdin = _there(process.stdin)
    # A worker that has read enough may be gone before the end.
    with suppress(ConnectionError):
        for piece in request.written():
            for start in range(0, len(piece), _PIECE):
                stdin.write(piece[start : start + _PIECE])
                await stdin.drain()
    stdin.close()


async def _take(process: Process, most: int) -> bytes | None:
    response, stdout = bytearray(), _there(process.stdout)
    while piece := await stdout.read(_PIECE):
        response += piece
        if len(response) > most:
            _kill(process)
            return None
    return bytes(response)


async def _overhear(process: Process) -> None:
    """What a worker complains of is for whoever looks for a fault, and may be a stranger's words."""
    heard, stderr = bytearray(), _there(process.stderr)
    while piece := await stderr.read(_PIECE):
        heard += piece[: _HEARD - len(heard)]
    if heard:
        _log.debug("file_worker_said", said=heard.decode("utf-8", "replace"))


async def _end(process: Process) -> None:
    """Kill it and what it has started, if it is not over, and take leave of it."""
    _kill(process)
    for number in range(3):
        # Whoever has left the group may hold the other ends, and Process has no word to let go of these.
        pipe = process._transport.get_pipe_transport(number)  # type: ignore[attr-defined] # noqa: SLF001 - see above
        if pipe is not None:
            pipe.close()
    try:
        async with asyncio.timeout(_REAP_SECONDS):
            await process.wait()
    except TimeoutError:
        _log.warning("file_worker_not_reaped", pid=process.pid)


def _kill(process: Process) -> None:
    """A pipe that is still open after its end is held by what it has started, in the same group."""
    if process.returncode is None or not _there(process.stdout).at_eof():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _there(stream: _Stream | None) -> _Stream:
    if stream is None:
        raise RuntimeError("a worker without its pipes")
    return stream
