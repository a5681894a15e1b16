"""The product's processes, forked from one that has read its libraries: three of four parts of a start.

What follows is what ``python -m bots.cli`` does: its own pid, environment, folder, pipes and signals. The
starts that are under test themselves are made by the interpreter (see ``cold_starts`` in conftest.py).
"""

import asyncio
import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

MODULE = "bots.cli"
MOST_BYTES = 65_536
STANDARD = 3
DEADLINE_S = 60.0
# These count before the first library is read.
EARLY = ("PYTHON", "LD_")
USUAL = ("PATH", "HOME", "LANG")


class Forked(asyncio.Protocol):
    """A forked process, as ``asyncio.subprocess.Process`` shows one."""

    def __init__(self, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader | None) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.pid = 0
        self.returncode: int | None = None
        self._told = ""
        self.started = asyncio.Event()
        self._ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it, to close it in time."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take the pid, and later the exit code."""
        self._told += data.decode()
        lines = self._told.split("\n")[:-1]
        if lines:
            self.pid = int(lines[0])
            self.started.set()
        if len(lines) > 1:
            self.returncode = int(lines[1])
            self._transport.close()
            self._ended.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody will tell any more."""
        self.started.set()
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None, "the server of forks has ended"
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def communicate(self) -> tuple[bytes, bytes]:
        assert self.stderr is not None
        out, error = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, error


class ForkServer:
    """One forking process for all tests of a worker, begun when the first one needs it."""

    def __init__(self) -> None:
        self.is_open = False
        self._parent: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def takes(self, env: Mapping[str, str]) -> bool:
        """Whether a child with these variables may be forked."""
        return self.is_open and not any(name.startswith(EARLY) for name in env)

    async def forked(
        self, arguments: Sequence[str], env: Mapping[str, str], folder: Path, errors: int | None = None
    ) -> Forked:
        """Start the product; what it says as an error goes to the file ``errors`` or to ``stderr``."""
        control = self._control or self._begin()
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        stdout, out = await _piped()
        stderr, error = await _piped() if errors is None else (None, os.dup(errors))
        child = Forked(stdout, stderr)
        await loop.create_connection(lambda: child, sock=ours)
        request = json.dumps([list(arguments), dict(env), str(folder), _umask()]).encode()
        with theirs:
            socket.send_fds(control, [request], [out, error, theirs.fileno()])
        for number in (out, error):
            os.close(number)
        await asyncio.wait_for(child.started.wait(), DEADLINE_S)
        assert child.pid, "the server of forks has ended"
        return child

    def _begin(self) -> socket.socket:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                env={name: os.environ[name] for name in USUAL if name in os.environ},
                cwd=Path(__file__).parents[1],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # As children have them: what a stream can do is seen when it is made.
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        return self._control

    def close(self) -> None:
        """End it; what was forked lives on."""
        self.is_open = False
        if self._control is not None and self._parent is not None:
            self._control.close()
            self._parent.communicate(timeout=DEADLINE_S)


async def _piped() -> tuple[asyncio.StreamReader, int]:
    read, write = os.pipe()
    reader = asyncio.StreamReader()
    # The transport closes it.
    end = os.fdopen(read, "rb", 0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), end)
    return reader, write


def _umask() -> int:
    """What a child would have of us; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


FORKS = ForkServer()


def _fork(control: socket.socket) -> list[str] | None:
    """Fork for each request; returns in a child, with its arguments, and ``None`` at the end of all."""
    told: dict[int, tuple[int, socket.socket]] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), *told], [], [])
        for ended in told.keys() & set(ready):
            pid, teller = told.pop(ended)
            os.close(ended)
            # Whoever asked may be gone.
            with closing(teller), suppress(OSError):
                teller.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        if control.fileno() not in ready:
            continue
        request, numbers, _, _ = socket.recv_fds(control, MOST_BYTES, STANDARD)
        if not request:
            return None
        *streams, teller_number = numbers
        teller = socket.socket(fileno=teller_number)
        pid = os.fork()
        if pid == 0:
            for number, other in told.items():
                os.close(number)
                other[1].close()
            teller.close()
            control.close()
            return _settled(json.loads(request), streams)
        for number in streams:
            os.close(number)
        told[os.pidfd_open(pid)] = (pid, teller)
        teller.sendall(b"%d\n" % pid)


def _settled(request: list[Any], streams: list[int]) -> list[str]:
    """Move the child to its own folder, variables, habits and pipes."""
    arguments, env, folder, umask = request
    os.umask(umask)
    for target, number in enumerate(streams, start=1):
        os.dup2(number, target)
        os.close(number)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path[0] = folder
    return [MODULE, *arguments]


def main() -> None:
    """Read the libraries, then fork until the control socket is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    __import__(MODULE)
    del sys.modules[MODULE]
    gc.collect()
    gc.freeze()
    arguments = _fork(control)
    if arguments is not None:
        sys.argv = arguments
        try:
            runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            if ended.code is None or isinstance(ended.code, int):
                _leave(ended.code or 0)
            raise
        _leave(0)


def _leave(code: int) -> None:
    """End as the interpreter does, but take no module apart: that would be nine parts of ten of a start."""
    threading._shutdown()  # type: ignore[attr-defined]  # it waits for threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
